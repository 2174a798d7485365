"""Facts that ship with the program: the compiled universe, typical losses, the demo's recording."""
