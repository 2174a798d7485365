"""What happened in the game beside kills, kept once each."""
