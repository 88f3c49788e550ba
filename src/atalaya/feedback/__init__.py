"""Receipts, outcomes and seizures, as given and converted. Pure."""
