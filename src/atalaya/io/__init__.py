"""Every edge, by medium: database, vault, lake, video, terrain, PDF, keys."""
