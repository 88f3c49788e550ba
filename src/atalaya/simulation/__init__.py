"""A known scene to frames and true answers: demo, training data, yardstick. Everything it makes says SYNTHETIC."""
