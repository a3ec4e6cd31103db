"""Keras layers; they know nothing of scikit-learn."""
