"""The game's own API (ESI): one client that keeps its rules, so that no feature has to know them."""
