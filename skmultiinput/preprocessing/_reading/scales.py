"""Text in which an order can be read: ranges of numbers, and words of known scales."""

import re

import numpy as np

from skmultiinput.preprocessing._reading.numbers import is_missing_word, parse_number
from skmultiinput.preprocessing._reading.text_counts import TextCounts

# From the lowest word to the highest; "|" separates words for the same step. In English, German,
# French, Spanish and Italian. A line that starts with "<" goes on with the scale before it.
_SCALES = """
very low|lowest < low < medium|med|mid|middle|moderate|average < high < very high|highest
no < low|mild|minor|slight < medium|moderate < high|severe|major < extreme|critical
very poor|terrible < poor|bad < fair|ok|okay|average|typical < good < very good < excellent|great
po < fa < ta|av < gd < ex
no < mn < av < gd
unsatisfactory < needs improvement < satisfactory|meets expectations < good
    < exceeds expectations|very good < outstanding|excellent
xxs < xs|extra small|x-small < s|small < m|medium < l|large < xl|extra large|x-large < xxl|2xl
    < xxxl|3xl
never < rarely|seldom|almost never < sometimes|occasionally < often|frequently|usually
    < always|almost always
strongly disagree < disagree|somewhat disagree < neutral|neither|neither agree nor disagree
    < agree|somewhat agree < strongly agree
very dissatisfied|very unsatisfied < dissatisfied|unsatisfied < neutral < satisfied
    < very satisfied
very unlikely < unlikely < neutral|possible < likely < very likely
novice|beginner|entry level|entry < elementary|junior < intermediate|mid level|mid
    < advanced|senior < expert|lead
intern < junior < mid < senior < lead|principal < director < executive
bronze < silver < gold < platinum < diamond
first < second < third < fourth < fifth < sixth < seventh < eighth < ninth < tenth
preschool < elementary|primary < middle < high school|hs-grad|secondary < some college
    < associate|associate's < bachelor|bachelors|bachelor's|bachelor's degree
    < master|masters|master's|master's degree < doctorate|phd|ph.d.
cold < cool < mild|warm < hot
slow < medium|normal < fast
light < moderate|medium < heavy
i < ii < iii < iv < v < vi < vii < viii < ix < x
stage i < stage ii < stage iii < stage iv
uneducated < high school < college < graduate < post-graduate < doctorate
sehr niedrig|sehr gering < niedrig|gering < mittel < hoch < sehr hoch
nie < selten < manchmal|gelegentlich < oft|häufig < immer
sehr schlecht < schlecht < mittel|mittelmäßig|durchschnittlich < gut < sehr gut
klein < mittel < groß
très faible|très bas < faible|bas|basse < moyen|moyenne < élevé|élevée|haut < très élevé
jamais < rarement < parfois < souvent < toujours
muy bajo|muy baja < bajo|baja < medio|media < alto|alta < muy alto|muy alta
nunca < rara vez|raramente < a veces|às vezes < a menudo|frequentemente < siempre|sempre
molto basso < basso|bassa < medio|media < alto|alta < molto alto
mai < raramente < a volte < spesso < sempre
daily < weekly < biweekly|fortnightly < monthly < quarterly < yearly|annually|annual
"""
_STEPS = tuple(
    {word: step for step, words in enumerate(scale.split(" < ")) for word in words.split("|")}
    for scale in re.sub(r"\n +<", " <", _SCALES.strip()).splitlines()
)
_FEWEST_STEPS = 3
_ON_SCALE = 0.95
_LONGEST = 40
_NUMBER = r"[$€£]?\s*(?:\d[\d.,]*)\s*(?:[km](?![^\W\d_]))?"
_WORDS = r"(?:\s+[^\W\d_]+){0,3}"
# In English, German, French, Spanish and Italian.
_BELOW = (
    r"<=?|≤|under|below|less than|fewer than|up to|at most|max\.?|no more than|before|until"
    r"|unter|bis zu|bis|weniger als|moins de|jusqu'à|menos de|hasta|meno di"
)
_ABOVE = (
    r">=?|≥|over|above|more than|greater than|at least|min\.?|from|after|older than"
    r"|über|mehr als|mindestens|mind\.|ab|plus de|más de|mais de|più di"
)
_LEVEL = r"level|lvl|stage|grade|tier|phase|class|priority|prio|rank|step|band|stufe|niveau|p"
_RANGE = re.compile(
    rf"(?:(?P<below>(?:{_BELOW})\s*{_NUMBER}{_WORDS})"
    rf"|(?P<above>(?:{_ABOVE})\s*{_NUMBER}{_WORDS})"
    rf"|(?P<brackets>[\[(]\s*{_NUMBER}\s*[-\u2013,]\s*{_NUMBER}\s*[\])])"
    rf"|(?P<between>{_NUMBER}{_WORDS}\s*(?:-|\u2013|\u2014|to|through|and|bis|à|al?|\.\.+)\s*{_NUMBER}{_WORDS})"
    rf"|(?P<plus>{_NUMBER}\s*(?:\+|plus|and (?:over|above|more|up)|or (?:more|older|above|over))"
    rf"{_WORDS})"
    rf"|(?P<minus>{_NUMBER}{_WORDS}\s*(?:or (?:less|fewer|under|younger|below)|and under))"
    rf"|(?P<rank>\d+(?:st|nd|rd|th){_WORDS}|(?:{_LEVEL})\s?[.-]?\s?\d{{1,2}})"
    rf"|(?P<plain>{_NUMBER}{_WORDS}))\Z",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(\d[\d.,]*)\s*([km](?![^\W\d_]))?", re.IGNORECASE)
_FACTORS = {"k": 1e3, "m": 1e6}


def parse_range(text: str) -> tuple[float, bool]:
    """Read a range, or a number with words around it, as one number; return whether it is a range.

    The number is the middle of a range with two ends, a little outside of the only end, or NaN.

    Examples
    --------
    >>> [parse_range(text)[0] for text in ("<1", "3 years", "0-50", "20000 to 29000", "10+", "red")]
    [0.5, 3.0, 25.0, 24500.0, 10.5, nan]
    """
    match = _RANGE.match(text.strip()) if len(text) <= _LONGEST else None
    if match is None:
        return np.nan, False
    numbers = _numbers(match[0])
    if match["between"] or match["brackets"]:
        low, high = numbers
        return ((low + high) / 2, True) if low <= high else (np.nan, False)
    # Half a unit of the last digit: <0.05 is 0.045.
    _, _, decimals = _PARTS.findall(match[0])[0][0].rstrip(".,").partition(".")
    half = 0.5 / 10 ** len(decimals)
    if match["below"] or match["minus"]:
        return numbers[0] - half, True
    if match["above"] or match["plus"]:
        return numbers[0] + half, True
    return numbers[0], bool(match["rank"])


def range_ends(text: str) -> tuple[float, float] | None:
    """Return the ends of a range that has two, the lower one first; None for any other text.

    Examples
    --------
    >>> range_ends("$45,000 - $60,000"), range_ends("10+"), range_ends("9-3")
    ((45000.0, 60000.0), None, None)
    """
    match = _RANGE.match(text.strip()) if len(text) <= _LONGEST else None
    if match is None or not (match["between"] or match["brackets"]):
        return None
    low, high = _numbers(match[0])
    return (low, high) if low <= high else None


def _numbers(text: str) -> list[float]:
    return [
        parse_number(digits.rstrip(".,")) * _FACTORS.get(factor.lower(), 1.0)
        for digits, factor in _PARTS.findall(text)
    ]


def known_order(cells: TextCounts) -> tuple[str, ...]:
    """Return the texts in the order of a known scale, or nothing if they are not from one.

    Few cells may hold other words: misspelled ones, for example.

    Examples
    --------
    >>> known_order(TextCounts(["High", "low", "Medium", "n/a"]))
    ('low', 'Medium', 'High')
    >>> known_order(TextCounts(["red", "low"]))
    ()
    """
    cells = cells.without(is_missing_word)
    words = {text: " ".join(text.lower().split()) for text in cells.texts}
    for steps in _STEPS:
        step_of = {text: steps[word] for text, word in words.items() if word in steps}
        if (
            len(set(step_of.values())) >= _FEWEST_STEPS
            and cells.share(step_of.__contains__) >= _ON_SCALE
        ):
            return tuple(sorted(step_of, key=lambda text: (step_of[text], text)))
    return ()
