from __future__ import annotations

import pytest

from rag.readers.pdf.hyphens import join_lines, words_of


def joined(lines: str, elsewhere: str = "") -> str:
    return "".join(join_lines(lines.split("/"), words_of([elsewhere])))


@pytest.mark.parametrize(
    ("lines", "elsewhere", "text"),
    [
        ("one/two", "", "one two"),
        ("the commit-/tee", "", "the committee"),
        ("a well-/known man", "he is well-known", "a well-known man"),
        ("a well-/known man", "he is wellknown", "a wellknown man"),
        ("open-/domain answers", "open-domain answers", "open-domain answers"),
        ("high-/dimensional", "", "high-dimensional"),
        ("high-/er", "", "higher"),
        ("privacy-/preserving", "our privacy", "privacy-preserving"),
        ("a pro-/gram", "pro and gram", "a program"),
        ("state-of-the-/art", "", "state-of-the-art"),
        ("the Lucene-/BM25", "", "the Lucene-BM25"),
        ("9-/member", "", "9-member"),
        ("a d-/dimensional", "", "a d-dimensional"),
        ("Smith-/Jones", "", "Smith-Jones"),
        ("the com\u00ad/mittee of com\u00adpanies", "", "the committee of companies"),
        ("the end —/so far", "", "the end —so far"),
        ("1999–/2004", "", "1999–2004"),
        ("the mill – /the river", "", "the mill –  the river"),
        ("and/or-/", "", "and or-"),
        ("これは/文です", "", "これは文です"),
        ("한국어는/띄어", "", "한국어는 띄어"),
    ],
)
def test_lines_are_joined_as_their_words_are_written(lines: str, elsewhere: str, text: str) -> None:
    assert joined(lines, elsewhere) == text


def test_what_is_broken_is_no_evidence_for_itself() -> None:
    assert words_of(["a com-", "mittee met", "twice"]) == {"a": 1, "met": 1, "twice": 1}
