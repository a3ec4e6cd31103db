"""Keras layers; they know nothing of scikit-learn.

Importing the folder registers all of them with Keras, as a saved network needs.
"""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
