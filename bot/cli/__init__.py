"""The commands of `warroom`, each a thin file."""
