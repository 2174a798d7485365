"""What a kill must meet: the language of filters, and whether one holds."""
