"""The workbench's server. Entry point: may use everything below, nothing uses it."""
