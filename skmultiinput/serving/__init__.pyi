from ._check_compiled import NotEqualError as NotEqualError
from ._compile_pipeline import compile_pipeline as compile_pipeline
from ._compiled_pipeline import CompiledPipeline as CompiledPipeline
from ._lowering import Columns as Columns
from ._lowering import register_lowering as register_lowering

__all__ = [
    "Columns",
    "CompiledPipeline",
    "NotEqualError",
    "compile_pipeline",
    "register_lowering",
]
