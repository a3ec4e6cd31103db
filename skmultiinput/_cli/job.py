"""The main job: read a table, cross-validate the network beside its rivals, show, save."""

import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from imblearn.pipeline import Pipeline
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier
from threadpoolctl import threadpool_limits

from skmultiinput._cli.console import (
    Reporter,
    make_console,
    plain_warnings,
    print_columns,
    print_differences,
    print_figures,
    print_line,
    print_threshold_gain,
    quiet_native_code,
)
from skmultiinput._cli.prepare_target import (
    check_counts,
    describe_target,
    positive_of,
    prepare_target,
)
from skmultiinput._cli.tables import TableError, check_column, read_table
from skmultiinput._version import __version__
from skmultiinput.datasets._make_customers import make_customers
from skmultiinput.evaluation._baselines import make_baselines
from skmultiinput.evaluation._evaluate import evaluate
from skmultiinput.over_sampling._multi_input_smote import MultiInputSMOTE
from skmultiinput.preprocessing import (
    DroppedColumnWarning,
    describe_columns,
    make_preprocessor,
)

DEMO_ROWS = 3000
# Endings of files that are written by joblib; any other is an artifact of ours.
PICKLED = {".joblib", ".pkl", ".pickle"}
# Below this many rows threads gain boosted trees next to nothing, and where cores are busy with
# something else, threads that wait for each other cost them a factor of twenty.
FEW_ROWS = 50_000
METRICS = {
    "classification": (
        "roc_auc",
        "average_precision",
        "precision",
        "recall",
        "f1",
        "log_loss",
    ),
    "regression": ("rmse", "mae", "r2"),
}


def run_job(args):
    """Do what the arguments of the command line say.

    Parameters
    ----------
    args : argparse.Namespace
        As parsed by ``skmultiinput.__main__.make_parser``.

    Raises
    ------
    TableError
        If the table, the target or an option cannot be used.
    """
    start = time.perf_counter()
    table, target_name, source = _read(args)
    for path in (args.save, args.json, args.report):
        if path:
            check_writable(path)
    target = prepare_target(table, target_name, task=args.task, rows=args.rows, seed=args.seed)
    out, err = make_console(), make_console(sys.stderr)
    _check_options(args, target)
    positive = positive_of(target, args.positive)
    with plain_warnings(err, ignored=(DroppedColumnWarning,)):
        described = _describe(target, args.seed)
        print_line(out, f"{source}: {len(target.y):,} rows, {target.X.shape[1]} columns")
        print_line(out, describe_target(target_name, target, positive))
        for note in target.notes:
            print_line(out, note)
        print_columns(out, described)
        result, pipeline = _evaluate(args, target, positive, err)
        _print_result(args, out, result, target)
        saved = _save(args, pipeline, target, result, err) if args.save else None
    if args.json:
        _write_json(args, target_name, target, described, result)
        print_line(out, f"Every figure is in {args.json}")
    if args.report:
        _write_report(args, target_name, source, result)
        print_line(out, f"The report is {args.report}")
    if saved:
        print_line(out, f"Fitted on all rows and saved as {saved}")
    print_line(out, f"Done in {time.perf_counter() - start:.0f} s")


def _read(args):
    """Return the table, the name of its target, and where it is from."""
    if args.table is None:
        if args.sep:
            raise TableError("--sep is for a TABLE; none was given.")
        X, y = make_customers(args.rows or DEMO_ROWS, random_state=args.seed)
        table = X.assign(**{y.name: y})
        name = args.target or y.name
        source = "Generated customers"
        check_column(table, name, "the generated customers")
    else:
        table = read_table(args.table, sep=args.sep, target=args.target)
        name, source = args.target, args.table
        if name is None:
            columns = ", ".join(map(repr, table.columns[:12]))
            raise TableError(f"Name the column to predict with --target; there are {columns}.")
    for column in args.drop:
        check_column(table, column)
        if column == name:
            raise TableError(f"Cannot drop {column!r}: it is the target.")
    return table.drop(columns=args.drop), name, source


def _check_options(args, target):
    """Refuse options that do not go with the target, or folds that do not go with the rows."""
    n_classes = 0 if target.task == "regression" else len(np.unique(target.y))
    if n_classes != 2:
        what = f"the target has {n_classes} classes" if n_classes else "the target is a quantity"
        for option in ("positive", "costs"):
            if getattr(args, option) is not None:
                raise TableError(f"--{option} is for two classes; {what}.")
        if not n_classes and args.sampler != "none":
            raise TableError(f"--sampler is for classes; {what}.")
    check_counts(target, args.folds)


def _describe(target, seed):
    """Fit the preprocessing once on all rows, only to show what it takes each column for."""
    preprocessor = make_preprocessor(random_state=seed)
    return describe_columns(preprocessor.fit(target.X, target.y))


def _evaluate(args, target, positive, err):
    metrics = METRICS[target.task]
    print_line(err, "loading TensorFlow")
    with quiet_native_code():
        pipeline = build_pipeline(
            target.task,
            seed=args.seed,
            sampler=args.sampler,
            preset=args.preset,
            epochs=args.epochs,
        )
    baselines = make_baselines(pipeline, random_state=args.seed)
    # The constant answer is no rival.
    baselines = dict(list(baselines.items())[1:])
    with Reporter(err, metrics[0], args.folds * args.repeats) as reporter:
        costs = dict(zip(("cost_fp", "cost_fn"), args.costs, strict=True)) if args.costs else None
        n_threads = 1 if len(target.y) < FEW_ROWS else None
        with threadpool_limits(n_threads, user_api="openmp"):
            result = evaluate(
                pipeline,
                target.X,
                target.y,
                cv=args.folds,
                n_repeats=args.repeats,
                scoring=list(metrics),
                costs=costs,
                baselines=baselines,
                pos_label=positive,
                name="network",
                random_state=args.seed,
                progress=reporter,
                details=args.report is not None,
            )
    return result, pipeline


def _print_result(args, out, result, target):
    what = f"{args.folds} {'' if target.task == 'regression' else 'stratified '}folds"
    if args.repeats > 1:
        what += f", {args.repeats} times"
    how = "mean and sd over folds"
    if result.task == "multiclass":
        how += ", plain mean over classes"
    print_line(out, f"{what}, {how}")
    print_figures(out, result, result.metrics)
    print_differences(out, result, result.metrics[0])
    if args.costs:
        print_threshold_gain(out, result)


def _save(args, pipeline, target, result, err):
    print_line(err, "fitting on all rows")
    model = pipeline.fit(target.X, target.y)
    if args.costs:
        model = FixedThresholdClassifier(
            FrozenEstimator(model),
            threshold=result.thresholds["network"],
            pos_label=result.pos_label,
            response_method="predict_proba",
        ).fit(target.X, target.y)
    try:
        if Path(args.save).suffix.lower() in PICKLED:
            joblib.dump(model, args.save)
        else:
            means = result.summary().loc["network", "mean"]
            # Brings TensorFlow along, as the network did.
            from skmultiinput.persistence._save_load import save  # noqa: PLC0415 - see above

            save(model, args.save, metrics={name: float(means[name]) for name in result.metrics})
    except OSError as error:
        raise TableError(f"Cannot write to {args.save!r}: {error.strerror or error}.") from None
    return args.save


def _write_json(args, name, target, described, result):
    summary = result.summary().drop(columns=["se"])
    content = {
        "version": __version__,
        "table": args.table,
        "target": name,
        "task": result.task,
        "positive": result.pos_label,
        "rows": len(target.y),
        "folds": args.folds,
        "repeats": args.repeats,
        "seed": args.seed,
        "notes": target.notes,
        "columns": json.loads(described.to_json(orient="records")),
        "models": {
            model: {
                metric: {key: _finite(value) for key, value in row.items()}
                for metric, row in summary.loc[model].iterrows()
            }
            for model in result.models
        },
        "scores": json.loads(result.scores.reset_index().to_json(orient="records")),
        "differences": json.loads(result.compare().reset_index().to_json(orient="records")),
        "thresholds": result.thresholds,
    }
    try:
        Path(args.json).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise TableError(f"Cannot write to {args.json!r}: {error.strerror or error}.") from None


def _write_report(args, name, source, result):
    title = source if args.table is None else Path(source).name
    try:
        result.to_html(args.report, title=title, target=name)
    except OSError as error:
        raise TableError(f"Cannot write to {args.report!r}: {error.strerror or error}.") from None


def _finite(value):
    return float(value) if math.isfinite(value) else None


def build_pipeline(task, *, seed=0, sampler="none", preset="default", epochs=None):
    """Return the preprocessing and the network, an unfitted imblearn Pipeline.

    Parameters
    ----------
    task : {"classification", "regression"}
        The kind of model.
    seed : int, default=0
        For everything random in it.
    sampler : {"none", "smote"}, default="none"
        "smote" adds synthetic rows of rare classes to the training rows of the network.
    preset : {"fast", "default", "best"}, default="default"
        How much time the network may take.
    epochs : int, default=None
        Most passes over the rows; as the preset says if None.
    """
    # TensorFlow takes seconds to import: not before the table is known to be good.
    from skmultiinput.estimators import (  # noqa: PLC0415 - see above
        MultiInputClassifier,
        MultiInputRegressor,
    )

    parameters: dict[str, Any] = {"random_state": seed, "verbose": 0, "preset": preset}
    if epochs is not None:
        parameters["epochs"] = epochs
    if sampler == "smote":
        parameters["sampler"] = MultiInputSMOTE(random_state=seed)
    network = MultiInputRegressor if task == "regression" else MultiInputClassifier
    steps = [
        ("preprocess", make_preprocessor(random_state=seed)),
        ("model", network(**parameters)),
    ]
    return Pipeline(steps)


def check_writable(path):
    """Refuse a path that cannot be written to, before hours of work are lost on it."""
    path = Path(path)
    if path.is_dir():
        raise TableError(f"Cannot write to {str(path)!r}: it is a folder.")
    if not path.parent.is_dir():
        raise TableError(f"Cannot write to {str(path)!r}: there is no folder {str(path.parent)!r}.")
