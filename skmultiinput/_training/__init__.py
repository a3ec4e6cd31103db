"""How a network is trained and evaluated."""

from skmultiinput import _keras as _keras  # imports TensorFlow without its log lines
