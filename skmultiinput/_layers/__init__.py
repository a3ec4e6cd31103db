"""Keras layers; they know nothing of scikit-learn."""

from skmultiinput import _keras as _keras  # imports TensorFlow without its log lines
