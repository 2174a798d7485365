"""The process and its Discord side."""
