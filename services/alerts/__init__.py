"""Alerts: what channels asked for, and what meets it."""
