"""Forms made from the settings: editors for single values, rows, the experiment panel."""
