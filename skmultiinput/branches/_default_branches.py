"""The branch that an input gets unless the user names one."""

from skmultiinput.branches._branch import Branch
from skmultiinput.branches._categorical_branch import CategoricalBranch
from skmultiinput.branches._conv1d_branch import Conv1DBranch
from skmultiinput.branches._conv2d_branch import Conv2DBranch
from skmultiinput.branches._numeric_branch import NumericBranch
from skmultiinput.branches._token_branch import TokenBranch
from skmultiinput.frame._column_groups import MISSING
from skmultiinput.frame._input_spec import InputSpec

DEFAULT_BRANCHES: dict[str, type[Branch]] = {
    "numeric": NumericBranch,
    "categorical": CategoricalBranch,
    "tokens": TokenBranch,
    "series": Conv1DBranch,
    "sequence": Conv1DBranch,
    "image": Conv2DBranch,
}


def default_branch(spec: InputSpec) -> Branch:
    """Return the branch of an input that has none of its own.

    Sequences of categories, such as events, are read in their order. Texts, most of which say the
    same in any order, have no level for missing words.
    """
    if spec.kind == "tokens" and MISSING in spec.categories[0]:
        return TokenBranch(pooling="convolution", dropout=0.1)
    return DEFAULT_BRANCHES[spec.kind]()
