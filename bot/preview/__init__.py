"""Cards on a page that looks like Discord, for those who want to see what would be posted without posting it."""
