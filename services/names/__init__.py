"""Names of pilots and organisations: asked of ESI once, then remembered."""
