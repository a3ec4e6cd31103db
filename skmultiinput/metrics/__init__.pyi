from ._classification_cost import classification_cost as classification_cost
from ._classification_cost import classification_profit as classification_profit
from ._cost_at_thresholds_display import CostAtThresholdsDisplay as CostAtThresholdsDisplay
from ._cost_scorers import make_cost_scorer as make_cost_scorer
from ._cost_scorers import make_profit_scorer as make_profit_scorer
from ._thresholds import bayes_threshold as bayes_threshold
from ._thresholds import cost_at_thresholds as cost_at_thresholds
from ._thresholds import min_cost_threshold as min_cost_threshold

__all__ = [
    "CostAtThresholdsDisplay",
    "bayes_threshold",
    "classification_cost",
    "classification_profit",
    "cost_at_thresholds",
    "make_cost_scorer",
    "make_profit_scorer",
    "min_cost_threshold",
]
