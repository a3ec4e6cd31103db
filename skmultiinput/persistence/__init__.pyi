from ._archive import ArtifactError as ArtifactError
from ._archive import UntrustedTypesError as UntrustedTypesError
from ._export_network import export_network as export_network
from ._load import load as load
from ._manifest import read_manifest as read_manifest
from ._save import save as save

__all__ = [
    "ArtifactError",
    "UntrustedTypesError",
    "export_network",
    "load",
    "read_manifest",
    "save",
]
