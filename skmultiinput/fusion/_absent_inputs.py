"""Learned vectors for the inputs that a row lacks."""

from dataclasses import replace

from skmultiinput._layers.fusion_layers import ModalityDropout, Presence, StandIn
from skmultiinput.branches._branch import TRUNK, BranchInput, BranchOutput


def replace_absent(
    groups: dict[str, BranchInput], outputs: dict[str, BranchOutput], rate: float
) -> dict[str, BranchOutput]:
    """Replace a branch's output by learned vectors for rows that lack its input.

    In training a fraction of the inputs, the rate, is treated as absent: modality dropout.
    """
    flags = {}
    for name, group in groups.items():
        can_lack = group.mask is not None or group.kind == "image"
        if can_lack or (rate and len(groups) > 1):
            observed = group.tensor if group.mask is None else group.mask
            flags[name] = Presence(not can_lack, name=f"{group.prefix}present")(observed)
    if not flags:
        return outputs
    dropout = ModalityDropout(rate if len(flags) > 1 else 0.0, name=f"{TRUNK}present")
    present = dropout(list(flags.values()))
    replaced = dict(outputs)
    for which, name in enumerate(flags):
        output, prefix = outputs[name], groups[name].prefix
        features = [
            StandIn(which, name=f"{prefix}or_absent_{i}")([x, present])
            for i, x in enumerate(output.features)
        ]
        paths = {}
        for path, label in (("logits", "path"), ("numbers", "numbers")):
            if (x := getattr(output, path)) is not None:
                paths[path] = StandIn(which, name=f"{prefix}{label}_or_absent")([x, present])
        replaced[name] = replace(output, features=features, **paths)
    return replaced
