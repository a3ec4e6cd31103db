"""Categories encoded by means of the target, one column or a pair of columns at a time."""
