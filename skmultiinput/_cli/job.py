"""The job: read a table, cross-validate the network beside other models, show, save."""

import json
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from imblearn.pipeline import Pipeline
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier

from skmultiinput._cli.check_writable import check_outputs, writing
from skmultiinput._cli.console import (
    make_console,
    plain_warnings,
    print_columns,
    print_differences,
    print_learning_curve,
    print_line,
    print_metrics,
    print_threshold_gain,
)
from skmultiinput._cli.prepare_target import (
    Target,
    check_counts,
    describe_target,
    positive_of,
    prepare_target,
)
from skmultiinput._cli.read_table import check_column, read_table
from skmultiinput._cli.split_rows import Split, split_rows
from skmultiinput._cli.table_file import TableError
from skmultiinput._replacing import write_text
from skmultiinput._version import __version__
from skmultiinput.datasets import make_customers
from skmultiinput.evaluation import (
    EvaluationResult,
    TimeOrderWarning,
    evaluate,
    make_baselines,
)
from skmultiinput.evaluation._evaluation_progress import report_folds
from skmultiinput.evaluation._leak_check import leak_sentence
from skmultiinput.evaluation._time_order import time_order_sentence
from skmultiinput.over_sampling import MultiInputSMOTE
from skmultiinput.preprocessing import (
    DroppedColumnWarning,
    describe_columns,
    make_preprocessor,
)

DEMO_ROWS = 3000
# Files with these suffixes are written by joblib, all others by `skmultiinput.save`.
PICKLED = {".joblib", ".pkl", ".pickle"}
METRICS = {
    "classification": (
        "roc_auc",
        "average_precision",
        "accuracy",
        "precision",
        "recall",
        "f1",
        "log_loss",
    ),
    "regression": ("rmse", "mae", "r2"),
}


def run_job(args: Namespace) -> None:
    """Do what the arguments of the command line ask for, or raise TableError with what is wrong."""
    start = time.perf_counter()
    check_outputs(args)
    table, target_name, source = _read(args)
    target = prepare_target(table, target_name, task=args.task, rows=args.rows, seed=args.seed)
    out, err = make_console(), make_console(sys.stderr)
    _check_options(args, target)
    split = split_rows(target, args.folds, time=args.time, group=args.group, drop=args.drop)
    target = split.target
    positive = positive_of(target, args.positive)
    with plain_warnings(err, ignored=(DroppedColumnWarning, TimeOrderWarning)):
        # Fitted on all rows only to show the kind of each column.
        described = describe_columns(_preprocessor(target, args.seed).fit(target.X, target.y))
        print_line(out, f"{source}: {len(target.y):,} rows, {target.X.shape[1]} columns")
        print_line(out, describe_target(target_name, target, positive))
        for note in target.notes:
            print_line(out, note)
        print_columns(out, described, show_all=args.all_columns)
        pipeline = _build_pipeline(args, split, err)
        result = _evaluate(args, pipeline, split, positive, err)
        _print_result(args, out, result, split)
        if args.save:
            print_line(err, "fitting on all rows")
            _save(args, pipeline, split, result)
    if args.json:
        _write_json(args, target_name, target, described, result)
        print_line(out, f"Every metric is in {args.json}")
    if args.report:
        title = source if args.table in {None, "-"} else Path(source).name
        with writing(args.report):
            result.to_html(args.report, title=title, target=target_name)
        print_line(out, f"The report is {args.report}")
    if args.save:
        print_line(out, f"Fitted on all rows and saved as {args.save}")
    print_line(out, f"Done in {time.perf_counter() - start:.0f} s")


def _read(args: Namespace) -> tuple[pd.DataFrame, str, str]:
    """Return the table, the name of its target, and where it is from."""
    if args.table is None:
        if args.sep:
            raise TableError("--sep is for a TABLE; none was given.")
        if any(Path(name).is_file() for name in args.drop[1:]):
            raise TableError(f"--drop takes {args.drop[-1]!r} for a column; put TABLE before it.")
        X, y = make_customers(args.rows or DEMO_ROWS, random_state=args.seed)
        table = X.assign(**{str(y.name): y})
        name = args.target or str(y.name)
        source = "Generated customers"
        check_column(table, name, "the generated customers")
    else:
        table = read_table(args.table, sep=args.sep, target=args.target)
        if args.target is None:
            columns = ", ".join(map(repr, table.columns[:12]))
            raise TableError(f"Name the column to predict with --target; there are {columns}.")
        name, source = args.target, "Standard input" if args.table == "-" else args.table
    for column in args.drop:
        check_column(table, column)
        if column == name:
            raise TableError(f"Cannot drop {column!r}: it is the target.")
    for option, column in (("time", args.time), ("group", args.group)):
        if column == name:
            raise TableError(f"--{option} {column!r} is the target.")
    used = {args.time, args.group}
    return table.drop(columns=[column for column in args.drop if column not in used]), name, source


def _check_options(args: Namespace, target: Target) -> None:
    """Refuse options that do not go with the target, or folds that do not go with the rows."""
    n_classes = 0 if target.task == "regression" else len(np.unique(target.y))
    if n_classes != 2:
        what = f"the target has {n_classes} classes" if n_classes else "the target is a quantity"
        for option, value in {"positive": args.positive, "costs": args.costs}.items():
            if value is not None:
                raise TableError(f"--{option} is for two classes; {what}.")
        if not n_classes and args.sampler != "none":
            raise TableError(f"--sampler is for classes; {what}.")
    if args.time and args.repeats > 1:
        raise TableError("--repeats draws other folds; with --time there is one way to split.")
    check_counts(target, args.folds)


def _preprocessor(target: Target, seed: int) -> Any:
    # Counts, such as 0 to 30, would be read as classes.
    target_type = "continuous" if target.task == "regression" else "auto"
    return make_preprocessor(random_state=seed, target_type=target_type)


def _build_pipeline(args: Namespace, split: Split, err: Any) -> Pipeline:
    """Return the preprocessing and the network, unfitted."""
    print_line(err, "loading TensorFlow")
    # TensorFlow takes seconds to import: not before the table is known to be good.
    from skmultiinput.estimators import (  # noqa: PLC0415 - see above
        MultiInputClassifier,
        MultiInputRegressor,
    )

    target = split.target
    parameters: dict[str, Any] = {"random_state": args.seed, "preset": args.preset, "n_jobs": -1}
    parameters["validation"] = split.validation
    if args.epochs is not None:
        parameters["epochs"] = args.epochs
    if args.sampler == "smote":
        parameters["sampler"] = MultiInputSMOTE(random_state=args.seed)
    network = MultiInputRegressor if target.task == "regression" else MultiInputClassifier
    return Pipeline(
        [("preprocess", _preprocessor(target, args.seed)), ("model", network(**parameters))]
    )


def _evaluate(
    args: Namespace, pipeline: Pipeline, split: Split, positive: Any, err: Any
) -> EvaluationResult:
    target = split.target
    metrics = METRICS[target.task]
    baselines = make_baselines(pipeline, random_state=args.seed)
    # The constant prediction is the first one, and no competitor.
    baselines = dict(list(baselines.items())[1:])
    costs = dict(zip(("cost_fp", "cost_fn"), args.costs, strict=True)) if args.costs else None
    if args.report:
        print_line(err, "the report needs permutation importances: each fold takes longer")
    with report_folds(err, metrics[0], args.folds * args.repeats) as show:
        return evaluate(
            pipeline,
            target.X,
            target.y,
            cv=split.cv,
            groups=split.groups,
            n_repeats=args.repeats,
            scoring=list(metrics),
            costs=costs,
            baselines=baselines,
            pos_label=positive,
            name="network",
            random_state=args.seed,
            progress=show,
            details=args.report is not None,
            learning_curve=args.learning_curve,
        )


def _print_result(args: Namespace, out: Any, result: EvaluationResult, split: Split) -> None:
    what = f"{args.folds} {split.name}"
    if args.repeats > 1:
        what += f", {args.repeats} times"
    how = "mean and sd over folds"
    if result.task == "multiclass":
        how += ", plain mean over classes"
    if len(result.leaks):
        print_line(out, leak_sentence(result.leaks, result.task) + " Not left out: see --drop.")
    if len(result.time_order):
        sentence = time_order_sentence(result.time_order, result.task)
        column = result.time_order.index[0]
        print_line(out, f"{sentence} To test on later rows, pass --time {column!r}.")
    print_line(out, f"{what}, {how}")
    print_metrics(out, result)
    print_differences(out, result)
    if args.learning_curve:
        print_learning_curve(out, result)
    if args.costs:
        print_threshold_gain(out, result)


def _save(args: Namespace, pipeline: Pipeline, split: Split, result: EvaluationResult) -> None:
    target, path = split.target, args.save
    params = {} if split.groups is None else {"model__groups": split.groups}
    model = pipeline.fit(target.X, target.y, **params)
    if args.costs:
        model = FixedThresholdClassifier(
            FrozenEstimator(model),
            threshold=result.thresholds["network"],
            pos_label=result.pos_label,
            response_method="predict_proba",
        ).fit(target.X, target.y)
    with writing(path):
        if Path(path).suffix.lower() in PICKLED:
            joblib.dump(model, path)
            return
        means: Any = result.summary().loc["network", "mean"]
        # Needs TensorFlow, which is imported by now.
        from skmultiinput.persistence import save  # noqa: PLC0415 - see above

        save(model, path, metrics={name: float(means[name]) for name in result.metrics})


def _write_json(
    args: Namespace,
    name: str,
    target: Target,
    described: pd.DataFrame,
    result: EvaluationResult,
) -> None:
    summary = result.summary().drop(columns="se")
    content = {
        "version": __version__,
        "table": args.table,
        "target": name,
        "task": result.task,
        "positive": result.pos_label,
        "rows": len(target.y),
        **{name: vars(args)[name] for name in ("folds", "time", "group", "repeats", "seed")},
        "notes": target.notes,
        "columns": _plain(described, "records"),
        "models": {model: _plain(summary.loc[model], "index") for model in result.models},
        "time_order": _plain(result.time_order, "index"),
        "leaks": {str(name): score for name, score in result.leaks.items()},
        "scores": _plain(result.scores.reset_index(), "records"),
        "differences": _plain(result.compare().reset_index(), "records"),
        "thresholds": result.thresholds,
    }
    with writing(args.json):
        write_text(args.json, json.dumps(content, indent=2) + "\n")


def _plain(frame: Any, orient: str) -> Any:
    """Return a frame as JSON can hold it; what is not finite is null."""
    return json.loads(frame.to_json(orient=orient, double_precision=15))
