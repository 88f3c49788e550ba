"""A known scene to frames and true answers: demo, training data, yardstick."""
