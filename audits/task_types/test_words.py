from hypothesis import given
from hypothesis import strategies as st

from audits.task_types.words import diff_words

TEXTS = st.lists(st.sampled_from(["a", "b", "c", " ", "\n", "ä"]), max_size=40).map("".join)


@given(TEXTS, TEXTS)
def test_both_texts_are_in_the_difference(before, after):
    steps = diff_words(before, after)
    assert "".join(text for kind, text in steps if kind != "added") == before
    assert "".join(text for kind, text in steps if kind != "removed") == after


@given(TEXTS)
def test_a_text_equals_itself(text):
    assert {kind for kind, _ in diff_words(text, text)} <= {"same"}


def test_one_word_is_one_change():
    assert diff_words("the quick fox", "the slow fox") == (
        ("same", "the "), ("removed", "quick"), ("added", "slow"), ("same", " fox"))  # fmt: skip
