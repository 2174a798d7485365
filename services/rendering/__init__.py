"""Frozen data in, PNG bytes out: pure functions, run by one worker thread off the event loop."""
