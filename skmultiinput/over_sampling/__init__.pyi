from ._multi_input_smote import MultiInputSMOTE as MultiInputSMOTE
from ._multi_input_smote import is_synthetic as is_synthetic

__all__ = [
    "MultiInputSMOTE",
    "is_synthetic",
]
