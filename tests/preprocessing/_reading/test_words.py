import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from strategies import TEXT_PARTS

from skmultiinput.preprocessing._reading.words import build_analyzers, split_words, token_layers

TEXTS = st.lists(TEXT_PARTS, max_size=8).map(" ".join)
PLAIN = re.compile(r"\w+")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's a nice top, size 10!", ["It", "s", "a", "nice", "top", "size", "10"]),
        ("l'été dernier", ["l", "été", "dernier"]),
        ("हिन्दी भाषा अच्छी", ["हिन्दी", "भाषा", "अच्छी"]),
        ("العربيةُ جميلة", ["العربيةُ", "جميلة"]),
        ("می‌خواهم", ["می‌خواهم"]),
        ("我喜欢这件T恤 very much", ["我", "喜", "欢", "这", "件", "T", "恤", "very", "much"]),
        ("これはカメラです", ["こ", "れ", "は", "カメラ", "で", "す"]),
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
        ("한국어 좋아요", ["한국어", "좋아요"]),
        ("", []),
    ],
)
def test_words_of_many_scripts(text, words):
    assert split_words(text) == words


@given(st.text(alphabet=st.characters(max_codepoint=0x24F, codec="utf-8"), max_size=40))
@settings(deadline=None)
def test_latin_text_is_split_as_scikit_learn_does(text):
    assert split_words(text) == PLAIN.findall(text)


@given(TEXTS)
@settings(deadline=None)
def test_no_letter_of_an_unspaced_script_is_lost(text):
    def han(part):
        return [c for c in part if "\u4e00" <= c <= "\u9fff"]

    words = split_words(text)
    assert han(text) == [c for word in words for c in han(word)]
    assert all(len(han(word)) <= 1 for word in words)


@given(TEXTS)
@settings(deadline=None)
def test_marks_stay_with_their_words(text):
    for word in split_words(text):
        assert not unicodedata.category(word[0]).startswith("M")


@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 3), (2, 2), (2, 4)])
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
@settings(deadline=None, max_examples=15)
def test_layers_together_are_what_scikit_learn_finds(analyzer, ngram_range, texts):
    vectorizer = CountVectorizer(analyzer=analyzer, ngram_range=ngram_range)
    layers = token_layers(texts, vectorizer, build_analyzers(vectorizer))
    reference = vectorizer.build_analyzer()
    for i, text in enumerate(texts):
        assert sorted(t for layer in layers for t in layer[i]) == sorted(reference(text))
        assert layers[0][i] == vectorizer.set_params(
            ngram_range=(ngram_range[0],) * 2
        ).build_analyzer()(text)
        vectorizer.set_params(ngram_range=ngram_range)
