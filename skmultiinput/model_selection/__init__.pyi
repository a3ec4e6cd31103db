from ._dask_backend import dask_backend as dask_backend
from ._partial_fit_pipeline import PartialFitPipeline as PartialFitPipeline
from ._search_space import search_space as search_space
from ._tune import tune as tune
from ._tuning_result import TuningResult as TuningResult

__all__ = [
    "PartialFitPipeline",
    "TuningResult",
    "dask_backend",
    "search_space",
    "tune",
]
