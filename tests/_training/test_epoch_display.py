import io
import os
import pty
import re
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console

from skmultiinput import MultiInputClassifier
from skmultiinput._training.epoch_display import EpochDisplay
from skmultiinput._training.schedule import Schedule

SCRIPT = """
import numpy as np
from skmultiinput import MultiInputClassifier
X = np.random.default_rng(0).normal(size=(80, 2))
y = np.arange(80) % 2
MultiInputClassifier(
    n_estimators=2, epochs=3, hidden_units=(4,), early_stopping=True, verbose=1, random_state=0
).fit(X, y)
"""


def on_a_terminal(script):
    """What a script writes to a terminal of 200 columns."""
    primary, terminal = pty.openpty()
    environment = os.environ | {"COLUMNS": "200", "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=terminal, stderr=subprocess.PIPE, env=environment
    )
    os.close(terminal)
    written = b""
    while True:
        try:
            part = os.read(primary, 4096)
        except OSError:  # how Linux ends the reading of a terminal that nobody writes to
            break
        if not part:
            break
        written += part
    os.close(primary)
    assert process.wait() == 0, process.stderr.read().decode()
    process.stderr.close()
    return written.decode()


def test_a_terminal_gets_one_live_line_per_network():
    lines = on_a_terminal(SCRIPT).replace("\r\n", "\n").splitlines()
    text = "\n".join(lines)
    rewritten = [line for line in text.split("\n") if "Network" in line]
    # `splitlines` also breaks at the carriage returns that rewrite a line.
    assert [re.match(r"Network (\d)/2 - Epoch (\d)/3", line).groups() for line in rewritten] == [
        (network, epoch) for network in "12" for epoch in "123"
    ]
    for line in rewritten:
        assert re.search(
            r"loss: \d\.\d{4} - val_loss: \d\.\d{4} - best: \d\.\d{4} \(epoch \d\)", line
        )
    assert "left" in rewritten[0]
    assert "left" not in rewritten[2]


def test_a_file_gets_a_line_per_epoch(capsys):
    X, y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2
    model = MultiInputClassifier(
        n_estimators=1, epochs=2, hidden_units=(4,), early_stopping=False, verbose=1
    )
    model.fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" - ")[0] for line in lines] == ["Epoch 1/2", "Epoch 2/2"]
    assert f"loss: {model.history_['loss'][1]:.4f}" in lines[1]


def test_a_shorter_line_covers_the_one_before():
    display = EpochDisplay(Schedule(epochs=2, verbose=1))
    display.console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with display:
        display.epoch(0, {"loss": 123456.0}, None)
        display.epoch(1, {"loss": 1.0}, None)
    _, first, second = display.console.file.getvalue().split("\r")
    assert len(second.rstrip("\n")) >= len(first)


def test_a_narrow_terminal_is_not_wrapped():
    display = EpochDisplay(Schedule(epochs=2, verbose=1))
    display.console = Console(file=io.StringIO(), force_terminal=True, width=20)
    with display:
        display.epoch(0, {"loss": 1.0, "val_loss": 2.0}, 2.0)
    assert len(display.console.file.getvalue().strip("\r\n")) <= 19


@pytest.mark.parametrize("verbose", [0, False])
def test_nothing_is_shown_unasked(capsys, verbose):
    with EpochDisplay(Schedule(epochs=1, verbose=verbose)) as display:
        display.epoch(0, {"loss": 1.0}, None)
    assert capsys.readouterr().out == ""
