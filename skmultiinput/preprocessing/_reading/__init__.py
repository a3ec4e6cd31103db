"""How single cells are read: numbers, dates, texts, sequences and images."""
