"""The command line. Entry point: thin, lazy, one module per noun."""
