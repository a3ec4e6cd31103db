"""The compiled scorer in a saved file: a plan in JSON, its arrays, and what is kept as it is.

Reading it builds steps of this package only. The networks are those of the file, evaluated by
NumPy; the transformers that are kept are built, after the same look at their types as a pipeline
gets, when a row needs them.
"""

import json
from functools import cache
from typing import Any

import numpy as np
import safetensors.numpy

from skmultiinput.persistence._archive import ArtifactError, check_trusted

PLAN, ARRAYS, KEPT = "compiled.json", "compiled.safetensors", "compiled.skops"
# The members of a compiled scorer.
COMPILED = frozenset({PLAN, ARRAYS, KEPT})


def compiled_members(pipeline: Any, networks: list[Any]) -> tuple[dict[str, bytes], str]:
    """Return the members of a compiled scorer; none, and why, where there is none.

    The networks are those of the file, in the order of their numbers.
    """
    import skops.io  # noqa: PLC0415 - loading a compiled scorer does not wait for it

    from skmultiinput.persistence._plain import PlainCopy  # noqa: PLC0415 - it imports Keras
    from skmultiinput.persistence._skops_part import pack  # noqa: PLC0415 - scikit-learn
    from skmultiinput.serving._compile_pipeline import compile_without_measuring  # noqa: PLC0415 - saving only
    from skmultiinput.serving._stored_plan import NotStorableError, write_plan  # noqa: PLC0415 - saving only

    def number_of(estimator: Any) -> int:
        return next(i for i, model in enumerate(networks) if model is estimator.model_)

    try:
        plan, arrays, transformers = write_plan(compile_without_measuring(pipeline), number_of)
        data = skops.io.dumps(PlainCopy()(transformers))
    except (NotStorableError, ValueError, TypeError) as error:
        return {}, f"{error}"
    return {
        PLAN: json.dumps(plan, ensure_ascii=True).encode(),
        ARRAYS: safetensors.numpy.save(arrays),
        KEPT: pack(data),
    }, ""


def read_compiled(
    members: dict[str, bytes], manifest: dict[str, Any], trusted: set[str], name: str
) -> Any:
    """Read the compiled scorer of a file, without Keras and scikit-learn; refuse one without it."""
    if PLAN not in members:
        reason = manifest.get("compiled", "it was written before there were compiled scorers")
        raise ArtifactError(
            f"{name} holds no compiled scorer: {reason}. Load it without compiled=True."
        )
    from skmultiinput.serving._numpy.numpy_network import NumpyNetwork  # noqa: PLC0415 - SciPy
    from skmultiinput.serving._preprocessing_plan import LazyObject  # noqa: PLC0415 - loading compiled only
    from skmultiinput.serving._stored_plan import PlanReader, read_plan  # noqa: PLC0415 - loading compiled only

    @cache
    def network(number: int) -> NumpyNetwork:
        config = json.loads(members[f"networks/{int(number)}.json"])
        values = safetensors.numpy.load(members[f"networks/{int(number)}.safetensors"])
        weights = [values[key] for key in sorted(values)]
        # The counters of random layers follow the weights.
        while weights and weights[-1].dtype in (np.uint32, np.int64):
            weights.pop()
        return NumpyNetwork(config, weights)

    data = members[KEPT]  # alone stays in memory, until a row needs it

    @cache
    def kept_parts() -> list[Any]:
        from skmultiinput.persistence._skops_part import SkopsPart  # noqa: PLC0415 - skops is slow to import

        part = SkopsPart(data)
        check_trusted(part.untrusted, trusted, name)
        return part.load(trusted, name)

    def kept(number: int) -> LazyObject:
        return LazyObject(build=lambda: kept_parts()[number])

    arrays = safetensors.numpy.load(members[ARRAYS])
    return read_plan(json.loads(members[PLAN]), PlanReader(arrays, network, kept))
