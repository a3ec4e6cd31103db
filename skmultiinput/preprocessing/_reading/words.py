r"""Splitting a text into words and n-grams, in any script.

`re`'s ``\w`` knows neither the combining marks that spell vowels in Devanagari, Tamil or Thai nor
that Chinese, Japanese and Thai put no spaces between words. Where a text has none of these the
result is what ``token_pattern=r"\w+"`` gives in scikit-learn. Its default leaves out words of one
character, and with them the 5 of "5 stars" and the L of "size L".
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a scorer that splits words only does not wait for scikit-learn
    from sklearn.feature_extraction.text import CountVectorizer

_WORD = re.compile(r"\w+")
# Letters of scripts written without spaces: Thai, Lao, Myanmar, Khmer, Hiragana, Han. Katakana is
# left out, because a run of it is a word.
_UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u1780-\u17b3\u3005-\u3007\u3041-\u3096\u309d-\u309f"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)


@cache  # the scan is saved until a text needs it
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the pattern of the characters `re` is blind to, and that of words with them."""
    # The basic plane only: beyond it a character class is no longer one table to look into, and
    # the scripts there are historic. Two invisible joiners hold Persian and Indic words together.
    marks = "\u200c\u200d" + "".join(
        chr(c) for c in range(0x300, 0xFFFF) if unicodedata.category(chr(c))[0] == "M"
    )
    inside = rf"(?:[^\W{_UNSPACED}]|[{marks}])"
    return (
        re.compile(f"[{_UNSPACED}{marks}]"),
        re.compile(rf"[{_UNSPACED}][{marks}]*|[^\W{_UNSPACED}]{inside}*"),
    )


def split_words(text: str) -> list[str]:
    """Split a text into words: runs of word characters, with their combining marks.

    Letters of scripts written without spaces come one by one, so that n-grams of them are words.

    Examples
    --------
    >>> split_words("Nice top, size L")
    ['Nice', 'top', 'size', 'L']
    >>> split_words("我喜欢 カメラ")
    ['我', '喜', '欢', 'カメラ']
    """
    if text.isascii():
        return _WORD.findall(text)
    special, word = _patterns()
    return (word if special.search(text) else _WORD).findall(text)


def build_analyzers(vectorizer: "CountVectorizer") -> list[Callable[[str], list[str]]]:
    """Functions from a text to its tokens, one per n-gram length where they cannot be derived."""
    from sklearn.base import clone  # noqa: PLC0415 - as above

    lowest, highest = vectorizer.ngram_range
    lengths = range(lowest, highest + 1) if vectorizer.analyzer == "char_wb" else [1]
    return [clone(vectorizer).set_params(ngram_range=(n, n)).build_analyzer() for n in lengths]


def token_layers(
    texts: list[str | None],
    vectorizer: "CountVectorizer",
    analyzers: list[Callable[[str], list[str]]],
) -> list[list[list[str]]]:
    """Tokens of the texts, per n-gram length, shortest first, and per text.

    A missing text has none. Of each text together they are those that `vectorizer` finds.
    """
    layers = [[[] if text is None else list(split(text)) for text in texts] for split in analyzers]
    lowest, highest = vectorizer.ngram_range
    if vectorizer.analyzer == "char_wb":
        # A word shorter than n stands for itself at every n; it is counted at the lowest only.
        return layers[:1] + [
            [[token for token in tokens if len(token) == n] for tokens in layer]
            for n, layer in enumerate(layers[1:], start=lowest + 1)
        ]
    joiner = "" if vectorizer.analyzer == "char" else " "
    return [
        layers[0]
        if n == 1
        else [
            [joiner.join(gram) for gram in zip(*(tokens[i:] for i in range(n)), strict=False)]
            for tokens in layers[0]
        ]
        for n in range(lowest, highest + 1)
    ]
