"""A dossier to what this partner may see, in its formats. Pure."""
