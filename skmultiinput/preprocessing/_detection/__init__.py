"""Rules by which the kind of a column is detected."""
