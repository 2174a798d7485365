"""What is asked again and again: fetched when due, compared, kept and told in one transaction."""
