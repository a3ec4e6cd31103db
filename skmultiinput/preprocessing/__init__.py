"""Transformers for the step from the raw table to the typed frame."""

from skmultiinput.preprocessing._category import CategoryEncoder
from skmultiinput.preprocessing._date_encoder import DateEncoder
from skmultiinput.preprocessing._dates import DateParser
from skmultiinput.preprocessing._describe import describe_columns
from skmultiinput.preprocessing._events import events_to_sequences
from skmultiinput.preprocessing._hash import HashEncoder
from skmultiinput.preprocessing._images import ImageEncoder
from skmultiinput.preprocessing._make import make_preprocessor
from skmultiinput.preprocessing._numbers import NumberParser
from skmultiinput.preprocessing._pipeline import GroupPipeline
from skmultiinput.preprocessing._quantile import QuantileNormalizer
from skmultiinput.preprocessing._selectors import ColumnSelector, DroppedColumnWarning
from skmultiinput.preprocessing._sequences import SequenceEncoder
from skmultiinput.preprocessing._target import CrossFittedTargetEncoder
from skmultiinput.preprocessing._target_pairs import TargetPairEncoder
from skmultiinput.preprocessing._tokens import TokenEncoder
from skmultiinput.preprocessing._winsorize import Winsorizer

__all__ = [
    "CategoryEncoder",
    "ColumnSelector",
    "CrossFittedTargetEncoder",
    "DateEncoder",
    "DateParser",
    "DroppedColumnWarning",
    "GroupPipeline",
    "HashEncoder",
    "ImageEncoder",
    "NumberParser",
    "QuantileNormalizer",
    "SequenceEncoder",
    "TargetPairEncoder",
    "TokenEncoder",
    "Winsorizer",
    "describe_columns",
    "events_to_sequences",
    "make_preprocessor",
]
