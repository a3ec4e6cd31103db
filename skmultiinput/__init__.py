"""Multi-input Keras networks for mixed tables, as scikit-learn estimators.

Names are imported when they are first used, so preprocessing alone never imports TensorFlow.
"""

import lazy_loader

from skmultiinput._version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
