"""What things are worth: market prices, typical losses, and the value that a killmail gets from them."""
