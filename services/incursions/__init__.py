"""Sansha's incursions, from the first day to the last."""
