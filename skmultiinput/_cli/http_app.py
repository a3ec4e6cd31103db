"""The HTTP service of a saved scorer, with a schema made from its columns."""

from typing import Annotated, Any

import numpy as np
from fastapi import Body, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, create_model

from skmultiinput._version import __version__

# What JSON can hold of each kind of column, and an example.
_KINDS: dict[str, tuple[Any, Any]] = {
    "number": (float | str | bool | None, 1.0),
    "category": (str | float | bool | None, "a"),
    "date": (str | None, "2024-01-31"),
    "text": (str | None, "some words"),
    "numbers": (list[Any] | str | None, [1.0, 2.0]),
    "categories": (list[str | None] | None, ["a", "b"]),
    "any": (Any, None),
}


def make_app(
    scorer: Any, manifest: dict[str, Any], *, max_bytes: int = 1 << 20, max_rows: int = 1000
) -> FastAPI:
    """Make the service, which refuses bodies and numbers of rows beyond the limits.

    It has ``POST /predict`` with a row or a list of rows, ``GET /health``, ``GET /metadata``, which
    returns the manifest, and the schema at ``/docs``.
    """
    # FastAPI's own page at /docs loads its scripts from elsewhere: blank without the internet.
    app = FastAPIOffline(redoc_url=None, title="skmultiinput", version=__version__)
    row = row_model(scorer.input_columns)
    rows = Annotated[list[row], Field(min_length=1, max_length=max_rows)]  # type: ignore[valid-type]  # made above
    # Told apart first, so that errors are of what was sent only.
    which = Discriminator(lambda body: "rows" if isinstance(body, list) else "row")
    either = Annotated[row, Tag("row")] | Annotated[rows, Tag("rows")]  # type: ignore[valid-type]  # as above

    # Not a coroutine: the server runs it in a thread of a pool.
    @app.post("/predict")
    def predict(body: Annotated[either, which, Body()]) -> Any:
        """Predict one row, an object, or several, a list."""
        single = isinstance(body, BaseModel)
        cells = [one.model_dump(by_alias=True) for one in ([body] if single else body)]  # type: ignore[attr-defined]  # as above
        try:
            answers = answers_of(scorer, cells)
        except (TypeError, ValueError) as error:
            raise HTTPException(422, str(error)) from error
        return answers[0] if single else answers

    @app.get("/health")
    def health() -> dict[str, str]:
        """Say that the service is up."""
        return {"status": "ok"}

    @app.get("/metadata")
    def metadata() -> dict[str, Any]:
        """Return the manifest of the model."""
        return manifest

    app.add_middleware(BodyLimit, max_bytes=max_bytes)
    return app


def row_model(columns: dict[str, dict[str, Any]]) -> type[BaseModel]:
    """Make the model of a row: a field for each column; a missing value is null."""
    fields: dict[str, Any] = {}
    for number, (name, known) in enumerate(columns.items()):
        kind, example = _KINDS[known["kind"]]
        levels = known.get("levels") or [example]
        examples = [level for level in levels[:10] if level is not None]
        # Any text can name a column; only the alias has to be it.
        fields[f"column_{number}"] = (kind, Field(..., alias=name, examples=examples or None))
    return create_model("Row", __config__=ConfigDict(populate_by_name=False), **fields)


def answers_of(scorer: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return for each row its prediction and, for a classifier, the probability of each class."""
    predicted, probabilities = scorer.predict_with_proba(rows)
    answers: list[dict[str, Any]] = [{"prediction": value} for value in predicted.tolist()]
    if probabilities is not None:
        labels = [str(label) for label in np.asarray(scorer.classes_).tolist()]
        for answer, of_row in zip(answers, probabilities.tolist(), strict=True):
            answer["probabilities"] = dict(zip(labels, of_row, strict=True))
    return answers


class BodyLimit:
    """Refuse requests whose body is too long, whether they say so or not."""

    def __init__(self, app: Any, max_bytes: int) -> None:
        self.app, self.max_bytes = app, max_bytes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, after its body was read and found to be short enough."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        messages, size, more = [], 0, True
        while more and size <= self.max_bytes:
            message = await receive()
            messages.append(message)
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
        if size > self.max_bytes:
            text = f"The body is longer than {self.max_bytes} bytes."
            await JSONResponse({"detail": text}, 413)(scope, receive, send)
            return

        async def replay() -> Any:
            return messages.pop(0) if messages else await receive()

        await self.app(scope, replay, send)
