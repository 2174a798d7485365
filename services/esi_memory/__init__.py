"""What must be remembered of the game's API (`services.esi.memory.EsiMemory`), in tables."""
