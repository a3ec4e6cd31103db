"""The estimators: a multi-input network behind scikit-learn's contract."""

import lazy_loader

from skmultiinput import _keras as _keras  # imports TensorFlow without its log lines

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
