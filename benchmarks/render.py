"""Write the tables of benchmarks/README.md from the records in benchmarks/results.

Each table stands between two comments that name it; the text around them stays as it is. Without
a record, the table is the command that makes one.

    python benchmarks/render.py
"""

import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
README = HERE / "README.md"
NAMES = {
    "yeast4": "yeast4",
    "hr_attrition": "HR attrition",
    "telco_churn": "Telco churn",
    "bank_marketing": "bank marketing",
    "adult": "adult",
    "california_housing": "California housing",
    "japanese_vowels": "Japanese vowels",
    "clothing_recommended": "recommended",
    "clothing_rating": "rating",
    "breast_cancer": "breast cancer",
    "car_vgood": "car-vgood",
}


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    header = list(header)
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def grid_search(runs: list[dict]) -> str:
    rows = []
    for name in dict.fromkeys(run["estimator"] for run in runs):
        row = [name]
        for size in (32, 256):
            run = next(r for r in runs if r["estimator"] == name and r["batch_size"] == size)
            row += [f"{run['seconds']:.1f}", f"{run['times_faster']:.1f}"]
            row.append(f"{run['mean_roc_auc']:.4f}")
        rows.append(row)
    parts = ("seconds", "times faster", "ROC AUC")
    return table(["", *(f"batch {s}: {p}" for s in (32, 256) for p in parts)], rows)


def epoch(runs: list[dict]) -> str:
    rows = [
        (run["contender"], f"{run['seconds_per_epoch']:.3f}", f"{run['times_ours']:.2f}")
        for run in runs
    ]
    return table(("", "seconds per epoch", "relative to skmultiinput"), rows)


def predict(runs: list[dict]) -> str:
    rows = [
        (
            f"{run['rows']:,}",
            run["part"],
            f"{run['scikeras_ms']:.0f}",
            f"{run['skmultiinput_ms']:.1f}",
            f"{run['times_faster']:.0f}",
            f"{run['defaults_ms']:.1f}" if "defaults_ms" in run else "",
        )
        for run in runs
    ]
    header = ("rows", "part", "SciKeras, ms", "skmultiinput, ms", "times faster", "defaults, ms")
    return table(header, rows)


def score(runs: list[dict]) -> str:
    rows = [
        (
            run["model"],
            f"{run['seconds']:.2f}",
            f"{run['cpu_seconds']:.2f}",
            f"{run['times_reference']:.2f}",
        )
        for run in runs
    ]
    return table(("", "seconds", "CPU seconds", "relative to HistGradientBoosting"), rows)


def serving(runs: list[dict]) -> str:
    rows = []
    for run in runs:
        start = run.get("start_seconds")
        rows.append(
            (
                run["table"],
                run["preset"],
                run["model"],
                f"{run['one_p50_ms']:.2f}",
                f"{run['one_p99_ms']:.2f}",
                f"{run['one_first_ms']:.2f}",
                f"{run['hundred_p50_ms']:.1f}",
                f"{run['rows_per_second']:,}",
                "" if start is None else f"{start:.1f} s, {run['start_mb']:,} MB",
            )
        )
    header = ("table", "preset", "model", "one row: p50, ms", "p99", "first of a turn")
    return table((*header, "100 rows: p50, ms", "rows per second", "start-up"), rows)


def serving_http(runs: list[dict]) -> str:
    keys = ("table", "workers", "clients", "requests_per_second", "p50_ms", "p99_ms")
    header = ("table", "workers", "clients", "requests per second", "p50, ms", "p99, ms")
    return table(header, [[f"{run[k]:,}" if k[0] == "r" else run[k] for k in keys] for run in runs])


def fit(runs: list[dict]) -> str:
    rows = []
    for name in dict.fromkeys(run["model"] for run in runs):
        row = [name]
        for target, metric in (("classification", "auc"), ("regression", "rmse")):
            run = next(r for r in runs if r["model"] == name and r["target"] == target)
            row += [f"{run['seconds']:.1f}", f"{run[metric]:.3f}"]
        rows.append(row)
    header = ("", "classification: seconds", "ROC AUC", "regression: seconds", "RMSE")
    return table(header, rows)


def growth(runs: list[dict]) -> str:
    sizes = dict.fromkeys((run["grows"], run[run["grows"]]) for run in runs)
    rows = []
    for name in dict.fromkeys(run["model"] for run in runs):
        of = {(r["grows"], r[r["grows"]]): r for r in runs if r["model"] == name}
        seconds = (f"{of[size]['fit_seconds']:.1f}" if size in of else "" for size in sizes)
        rows.append([name, *seconds])
    plot = "![Seconds of a fit by rows, columns and classes](growth.svg)"
    return f"{plot}\n\n{table(['', *(f'{n:,} {what}' for what, n in sizes)], rows)}"


def preprocess(runs: list[dict]) -> str:
    keys = ("fit_transform_s", "transform_s", "one_row_s")
    rows = [(run["preprocessor"], *(f"{run[key]:.3f}" for key in keys)) for run in runs]
    return table(("", "fit and transform, s", "transform, s", "one row, s"), rows)


def resample_speed(runs: list[dict]) -> str:
    rows = [(run["sampler"], f"{run['rows']:,}", f"{run['seconds']:.2f}") for run in runs]
    return table(("", "rows", "seconds"), rows)


def time_order(runs: list[dict]) -> str:
    auc = {(run["model"], run["folds"]): f"{run['roc_auc']:.3f}" for run in runs}
    names = dict.fromkeys(run["model"] for run in runs)
    rows = [(name, auc[name, "shuffled"], auc[name, "in time"]) for name in names]
    return table(("", "shuffled folds", "folds in time"), rows)


def quantiles(runs: list[dict]) -> str:
    rows = [
        (
            run["model"],
            f"{run['coverage']:.1%}",
            f"{run['pinball_loss']:,.0f}",
            f"{run['crossing']:.1%}",
        )
        for run in runs
    ]
    return table(("", "inside of 90 %", "pinball loss", "rows with crossing quantiles"), rows)


def tune(runs: list[dict]) -> str:
    rows = []
    for run in runs:
        digits = ",.0f" if run["metric"] == "RMSE" else ".4f"
        scores = (f"{run[how]:{digits}}" for how in ("defaults", "tuned"))
        table_name = f"{NAMES.get(run['data'], run['data'])}, {run['rows']:,} rows"
        budget = (f"{run['seconds']:,.0f}", run["trials"])
        rows.append((table_name, run["metric"], run["model"], *scores, *budget))
    return table(("table", "metric", "", "defaults", "tuned", "seconds", "trials"), rows)


def explain(runs: list[dict]) -> str:
    first = runs[0]["s_per_100_rows"]
    rows = [
        (
            run["explainer"],
            f"{run['s_per_100_rows']:,.1f}",
            f"{run['s_per_100_rows'] / first:.0f}",
            f"{run['correlation']:.4f}",
        )
        for run in runs
    ]
    return table(("", "seconds per 100 rows", "times as long", "correlation with explain"), rows)


def memory(runs: list[dict]) -> str:
    rows = []
    for run in runs:
        if "times_the_data" in run:
            rows.append((run["part"], f"peak {run['times_the_data']:.1f} times the data"))
        else:
            grown = run["growth_mib_after_tenth_fit"]
            rows.append((run["part"], f"{grown:+.0f} MiB after the tenth fit"))
    return table(("", ""), rows)


def soak(runs: list[dict]) -> str:
    rows = [
        (
            run["part"],
            f"{run['calls']:,}",
            f"{run['ms_second_tenth']:.0f}",
            f"{run['ms_last_tenth']:.0f}",
            f"{run['mib_grown']:+.1f}",
        )
        for run in runs
    ]
    header = ("", "calls", "ms per call, second tenth", "ms, last tenth", "MiB grown since")
    return table(header, rows)


def scale(runs: list[dict]) -> str:
    rows = [
        (
            run["workers"],
            run["n_workers"],
            f"{run['seconds_to_start']:.1f}",
            f"{run['seconds_once_started']:.1f}",
            f"{run['efficiency']:.2f}",
        )
        for run in runs
    ]
    header = ("", "workers", "seconds to start", "search, once started", "efficiency")
    return table(header, rows)


def imbalance(runs: list[dict]) -> str:
    rows = [
        (
            f"{NAMES.get(run['table'], run['table'])} ({run['positive_share']:.1%})",
            run["resampling"],
            f"{run['average_precision']:.3f}",
            f"{run['brier']:.4f}",
            f"{run['cost_at_0.5']:.3f}",
            f"{run['cost']:.3f}",
            f"{run['gain']:+.3f} ± {run['gain_se']:.3f}",
        )
        for run in runs
    ]
    header = ("table (positive)", "resampling", "average precision", "Brier score")
    return table((*header, "cost at 0.5", "cost, tuned", "difference"), rows)


def modalities(runs: list[dict]) -> str:
    tasks = list(dict.fromkeys(run["task"] for run in runs))
    rows = []
    for name in dict.fromkeys(run["contender"] for run in runs):
        scores = {run["task"]: run["score"] for run in runs if run["contender"] == name}
        rows.append((name, *(f"{scores[t]:.4f}" if t in scores else "" for t in tasks)))
    return table(("", *tasks), rows)


def modalities_splits(runs: list[dict]) -> str:
    rows = [
        (
            run["contender"],
            f"{run['score']:.4f}",
            f"{run['first_minus_this']:+.4f} ± {run['standard_error']:.4f}",
        )
        for run in runs
    ]
    return table(("", "mean of the splits", "first model minus this one"), rows)


def _quality(runs: list[dict], data: list[str], repeats: list[int]) -> str:
    """One row per model that ran on all of these tables and splits: AUC (log-loss) or RMSE."""
    frame = pd.DataFrame([run for run in runs if run["repeat"] in repeats and "error" not in run])
    rows = []
    for model, group in frame.groupby("model", sort=False):
        cells = []
        for name in data:
            part = group[group["data"] == name]
            if len(part) < len(repeats):
                cells.append("")
            elif part["auc"].isna().any():
                cells.append(f"{part['rmse'].mean():,.0f}")
            else:
                cells.append(f"{part['auc'].mean():.4f} ({part['log_loss'].mean():.4f})")
        if any(cells):
            rows.append((model, *cells))
    rows.sort(key=lambda row: (not row[0].startswith("skmultiinput"), row[1:].count("")))
    return table(("", *(NAMES[name] for name in data)), rows)


def quality(runs: list[dict]) -> str:
    plain = ["yeast4", "hr_attrition", "telco_churn", "bank_marketing", "adult"]
    first = _quality(runs, [*plain, "california_housing"], [0, 1])
    texts = ["clothing_recommended", "clothing_rating", "japanese_vowels"]
    return (
        "Means of two splits:\n\n"
        f"{first}\n\nTexts and sequences, the first split:\n\n{_quality(runs, texts, [0])}"
    )


def quality_8000(runs: list[dict]) -> str:
    return _quality(runs, list(dict.fromkeys(run["data"] for run in runs)), [0])


def _beside(runs: list[dict], costs: dict[str, str], base: str) -> pd.DataFrame:
    """Return costs, scores and log-losses of the variants beside those of one of them."""
    frame = pd.DataFrame(
        runs, columns=["data", "variant", "split", *costs, "auc", "rmse", "log_loss"]
    )
    frame["score"] = frame["auc"].fillna(-frame["rmse"])
    frame = frame.set_index(["data", "split"])
    first = frame[frame["variant"] == base]
    rows = {}
    for variant, group in frame.groupby("variant", sort=False):
        row = {}
        for cost, name in costs.items():
            ratios = (group[cost] / first[cost]).dropna().map(math.log)
            row[name] = f"{math.exp(ratios.groupby('data').mean().mean()):.2f}"
        for metric, name in {"score": "score", "log_loss": "log-loss"}.items():
            gaps = (group[metric] - first[metric]).groupby("data").mean().dropna()
            row[name] = f"{gaps.mean():+.4f} ± {gaps.std() / len(gaps) ** 0.5:.4f}"
        gaps = (group["score"] - first["score"]).groupby("data", sort=False).mean()
        rows[variant] = row | {NAMES.get(data, data): f"{gap:+.4f}" for data, gap in gaps.items()}
    return pd.DataFrame(rows).T


def front(runs: list[dict]) -> str:
    costs = {"cpu_s": "CPU time of a fit, times", "predict_cpu_s": "of a prediction, times"}
    beside = _beside(runs, costs, runs[0]["variant"])[[*costs.values(), "score", "log-loss"]]
    return table(("", *beside), list(beside.itertuples(name=None)))


def ablation(runs: list[dict]) -> str:
    beside = _beside(runs, {"cpu_s": "CPU time, times"}, "default")
    return table(("", *beside), list(beside.itertuples(name=None)))


# Name of the record -> what makes its table, and the command that makes the record.
TABLES: dict[str, tuple[Callable[[list[dict]], str], str]] = {
    "grid_search": (grid_search, "grid_search.py --repeats 1"),
    "epoch": (epoch, "epoch.py"),
    "predict": (predict, "predict.py --rows 1 1000"),
    "score": (score, "score.py"),
    "serving": (serving, "serving.py"),
    "serving_http": (serving_http, "serving_http.py"),
    "fit": (fit, "fit.py"),
    "growth": (growth, "growth.py"),
    "preprocess": (preprocess, "preprocess.py"),
    "resample_speed": (resample_speed, "resample_speed.py"),
    "explain": (explain, "explain.py"),
    "quantiles": (quantiles, "quantiles.py"),
    "time_order": (time_order, "time_order.py"),
    "tune": (tune, "tune.py"),
    "memory": (memory, "memory.py"),
    "soak": (soak, "soak.py"),
    "scale": (scale, "scale.py"),
    "imbalance": (imbalance, "imbalance.py"),
    "modalities_recommended_rating": (modalities, "modalities.py --tasks recommended rating"),
    "modalities_recommended_splits": (
        modalities_splits,
        'modalities.py --tasks recommended --splits 0 1 2 3 4 --only "skmultiinput, text"',
    ),
    "modalities_vowels_digits": (modalities, "modalities.py --tasks vowels digits --seeds 0 1 2"),
    "quality": (quality, "quality.py --repeats 2 --peers all"),
    "quality_8000": (
        quality_8000,
        "quality.py --peers all --rows 8000 --data bank_marketing adult",
    ),
    "front": (front, "front.py"),
    "ablation": (ablation, "ablation.py"),
}


def rendered(name: str) -> str:
    """Return the table of a record, its command, and when and with what it was made."""
    make, command = TABLES[name]
    path = HERE / "results" / f"{name}.json"
    if not path.exists():
        return f"`python benchmarks/{command}` has no record yet."
    record = json.loads(path.read_text(encoding="utf-8"))
    versions = ", ".join(f"{package} {v}" for package, v in record["versions"].items())
    made = f"`python benchmarks/{command}`, {record['date']}, {record['machine']}: {versions}."
    return f"{made}\n\n{make(record['runs'])}"


def render(text: str) -> str:
    """Return the text with all tables made anew."""
    for name in TABLES:
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(start)
        _, _, after = rest.partition(end)
        if not rest or f"{end}" not in rest:
            raise SystemExit(f"{README} has no place for the table {name!r}.")
        text = f"{before}{start}{rendered(name)}\n{end}{after}"
    return text


if __name__ == "__main__":
    README.write_text(render(README.read_text(encoding="utf-8")), encoding="utf-8")
