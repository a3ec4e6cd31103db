"""Networks in NumPy."""
