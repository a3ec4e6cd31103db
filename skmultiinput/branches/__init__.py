"""Branches: what the network does with one input before the inputs meet.

A branch is a parameter object in scikit-learn's style with one method, ``build``. It holds no
state: everything learned lives in the network.
"""

import lazy_loader

from skmultiinput import _keras as _keras  # imports TensorFlow without its log lines

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
