"""The charter as code: collection gate, release gate, roles. Pure."""
