import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.readers.records import read_json, read_json_lines
from rag.types import Document, Section

SHARED = Path(__file__).parents[2] / "shared"
LONG = "Talks began in Tehran last week, and both sides were glad of them. " * 4
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of shared documents is not there")

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('{"name": "Ada", "born": 1815}', "name: Ada\nborn: 1815"),
        ('[{"name": "Ada", "born": 1815}, {"name": "Alan.", "died": null}, {"name": "Joan", "alive": "no."}]',
         "name: Ada; born: 1815.\nname: Alan.; died: null.\nname: Joan; alive: no."),
        ('{"a": {"b": {"c": [1, 2]}, "d": "e"}, "f": true}', "a:\n  b:\n    c: 1, 2\n  d: e\nf: true"),
        ('{"a": [{"b": 1}, {"c": {"d": 2}}]}', "a:\n  b: 1.\n\n  c:\n    d: 2"),
        ('{"a": 1, "a": 2}', "a: 1\na: 2"),
        ("[12345678901234567890123, 1e400, 0.10, NaN]", "12345678901234567890123\n1e400\n0.10\nNaN"),
        ('{"a": ' + "9" * 150 + "}", "a: " + "9" * 150),
        ('{"a": "one\\n\\ntwo", "b": 3}', "a:\n\none\n\ntwo\n\nb: 3"),
        ('{"a": [], "b": {}}', "a:\nb:"),
        ('[["a", "b"], ["c", ["d"]]]', "a, b\n\n  c\n  d"),
        ('"a \\ud800 \\u0000 b"', "a \ufffd \ufffd b"),
        ('"\\ud83d\\ude00"', "😀"),
        ("\ufeff[1]", "1"),
        ("[]", ""),
    ],
)  # fmt: skip
def test_json_is_lines_of_keys_and_values(source: str, text: str) -> None:
    assert read_json(source.encode()) == Document(text=text, encoding="utf-8")


def test_a_long_value_is_a_paragraph_of_its_own() -> None:
    document = read_json(json.dumps({"note": LONG, "of": "Ann"}).encode())
    assert document.text == f"note:\n\n{LONG.strip()}\n\nof: Ann"


def test_json_lines_are_a_paragraph_each() -> None:
    document = read_json_lines(b'{"name": "Ada", "born": 1815}\r\n\n{"a": {"b": 1}}\n[1, 2]\n"c"')
    assert document == Document(text="name: Ada; born: 1815.\n\na:\n  b: 1\n\n1, 2\n\nc", encoding="utf-8")


def test_json_lines_under_the_ending_of_json_are_read() -> None:
    assert read_json(b'{"a": 1}\n{"b": 2}\n').text == "a: 1.\n\nb: 2."


ARTICLES = [
    {"id": 1, "headline": "Talks in Tehran", "date": "2001-01-03T10:00Z", "author": ["Ann Lee", {"name": "Bo"}],
     "source": "Reuters", "body": LONG, "comments": [{"title": "No", "text": LONG}]},
    {"title": "A New Anthem", "published": "January 5, 2001", "publication": "Monitor Issue: 1", "content": LONG},
    {"title": "Too short", "text": "No."},
    {"text": LONG},
]  # fmt: skip


@pytest.mark.parametrize("wrap", [lambda articles: articles, lambda articles: {"status": "ok", "articles": articles}])
def test_articles_of_a_dump_are_sections(wrap) -> None:  # type: ignore[no-untyped-def]  # lambdas of any value
    document = read_json(json.dumps(wrap(ARTICLES)).encode())
    first, second = (document.text.index(words) for words in ("Talks in Tehran", "A New Anthem"))
    starts = [document.text.rindex("\n\n", 0, place) + 2 if "\n\n" in document.text[:place] else 0
              for place in (first, second)]  # fmt: skip
    assert document.sections == (
        Section(starts[0], "Talks in Tehran", "2001-01-03", "Ann Lee; Bo", "Reuters"),
        Section(starts[1], "A New Anthem", "2001-01-05", "", "Monitor, issue 1"),
    )
    assert document.title == ""


def test_articles_of_json_lines_are_sections() -> None:
    document = read_json_lines("\n".join(map(json.dumps, ARTICLES)).encode())
    assert [section.title for section in document.sections] == ["Talks in Tehran", "A New Anthem"]


def test_a_file_of_one_article_is_titled_by_it() -> None:
    document = read_json(json.dumps(ARTICLES[0]).encode())
    assert document.title == "Talks in Tehran"
    assert (document.date, document.author, document.publisher) == ("2001-01-03", "Ann Lee; Bo", "Reuters")
    assert document.sections == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a": 1,}', r"it is no JSON \(.+: line 1, column \d\); mend it, or save it again"),
        (b"", r"it is no JSON \(Expecting value: line 1, column 1\)"),
        (b'{"a": 1} {"b": 2}', r"it is no JSON \(Extra data: line 1, column 10\)"),
        (b"[" * 100_000, "its values are nested deeper than 100; save it with fewer levels"),
        (b"[" * 150 + b"]" * 150, "its values are nested deeper than 100"),
        (b'{"a":' * 150 + b"1" + b"}" * 150, "its values are nested deeper than 100"),
        (b'"a\0b"', "it holds binary data, not text"),
    ],
)
def test_what_is_no_json_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read_json(content)


def test_a_line_that_is_no_json_is_named() -> None:
    with pytest.raises(DocumentError, match=r"line 3 is no JSON \(Expecting value\); mend it, or take it out"):
        read_json_lines(b'{"a": 1}\n\n{"a":\n')


@given(values)
def test_every_value_is_found_again(value: object) -> None:
    text = read_json(json.dumps(value).encode()).text
    text.encode()
    assert all(word in text for word in words_of(value))


def words_of(value: object) -> list[str]:
    if isinstance(value, dict):
        return [word for pair in value.items() for part in pair for word in words_of(part)]
    if isinstance(value, list):
        return [word for item in value for word in words_of(item)]
    return [word for word in value.split() if word.isalnum()] if isinstance(value, str) else [json.dumps(value)]


@needs_shared
def test_the_shared_file_is_read() -> None:
    document = read_json((SHARED / "documents" / "files" / "markitdown" / "test.json").read_bytes())
    assert document.text == (
        "key1: string_value\nkey2: 1234\nkey3: list_value1, list_value2\n"
        "5b64c88c-b3c3-4510-bcb8-da0b200602d8: uuid_key\nuuid_value: 9700dc99-6685-40b4-9a3a-5e406dcb37f3"
    )
