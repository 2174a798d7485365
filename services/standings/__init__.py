"""Who is us, friend or foe to each server."""
