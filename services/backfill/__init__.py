"""Days of killmails from archives and history, through the pipeline; fetched, checked, done once."""
