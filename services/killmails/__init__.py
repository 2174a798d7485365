"""Killmails: kept, found again, counted, pruned."""
