"""Prove an Atalaya package without Atalaya: standard library and cryptography only."""
