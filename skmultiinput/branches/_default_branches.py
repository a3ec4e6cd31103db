"""Branches: what the network does with one input before the inputs meet.

A branch is a parameter object in scikit-learn's style with one method, ``build``. It holds no
state: everything learned lives in the network.
"""

from skmultiinput.branch import (
    Branch,
    BranchInput,
    BranchOutput,
    check_kind,
    check_option,
    finish,
    layer_prefix,
    layers_behind,
)
from skmultiinput.plain_branches import CategoricalBranch, NumericBranch
from skmultiinput.sequence_branches import ConvBranch, RecurrentBranch
from skmultiinput.token_branch import TokenBranch

__all__ = [
    "DEFAULT_BRANCHES",
    "Branch",
    "BranchInput",
    "BranchOutput",
    "CategoricalBranch",
    "ConvBranch",
    "NumericBranch",
    "RecurrentBranch",
    "TokenBranch",
    "check_kind",
    "check_option",
    "finish",
    "layer_prefix",
    "layers_behind",
]

# The branch that an input gets where the user names none.
DEFAULT_BRANCHES = {
    "numeric": NumericBranch,
    "categorical": CategoricalBranch,
    "tokens": TokenBranch,
    "series": ConvBranch,
    "sequence": ConvBranch,
    "image": ConvBranch,
}
