"""Fusion: how the outputs of the branches are combined."""

import lazy_loader

from skmultiinput import _keras as _keras  # imports TensorFlow without its log lines

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
