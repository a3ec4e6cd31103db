"""From column groups, branches and a fusion to a Keras model."""

from skmultiinput import _keras as _keras  # imports TensorFlow without its log lines
