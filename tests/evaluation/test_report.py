import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import Pipeline
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from skmultiinput.evaluation._evaluate import evaluate
from skmultiinput.evaluation._report import write_report
from skmultiinput.evaluation._report_tables import number
from skmultiinput.evaluation._svg import HEIGHT, WIDTH, Line, line_chart, thin_out, ticks
from skmultiinput.preprocessing import make_preprocessor

EVIL = "<script>alert('x')</script> & \"more\""
VOID = {"meta", "br", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """Reads a page strictly: every element is closed, in order."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.attributes, self.texts = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, *pair) for pair in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(self.texts)


def check(html):
    """What every report has to keep."""
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    # Nothing is fetched and nothing runs: references stay in the page.
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name != "src"
        if name == "href":
            assert value[0] == "#"
            assert value[1:] in page.ids
        if name == "aria-labelledby":
            assert set(value.split()) <= set(page.ids)
        for target in re.findall(r"url\(([^)]*)\)", value or ""):
            assert target[1:] in page.ids
        if name in ("d", "points", "x", "y", "width", "height", "style", "viewbox"):
            assert not re.search("nan|inf|None", value), (tag, name, value)
    tags = [tag for tag, _, _ in page.attributes]
    assert not {"script", "link", "img", "iframe", "object"} & set(tags)
    assert "@import" not in html
    assert "http" not in html.replace("http-equiv", "")
    assert not re.search(r"\b(nan|NaN|None|inf|NaT|<NA>)\b", page.text)
    figures = html.count("<figure")
    assert html.count('role="img"') == figures
    assert html.count("<desc") == figures
    assert html.count("<table") == html.count("<caption>") == html.count("<thead>")
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html
    return page


@pytest.fixture(scope="module")
def customers():
    rng = np.random.default_rng(0)
    n = 150
    X = pd.DataFrame(
        {
            "age": rng.normal(size=n),
            EVIL: rng.choice([f"town {i}" for i in range(10)], n),
            "plan": rng.choice(["basic", "plus"], n),
            "same": "x",
        }
    )
    X.loc[::7, "age"] = np.nan
    return X, (X["age"].fillna(0) + rng.normal(size=n) > 0.6).astype(int)


@pytest.fixture(scope="module")
def result(customers):
    from skmultiinput.estimators import MultiInputClassifier

    network = MultiInputClassifier(
        hidden_units=(8,), n_members=2, n_estimators=1, epochs=3, random_state=0
    )
    pipeline = Pipeline([("preprocess", make_preprocessor()), ("model", network)])
    baseline = make_pipeline(make_preprocessor(), LogisticRegression())
    with pytest.warns(UserWarning, match="constant"):
        return evaluate(
            pipeline,
            *customers,
            cv=2,
            baselines={EVIL: baseline},
            name="network",
            costs={"cost_fp": 1, "cost_fn": 4},
            details=True,
            random_state=0,
        )


def test_the_whole_report(result, tmp_path):
    path = tmp_path / "report.html"
    html = result.to_html(path, title=f"Churn {EVIL}", target=EVIL)
    assert path.read_text(encoding="utf-8") == html
    page = check(html)
    sections = [
        "figures",
        "curves",
        "calibration",
        "decisions",
        "training",
        "importance",
        "columns",
    ]
    assert [name for name in page.ids if name in sections] == sections
    charts = {"roc", "pr", "calibration-curve", "cost", "history"}
    assert charts <= set(page.ids)
    assert EVIL not in html
    # Title, heading, subtitle, legends, tables and importances show it as the text that it is.
    assert page.text.count(EVIL) >= 8
    assert "Not measured" not in page.text


def test_its_figures_are_those_of_the_result(result):
    page = Page(write_report(result))
    text = page.text
    found = result.summary()
    for metric in result.metrics:
        assert number(found.loc[("network", metric), "mean"]) in text
    counts = result.confusion()
    assert counts.to_numpy().sum() == 150
    for count in counts.to_numpy().ravel():
        assert f"{count:,}" in page.texts
    assert f"{result.thresholds['network']:.4f}" in text
    assert "one value in every row" in text  # why a column was dropped
    for group in ("numeric", "onehot", "target", "dropped"):
        assert group in page.texts


def test_the_confusion_is_that_of_the_folds(result, customers):
    _, y = customers
    probability = result.out_of_fold()[1].to_numpy()
    expected = np.zeros((2, 2), dtype=int)
    for fold, test in enumerate(result.test_indices):
        cut = result.scores.loc[("network", fold), "threshold"]
        for row in test:
            expected[y[row], int(probability[row] >= cut)] += 1
    assert result.confusion().to_numpy().tolist() == expected.tolist()


def test_details_are_kept_for_the_evaluated_model_alone(result):
    assert set(result.details) == {(m, f) for m in ("network", EVIL) for f in (0, 1)}
    for fold in (0, 1):
        details = result.details["network", fold]
        assert set(details) == {"history", "columns", "importances", "confusion"}
        assert len(details["history"]["loss"]) <= 3
        assert set(result.details[EVIL, fold]) == {"confusion"}


def test_without_details_it_says_how_to_get_them(customers):
    X, y = customers
    model = make_pipeline(make_preprocessor(drop=["same"]), LogisticRegression())
    page = check(evaluate(model, X, y, cv=2).to_html())
    assert page.text.count("details=True") == 3
    assert "Precision, recall and F1" in page.text
    assert "minus each baseline" not in page.text
    inside = check(evaluate(model, X, y, cv=2, details=True).to_html())
    assert "keeps no training history" in inside.text
    assert "details=True" not in inside.text


def test_one_fold_has_no_intervals(customers):
    X, y = customers
    model = make_pipeline(make_preprocessor(drop=["same"]), LogisticRegression())
    split = [(np.arange(100), np.arange(100, 150))]
    result = evaluate(
        model, X, y, cv=split, costs={"cost_fp": 1, "cost_fn": 2}, baselines={"b": model}
    )
    page = check(result.to_html())
    assert "±" not in page.text.replace("Mean ± standard deviation", "")


def test_many_classes_and_rare_ones():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 2))
    y = np.array([f"class <{i}>" for i in rng.integers(0, 8, 120)])
    matrix = 1 - np.eye(8)
    page = check(evaluate(LogisticRegression(), X, y, cv=2, costs=matrix, details=True).to_html())
    assert "8 classes" in page.text
    assert page.text.count("said class") == 8
    assert "calibration-curve" in page.ids
    assert "cost" not in page.ids


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_quantities(n_outputs):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 3))
    y = X @ rng.normal(size=(3, n_outputs)) * 1e4
    y = y.ravel() if n_outputs == 1 else y
    result = evaluate(
        Ridge(), X, y, cv=3, n_repeats=2, baselines={"mean": DummyRegressor()}, details=True
    )
    page = check(result.to_html(target="spend"))
    assert {f"fit-{j}" for j in range(n_outputs)} <= set(page.ids)
    assert "roc" not in page.ids
    assert "Drop of" not in page.text or "R²" in page.text


def test_a_model_that_says_the_same_for_every_row():
    X, y = np.zeros((40, 1)), np.array(["no", "yes"] * 20)
    costs = {"cost_fp": 1, "cost_fn": 1}
    model = DummyClassifier(strategy="prior")
    result = evaluate(model, X, y, cv=2, costs=costs, pos_label="yes", details=True)
    check(result.to_html())


def test_repetitions_and_weights(customers):
    X, y = customers
    model = make_pipeline(make_preprocessor(drop=["same"]), LogisticRegression())
    weight = np.linspace(0.5, 2, len(y))
    result = evaluate(model, X, y, cv=2, n_repeats=2, sample_weight=weight, threshold=0.4)
    page = check(result.to_html())
    assert "at the threshold 0.400" in page.text
    assert result.confusion().to_numpy().sum() == 300


def test_charts_stay_inside_and_keep_their_ends():
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(0, 10, 5000))
    y = np.cumsum(rng.normal(size=5000))
    kept = thin_out(x, y)
    assert len(kept[0]) <= 242
    assert (kept[0][0], kept[0][-1]) == (x[0], x[-1])
    svg = line_chart(
        "c", [Line(x, y, "walk")], title="t", description="d", x_label="x", y_label="y"
    )
    (points,) = re.findall(r'points="([^"]*)"', svg)
    points = np.array([pair.split(",") for pair in points.split()], dtype=float)
    assert (points >= 0).all()
    assert (points[:, 0] <= WIDTH).all()
    assert (points[:, 1] <= HEIGHT).all()
    empty = line_chart("e", [Line([], [])], title="t", description="d", x_label="x", y_label="y")
    assert "nan" not in empty
    assert "<polyline" not in empty


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.7e6, 2.2e7), (1e-9, 3e-9), (99.9, 100)])
def test_ticks_are_round_inside_and_few(low, high):
    found = ticks(low, high)
    assert 3 <= len(found) <= 11
    assert low <= found[0] < found[-1] <= high
    steps = np.diff(found)
    assert steps == pytest.approx(np.full(len(steps), steps[0]))
