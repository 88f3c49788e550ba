"""Detections and tracks over looks and sorties to sites. Pure."""
