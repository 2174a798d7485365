"""Battles: found in the stream of killmails, told in sides, kept."""
