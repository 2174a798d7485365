"""Faction warfare: who occupies what, how contested it is, where it goes, and the pirates' insurgencies."""
