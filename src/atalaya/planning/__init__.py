"""Where and when to look next. Pure."""
