from ._multi_input_smote import MultiInputSMOTE as MultiInputSMOTE
from ._is_synthetic import is_synthetic as is_synthetic

__all__ = [
    "MultiInputSMOTE",
    "is_synthetic",
]
