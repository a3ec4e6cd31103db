"""The branch that an input gets unless the user names one."""

from skmultiinput.branches._plain_branches import CategoricalBranch, NumericBranch
from skmultiinput.branches._sequence_branches import ConvBranch
from skmultiinput.branches._token_branch import TokenBranch

DEFAULT_BRANCHES = {
    "numeric": NumericBranch,
    "categorical": CategoricalBranch,
    "tokens": TokenBranch,
    "series": ConvBranch,
    "sequence": ConvBranch,
    "image": ConvBranch,
}
