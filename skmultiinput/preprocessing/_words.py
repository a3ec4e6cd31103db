r"""Splitting a text into words, in any script.

`re`'s ``\w`` knows neither the combining marks that spell vowels in Devanagari, Tamil or Thai nor
that Chinese, Japanese and Thai put no spaces between words. Where a text has none of these the
result is what scikit-learn's default ``token_pattern`` gives: runs of two or more word characters.
"""

import re
import unicodedata
from functools import cache

_WORD = re.compile(r"\b\w\w+\b")
# Letters of scripts written without spaces: Thai, Lao, Myanmar, Khmer, Hiragana, Han. Katakana is
# left out, because a run of it is a word.
_UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u1780-\u17b3\u3005-\u3007\u3041-\u3096\u309d-\u309f"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)


@cache  # the scan is saved until a text needs it
def _patterns():
    """Return the pattern of the characters `re` is blind to, and that of words with them."""
    # The basic plane only: beyond it a character class is no longer one table to look into, and
    # the scripts there are historic. Two invisible joiners hold Persian and Indic words together.
    marks = "\u200c\u200d" + "".join(
        chr(c) for c in range(0x300, 0xFFFF) if unicodedata.category(chr(c))[0] == "M"
    )
    inside = rf"(?:[^\W{_UNSPACED}]|[{marks}])"
    return (
        re.compile(f"[{_UNSPACED}{marks}]"),
        re.compile(rf"[{_UNSPACED}][{marks}]*|[^\W{_UNSPACED}]{inside}+"),
    )


def split_words(text):
    """Split a text into words.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
        Runs of two or more word characters, with their combining marks. Letters of scripts
        written without spaces come one by one, so that n-grams of them are words.

    Examples
    --------
    >>> split_words("It's a nice top")
    ['It', 'nice', 'top']
    >>> split_words("我喜欢 カメラ")
    ['我', '喜', '欢', 'カメラ']
    """
    if text.isascii():
        return _WORD.findall(text)
    special, word = _patterns()
    return (word if special.search(text) else _WORD).findall(text)
