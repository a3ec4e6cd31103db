"""The branch that an input gets unless the user names one."""

from skmultiinput.branches._branch import Branch
from skmultiinput.branches._categorical_branch import CategoricalBranch
from skmultiinput.branches._conv1d_branch import Conv1DBranch
from skmultiinput.branches._conv2d_branch import Conv2DBranch
from skmultiinput.branches._numeric_branch import NumericBranch
from skmultiinput.branches._token_branch import TokenBranch

DEFAULT_BRANCHES: dict[str, type[Branch]] = {
    "numeric": NumericBranch,
    "categorical": CategoricalBranch,
    "tokens": TokenBranch,
    "series": Conv1DBranch,
    "sequence": Conv1DBranch,
    "image": Conv2DBranch,
}
