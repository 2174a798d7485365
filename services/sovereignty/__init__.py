"""Who holds null security space and how that changes, the contests over it, and skyhooks that can be raided."""
