"""MPEG-TS and KLV bytes to items, time and quality, and back. Pure: no device, no file."""
