import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import Pipeline
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmultiinput.evaluation._evaluate import evaluate
from skmultiinput.evaluation._inline_svg import draw_chart
from skmultiinput.evaluation._report import write_report
from skmultiinput.evaluation._report_tables import number
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
        "metrics",
        "curves",
        "calibration",
        "decisions",
        "worst-rows",
        "training",
        "importance",
        "columns",
    ]
    assert [name for name in page.ids if name in sections] == sections
    charts = {"roc", "precision-recall", "calibration-curve", "cost", "history", "importance-group"}
    assert charts <= set(page.ids)
    assert EVIL not in html
    # Title, heading, subtitle, legends, tables and importances show it as the text that it is.
    assert page.text.count(EVIL) >= 8
    assert "Not measured" not in page.text


def test_its_metrics_are_those_of_the_result(result):
    page = Page(write_report(result))
    text = page.text
    summary = result.summary()
    for metric in result.metrics:
        assert number(summary.loc[("network", metric), "mean"]) in text
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
        kept = {"history", "columns", "importances", "effects", "confusion"}
        assert set(details) == kept | ({"explained"} if fold == 0 else set())
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
    assert page.texts.count("predicted") == 8
    assert "calibration-curve" in page.ids
    assert "cost" not in page.ids


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_regression(n_outputs):
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
    assert {f"residuals-{j}" for j in range(n_outputs)} <= set(page.ids)


def test_a_constant_model():
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


def contrast(first, second):
    """Contrast of two colours as WCAG defines it."""

    def luminance(colour):
        channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return linear @ [0.2126, 0.7152, 0.0722]

    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


def mixed(colour, share, ground):
    parts = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (colour, ground)]
    values = np.rint(share * np.array(parts[0]) + (1 - share) * np.array(parts[1])).astype(int)
    return "#" + "".join(f"{value:02x}" for value in values)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(result, scheme):
    html = result.to_html()
    blocks = re.findall(r":root \{(.*?)\}", html, flags=re.DOTALL)
    colours = dict(re.findall(r"--([\w]+): (#[0-9a-f]{6});", blocks[0]))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([\w]+): (#[0-9a-f]{6});", blocks[1]))
    on = {
        "page": ["text", "soft", "accent"],
        "card": ["text", "soft", "accent"],
        "tint": ["text", "good", "bad"],
        "grid": ["soft"],
    }
    for ground, names in on.items():
        for name in names:
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    # The darkest cells of the confusion matrix; lines of charts need 3.
    for series in ("c1", "c2"):
        assert contrast(colours["text"], mixed(colours[series], 0.34, colours["card"])) >= 4.5
    for series in ("c1", "c2", "c3", "c4", "c5", "c6"):
        assert contrast(colours[series], colours["card"]) >= 3
    assert "small { color: var(--soft)" not in html[html.index(".cell") : html.index("details {")]


def test_colours_of_charts_are_those_of_the_page(result):
    html = result.to_html()
    drawings = re.findall(r"<figure.*?</figure>", html, flags=re.DOTALL)
    assert len(drawings) == 7
    for drawing in drawings:
        assert set(re.findall(r"#[0-9a-f]{6}\b", drawing)) == set()
        assert "var(--soft)" in drawing
        assert "<text" in drawing  # can be searched and read aloud


def test_charts_are_deterministic_and_leave_matplotlib_alone():
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    before = dict(mpl.rcParams)
    figures = plt.get_fignums()

    def chart(name):
        lines = [np.arange(3), [1, 3, 2]]
        return draw_chart(name, lambda ax: ax.plot(*lines, label="<b>"), title="t", description="d")

    assert chart("one") == chart("one")
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == figures
    ids = [set(re.findall(r'id="([^"]*)"', chart(name).svg)) for name in ("one", "two")]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_names_that_fonts_and_files_cannot_hold(customers, tmp_path):
    _, y = customers
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(len(y), 3)))
    X.columns = ["顧客", "nul\x00", "a $dollar$ sign and a long tail of other words"]
    # Without a ColumnTransformer, raw columns are permuted one by one.
    model = make_pipeline(StandardScaler(), LogisticRegression())
    result = evaluate(model, X, y, cv=2, details=True)
    page = check(result.to_html(tmp_path / "report.html", title="half \ud800"))
    assert page.texts.count("顧客") == 3
    assert "nul\ufffd" in page.text
    assert "\x00" not in page.text


def test_bold_is_clearly_best():
    X = np.random.default_rng(0).normal(size=(1000, 2))
    y = (X[:, 0] + np.random.default_rng(1).normal(size=1000) > 0).astype(int)
    model, twin = LogisticRegression(), LogisticRegression(C=0.99)
    scoring = ["roc_auc", "log_loss"]
    baselines = {"prior": DummyClassifier()}
    options = {"cv": 10, "random_state": 0, "scoring": scoring, "baselines": baselines}
    result = evaluate(model, X, y, **options)
    assert [result.best_model(metric) for metric in scoring] == ["pipeline", "pipeline"]
    assert result.to_html().count("<strong>") == 2 + 3  # the tiles: two metrics and seconds
    baselines["twin"] = twin
    options = {"cv": 10, "random_state": 0, "scoring": scoring, "baselines": baselines}
    result = evaluate(model, X, y, **options)
    assert result.best_model("roc_auc") is None
    assert result.to_html().count("<strong>") == 3


def test_every_class_is_drawn_alike():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = np.array(["a", "b", "c"])[np.digitize(X[:, 0] + rng.normal(size=200), [-0.5, 0.5])]
    html = evaluate(LogisticRegression(), X, y, cv=2).to_html()
    for name in ("roc", "precision-recall", "calibration-curve"):
        figure = html[html.index(f'<figure id="{name}"') :].partition("</figure>")[0]
        widths = {
            colour: re.findall(rf"stroke: var\(--c{colour}\); stroke-width: ([\d.]+)", figure)
            for colour in (1, 2, 3)
        }
        assert widths[1] == widths[2] == widths[3] != []
        assert ("mean over classes" in figure) == (name != "calibration-curve")


def test_a_notebook_shows_the_table_in_the_style_of_the_report(result):
    html = result._repr_html_()
    page = Page(html)
    assert page.ids == []
    assert EVIL not in html
    assert page.text.count(EVIL) == 1
    assert "EvaluationResult: binary target, 150 rows, 2 folds" in page.text
    assert number(result.summary().loc[("network", "roc_auc"), "mean"]) in page.text
    # Its rules stay inside.
    style = html[html.index("<style>") : html.index("</style>")]
    rules = re.findall(r"^(.*?)\{", style, re.MULTILINE)
    assert rules
    assert all(
        selector.strip().startswith(".skmultiinput-evaluation")
        for rule in rules
        for selector in rule.split(",")
    )
