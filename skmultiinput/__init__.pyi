from . import branches as branches
from . import datasets as datasets
from . import estimators as estimators
from . import evaluation as evaluation
from . import frame as frame
from . import fusion as fusion
from . import inspection as inspection
from . import metrics as metrics
from . import model_selection as model_selection
from . import over_sampling as over_sampling
from . import persistence as persistence
from . import preprocessing as preprocessing
from . import serving as serving
from . import streaming as streaming
from .branches import Branch as Branch
from .datasets import make_customers as make_customers
from .estimators import MultiInputClassifier as MultiInputClassifier
from .estimators import MultiInputRegressor as MultiInputRegressor
from .evaluation import evaluate as evaluate
from .frame import ColumnGroups as ColumnGroups
from .model_selection import search_space as search_space
from .over_sampling import MultiInputSMOTE as MultiInputSMOTE
from .persistence import export_network as export_network
from .persistence import load as load
from .persistence import read_manifest as read_manifest
from .persistence import save as save
from .preprocessing import describe_columns as describe_columns
from .preprocessing import make_preprocessor as make_preprocessor
from .serving import compile_pipeline as compile_pipeline
from .streaming import fit_out_of_core as fit_out_of_core

__all__ = [
    "Branch",
    "ColumnGroups",
    "MultiInputClassifier",
    "MultiInputRegressor",
    "MultiInputSMOTE",
    "branches",
    "compile_pipeline",
    "datasets",
    "describe_columns",
    "estimators",
    "evaluate",
    "evaluation",
    "export_network",
    "fit_out_of_core",
    "frame",
    "fusion",
    "inspection",
    "load",
    "make_customers",
    "make_preprocessor",
    "metrics",
    "model_selection",
    "over_sampling",
    "persistence",
    "preprocessing",
    "read_manifest",
    "save",
    "search_space",
    "serving",
    "streaming",
]
