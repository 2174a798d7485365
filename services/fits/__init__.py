"""What victims had aboard, fetched again because somebody asks and it is no longer kept."""
