"""Pose, pixel and terrain to a ground point with its error; footprints. Pure."""
