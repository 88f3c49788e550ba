"""Ellipsoid, geoid, local frames, rays on terrain, covariance to CE90. Pure: numbers in, numbers out."""
