from ._branch import Branch as Branch
from ._branch import BranchInput as BranchInput
from ._branch import BranchOutput as BranchOutput
from ._categorical_branch import CategoricalBranch as CategoricalBranch
from ._conv1d_branch import Conv1DBranch as Conv1DBranch
from ._conv2d_branch import Conv2DBranch as Conv2DBranch
from ._numeric_branch import NumericBranch as NumericBranch
from ._recurrent_branch import RecurrentBranch as RecurrentBranch
from ._token_branch import TokenBranch as TokenBranch

__all__ = [
    "Branch",
    "BranchInput",
    "BranchOutput",
    "CategoricalBranch",
    "Conv1DBranch",
    "Conv2DBranch",
    "NumericBranch",
    "RecurrentBranch",
    "TokenBranch",
]
