from ._column_groups import ColumnGroups as ColumnGroups

__all__ = [
    "ColumnGroups",
]
