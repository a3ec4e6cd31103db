"""``python -m skmultiinput serve``: a running server and a real client."""

import asyncio
import json
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor, save
from skmultiinput._cli.run import main
from skmultiinput._cli.serve import make_worker

SMALL = {"hidden_units": (8,), "n_members": 2, "n_estimators": 1, "epochs": 1, "random_state": 0}


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"the age": rng.normal(40, 10, 90).round(1), "plan": rng.choice(["basic", "plus"], 90)}
    )
    pipeline = make_pipeline(make_preprocessor(), MultiInputClassifier(**SMALL))
    return pipeline.fit(X, np.where(X["plan"] == "plus", "Yes", "No")), X


@pytest.fixture(scope="module")
def saved(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "churn.skmi"
    save(fitted[0], path)
    return path


@contextmanager
def served(path, *options):
    """Start a server; yield a client of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "skmultiinput", "serve", str(path), "--port", str(port)]
    server = subprocess.Popen([*command, *options], stderr=subprocess.PIPE)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for _ in range(600):
            try:
                client.get("/health")
                break
            except httpx.ConnectError:
                assert server.poll() is None, server.stderr.read().decode()
                time.sleep(0.1)
        yield client
    server.terminate()
    server.communicate(timeout=60)


async def in_turn(chunks):
    for chunk in chunks:
        yield chunk


class InProcess:
    """Sends requests to an application in this process."""

    def __init__(self, app):
        self.transport = httpx.ASGITransport(app)

    def get(self, path):
        return asyncio.run(self._send("GET", path))

    def post(self, path, **content):
        return asyncio.run(self._send("POST", path, **content))

    async def _send(self, method, path, content=None, **options):
        if content is not None and not isinstance(content, bytes):
            content = in_turn(content)
        async with httpx.AsyncClient(transport=self.transport, base_url="http://app") as client:
            return await client.request(method, path, content=content, **options)


@pytest.fixture(scope="module", params=["a server", "the application"])
def client(request, saved):
    """A client of a running server, and one of what a worker serves, in this process."""
    if request.param == "a server":
        with served(saved, "--max-bytes", "2000", "--max-rows", "5") as client:
            yield client
    else:
        limits = {"max_bytes": 2000, "max_rows": 5}
        settings = {"model": {"path": str(saved), "trusted": []}, "limits": limits}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SKMULTIINPUT_SERVED", json.dumps(settings))
            app = make_worker()
        yield InProcess(app)


def test_one_row_and_several(client, fitted):
    pipeline, X = fitted
    expected = pipeline.predict_proba(X.head(3))
    rows = X.head(3).to_dict("records")
    answer = client.post("/predict", json=rows[0]).json()
    assert answer["prediction"] == pipeline.predict(X.head(1))[0]
    np.testing.assert_allclose(answer["probabilities"]["Yes"], expected[0, 1], atol=1e-6)
    answers = client.post("/predict", json=rows).json()
    got = [[answer["probabilities"][label] for label in ("No", "Yes")] for answer in answers]
    np.testing.assert_allclose(got, expected, atol=1e-6)
    gap = client.post("/predict", json={"the age": None, "plan": "never seen"})
    assert gap.status_code == 200


def test_several_workers_answer_alike(saved, fitted):
    pipeline, X = fitted
    with served(saved, "--workers", "2", "--max-rows", "5") as client:
        for i in range(8):
            row = X.iloc[i].to_dict()
            # A connection each: the workers take them in turns.
            answer = httpx.post(f"{client.base_url}/predict", json=row, timeout=60).json()
            assert answer["prediction"] == pipeline.predict(X.iloc[[i]])[0]
        rows = X.head(6).to_dict("records")
        assert client.post("/predict", json=rows).status_code == 422


def test_health_metadata_and_schema(client):
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/metadata").json()["classes"] == ["No", "Yes"]
    row = client.get("/openapi.json").json()["components"]["schemas"]["Row"]
    assert list(row["properties"]) == ["the age", "plan"]
    assert row["properties"]["plan"]["examples"] == ["basic", "plus"]
    assert sorted(row["required"]) == ["plan", "the age"]


def test_the_page_of_the_schema_loads_nothing_from_elsewhere(client):
    page = client.get("/docs").text
    needed = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert any("swagger-ui" in address for address in needed)
    for address in needed:
        assert address.startswith("/")
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "what"),
    [
        ({"plan": "basic"}, 422, "the age"),
        ({"the age": [3], "plan": "basic"}, 422, "the age"),
        ({"the age": 3, "plan": {"a": 1}}, 422, "plan"),
        ([], 422, "at least 1"),
        ([{"the age": 3, "plan": "basic"}] * 6, 422, "at most 5"),
        ({"the age": 3, "plan": "x" * 3000}, 413, "longer than 2000 bytes"),
    ],
    ids=["missing", "list", "object", "none", "many", "long"],
)
def test_errors_name_the_field(client, body, status, what):
    response = client.post("/predict", json=body)
    assert response.status_code == status
    assert what in response.text


@pytest.mark.parametrize("several", [False, True])
def test_a_missing_field_is_one_error(client, several):
    row = {"plan": "basic"}
    errors = client.post("/predict", json=[row] if several else row).json()["detail"]
    assert [(error["type"], error["loc"][-1]) for error in errors] == [("missing", "the age")]


def test_a_body_that_does_not_say_its_length(client):
    chunks = (b" " * 1000 for _ in range(5))
    assert client.post("/predict", content=chunks).status_code == 413
    assert client.post("/predict", content=b"no json").status_code == 422


def test_files_that_cannot_be_served(tmp_path, capsys):
    assert main(["serve", str(tmp_path / "no.skmi")]) == 2
    assert "There is no file" in capsys.readouterr().err
    (tmp_path / "odd.skmi").write_bytes(b"no archive")
    assert main(["serve", str(tmp_path / "odd.skmi")]) == 2


def test_a_port_that_is_taken(saved, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", str(saved), "--workers", "2", "--port", port]) == 2
    assert "Cannot listen at 127.0.0.1" in capsys.readouterr().err
