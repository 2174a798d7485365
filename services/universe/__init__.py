"""The game's map and item types, compiled from the official static data: facts that change a few times a year."""
