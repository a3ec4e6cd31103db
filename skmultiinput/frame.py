"""The typed frame: reading column names and dtypes, splitting into network inputs, joining again."""

# Symbols that every fitted vocabulary reserves.
PAD = "<pad>"
UNKNOWN = "<unknown>"
INFREQUENT = "<infrequent>"
MISSING = "<missing>"
