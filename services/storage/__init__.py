"""Engine, tables, migrations. The only place that may know which database it is."""
