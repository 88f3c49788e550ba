"""Detections to vehicle tracks within one sortie. Pure."""
