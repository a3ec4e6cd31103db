from ._fit_out_of_core import fit_out_of_core as fit_out_of_core

__all__ = [
    "fit_out_of_core",
]
