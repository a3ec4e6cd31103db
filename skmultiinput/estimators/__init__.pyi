from ._cache_size import clear_compile_cache as clear_compile_cache
from ._cache_size import set_compile_cache_size as set_compile_cache_size
from ._classifier import MultiInputClassifier as MultiInputClassifier
from ._regressor import MultiInputRegressor as MultiInputRegressor

__all__ = [
    "MultiInputClassifier",
    "MultiInputRegressor",
    "clear_compile_cache",
    "set_compile_cache_size",
]
