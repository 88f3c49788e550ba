"""What each MISB standard defines: its items, how they are written, and the keys that announce its sets."""
