"""One frame to candidate places and vehicle boxes. Pure."""
