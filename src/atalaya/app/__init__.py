"""One module per use case: read, decide (pure), record, write."""
