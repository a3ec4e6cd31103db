from ._category_encoder import CategoryEncoder as CategoryEncoder
from ._column_selector import ColumnSelector as ColumnSelector
from ._column_selector import DroppedColumnWarning as DroppedColumnWarning
from ._datetime_features import DatetimeFeatures as DatetimeFeatures
from ._datetime_parser import DatetimeParser as DatetimeParser
from ._describe_columns import describe_columns as describe_columns
from ._events_to_sequences import events_to_sequences as events_to_sequences
from ._hashing_encoder import HashingEncoder as HashingEncoder
from ._image_encoder import ImageEncoder as ImageEncoder
from ._interaction_target_encoder import InteractionTargetEncoder as InteractionTargetEncoder
from ._make_preprocessor import make_preprocessor as make_preprocessor
from ._noisy_quantile_transformer import NoisyQuantileTransformer as NoisyQuantileTransformer
from ._number_parser import NumberParser as NumberParser
from ._sequence_encoder import SequenceEncoder as SequenceEncoder
from ._token_encoder import TokenEncoder as TokenEncoder
from ._winsorizer import Winsorizer as Winsorizer

__all__ = [
    "CategoryEncoder",
    "ColumnSelector",
    "DatetimeFeatures",
    "DatetimeParser",
    "DroppedColumnWarning",
    "HashingEncoder",
    "ImageEncoder",
    "InteractionTargetEncoder",
    "NoisyQuantileTransformer",
    "NumberParser",
    "SequenceEncoder",
    "TokenEncoder",
    "Winsorizer",
    "describe_columns",
    "events_to_sequences",
    "make_preprocessor",
]
