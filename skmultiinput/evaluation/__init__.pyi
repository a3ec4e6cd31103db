from ._baselines import make_baselines as make_baselines
from ._evaluate import evaluate as evaluate
from ._evaluation_result import EvaluationResult as EvaluationResult
from ._leak_check import LeakWarning as LeakWarning
from ._time_order import TimeOrderWarning as TimeOrderWarning

__all__ = [
    "EvaluationResult",
    "LeakWarning",
    "TimeOrderWarning",
    "evaluate",
    "make_baselines",
]
