"""What people read in Discord, made from domain values: pure, no network, no clock of its own."""
