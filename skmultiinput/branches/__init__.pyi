from ._branch import Branch as Branch
from ._branch import BranchInput as BranchInput
from ._branch import BranchOutput as BranchOutput
from ._plain_branches import CategoricalBranch as CategoricalBranch
from ._plain_branches import NumericBranch as NumericBranch
from ._sequence_branches import ConvBranch as ConvBranch
from ._sequence_branches import RecurrentBranch as RecurrentBranch
from ._token_branch import TokenBranch as TokenBranch

__all__ = [
    "Branch",
    "BranchInput",
    "BranchOutput",
    "CategoricalBranch",
    "ConvBranch",
    "NumericBranch",
    "RecurrentBranch",
    "TokenBranch",
]
