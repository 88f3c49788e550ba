"""The charter as code: collection gate, release gate, roles. Pure: the caller brings the clock and the register."""
