"""Types, ids and rules that several features share. Standard library only; everything here is frozen."""
