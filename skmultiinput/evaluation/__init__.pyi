from ._baselines import make_baselines as make_baselines
from ._evaluate import evaluate as evaluate
from ._evaluation_result import EvaluationResult as EvaluationResult

__all__ = [
    "EvaluationResult",
    "evaluate",
    "make_baselines",
]
