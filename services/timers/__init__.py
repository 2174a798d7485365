"""Servers' own timers."""
