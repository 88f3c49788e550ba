"""Atalaya: from a drone's look at the ground to a verified dossier, and to what then happened."""

__version__ = "0.1.0"
