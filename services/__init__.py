"""Everything of War Room that works without Discord."""
