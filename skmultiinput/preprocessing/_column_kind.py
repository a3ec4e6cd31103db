"""What a raw column is: a number, a category, a date, a text, a sequence, an image, or nothing."""

from dataclasses import replace

import pandas as pd

from skmultiinput.preprocessing._detection.kinds import ColumnFacts, category_facts, constant
from skmultiinput.preprocessing._detection.number_kind import number_facts
from skmultiinput.preprocessing._detection.text_kind import string_facts
from skmultiinput.preprocessing._reading.cell_types import base_kind
from skmultiinput.preprocessing._reading.plain_columns import plain_column


def column_facts(column: pd.Series, name: object, cardinality_threshold: int = 8) -> ColumnFacts:
    """Find out what a raw column is, from its dtype, its cells and, for ids, its name.

    A dtype that the user has set is obeyed: a pandas ``category`` is a category, with an order if
    it is ordered. Apart from sorted whole numbers, which are no codes, the order of the rows does
    not matter. Cells that do not go together, or are of no use for a network, raise TypeError.

    Examples
    --------
    >>> import pandas as pd
    >>> column_facts(pd.Series(["12", "?", "1,300"], dtype=object), "charges")
    ColumnFacts(kind='numeric', dtype='object', missing=1, levels=3, note='numbers written as text')
    >>> column_facts(pd.Series([1.5, None, 2.5]), "income").kind
    'numeric'
    >>> column_facts(pd.Series([1, "b", 2.5]), "mixed")
    Traceback (most recent call last):
        ...
    TypeError: Column 'mixed' mixes float (1 cell, e.g. 2.5), int (1 cell, e.g. 1) and str ...
    """
    dtype, column = str(column.dtype), plain_column(column)
    base = base_kind(column, name)
    n_missing = int(column.isna().sum())
    facts = ColumnFacts("constant", dtype, n_missing, 0, "all missing")
    if n_missing == len(column):
        return facts
    facts = replace(facts, kind=base, levels=None, note="")
    if base == "string":
        facts = string_facts(column, name, facts, cardinality_threshold)
    elif base == "number":
        facts = number_facts(column, name, facts, cardinality_threshold)
    elif base not in ("sequence", "image"):
        n_levels = int(column.nunique())
        facts = replace(facts, levels=n_levels)
        if n_levels == 1 and not n_missing:
            facts = constant(facts)
        elif base != "date":
            facts = category_facts(facts, len(column) - n_missing, cardinality_threshold)
            if base == "category":
                facts = _obeyed(facts, column, n_levels)
    few = facts.levels is not None and facts.levels <= cardinality_threshold
    return replace(facts, few=few)


def _obeyed(facts: ColumnFacts, column: pd.Series, n_levels: int) -> ColumnFacts:
    """Keep what the user has declared to be a category."""
    if column.dtype == "category" and column.cat.ordered and n_levels > 2:
        return replace(facts, kind="ordinal", note="ordered category")
    return replace(facts, kind="high", note="") if facts.kind == "identifier" else facts
