import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.readers.dates import to_iso_date
from rag.readers.decoding import Decoded, decode
from rag.readers.details import Details, find_details
from rag.readers.html import read_html
from rag.readers.markdown import read_markdown, split_front_matter
from rag.readers.text import read_text
from rag.types import Document

SEED = Path(__file__).parents[1] / "seeds" / "000_fe5675aafdfdfcf7.txt"

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffd") | st.sampled_from("\t\r\n"), min_size=1
)


# Decoding


@given(texts, st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]))
@example("\ufefftwo marks\r\n", "utf-16-le")
@example("e\u0301 \r\n\r \u2028", "utf-8")
def test_a_text_with_a_byte_order_mark_keeps_every_character(text: str, encoding: str) -> None:
    assert decode(("\ufeff" + text).encode(encoding)) == Decoded(text, encoding)


@given(texts)
def test_utf8_keeps_every_character_whatever_the_file_declares(text: str) -> None:
    assert decode(b"\t" + text.encode(), declared="windows-1252") == Decoded("\t" + text, "utf-8")


@given(st.binary(), st.text())
@example(b"\xff\xfe\x00\xd8a", "")
@example(b"caf\xe9", "utf-7")
@example(b"caf\xe9", "hex")
@example(b"caf\xe9", "a\0b")
def test_bytes_are_decoded_or_refused_as_binary(content: bytes, declared: str) -> None:
    try:
        decoded = decode(content, declared=declared)
    except DocumentError:
        return
    decoded.text.encode()  # a lone surrogate would raise, here as in SQLite
    assert decoded.encoding
    assert "\0" not in decoded.text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("café", "cp1252"),
        ("The minister’s visit — “a new chapter” — cost 15 €.", "cp1252"),
        (
            "The café’s owner, Zoë Brontë, said “we’re closing” on 9 July 2019. The debt was £75,000 – not €75,000.",
            "cp1252",
        ),
        (
            "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de "
            "conscience et doivent agir les uns envers les autres dans un esprit de fraternité.",
            "cp1252",
        ),
        ("Größe und Maß – schöne Grüße aus München", "cp1252"),
        ("Zażółć gęślą jaźń, proszę pana", "cp1250"),
        (
            "Łódź jest miastem w środkowej Polsce. Jego ludność przekroczyła sześćset tysięcy mieszkańców, a większość "
            "pracowała w przemyśle włókienniczym.",
            "cp1250",
        ),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy.", "cp1250"),
        (
            "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve "
            "birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler.",
            "cp1254",
        ),
        ("Министр обороны Игорь Сергеев прибыл в Тегеран.", "cp1251"),
        ("Привет, мир. Как дела?", "cp1251"),
        ("Привет, мир. Как дела?", "koi8-u"),
        ("Καλημέρα κόσμε, τι κάνεις;", "cp1253"),
        (
            "בראשית ברא אלהים את השמים ואת הארץ. והארץ היתה תהו ובהו וחשך על פני תהום ורוח אלהים מרחפת על פני המים.",
            "cp1255",
        ),
        ("こんにちは世界。今日はいい天気ですね。", "cp932"),
        ("こんにちは世界。今日はいい天気ですね。", "euc_jp"),
        ("こんにちは世界。今日はいい天気ですね。", "iso2022_jp"),
        ("你好，世界。今天天气很好。", "gb18030"),
        ("你好，世界。今天天氣很好。", "big5"),
        ("안녕하세요 세계. 오늘 날씨가 좋네요.", "cp949"),
        ("A text of Windows, without a mark", "utf-16-le"),
        ("A text of another Unix, without a mark", "utf-16-be"),
    ],
)
def test_an_undeclared_encoding_is_recognised_and_recorded(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == Decoded(text, encoding)


@pytest.mark.parametrize(
    ("head", "text", "encoding"),
    [
        ('<meta charset="windows-1255">', "שלום", "cp1255"),
        ("<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=iso-8859-2'>", "Łódź", "iso8859-2"),
        ("<meta charset=iso-8859-1>", "“café”", "cp1252"),
        ("<meta charset=iso-8859-9>", "ışık", "cp1254"),
        ("<meta charset=gb2312>", "镕", "gb18030"),
        ('<?xml version="1.0" encoding="Shift_JIS"?>', "①髙橋", "cp932"),
    ],
)
def test_a_page_that_declares_its_encoding_is_read_with_it(head: str, text: str, encoding: str) -> None:
    document = read_html(f"{head}<p>{text}".encode(encoding))
    assert (document.text, document.encoding) == (text, encoding)


def test_utf8_with_a_broken_byte_is_repaired_and_not_taken_for_another_encoding() -> None:
    content = ("“Größe” – naïve façade. " * 3).encode() + b"\xe2\x80"
    assert decode(content) == Decoded("“Größe” – naïve façade. " * 3 + "\ufffd", "utf-8")


def test_the_encoding_is_told_from_lines_far_down_the_file() -> None:
    text = "plain words\n" * 200_000 + "Привет, мир. Как дела?\n"
    assert decode(text.encode("cp1251")) == Decoded(text, "cp1251")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.7 words", "it holds a PDF, not text; give the file its true ending"),
        (b"PK\x03\x04 words", "it holds a ZIP archive or an Office document, not text"),
        (b"words " * 99 + b"and a \x00 zero", "it holds binary data, not text"),
        (b"\x01\x02\x03 words", "it holds binary data, not text"),
    ],
)
@pytest.mark.parametrize("read", [read_text, read_markdown, read_html])
def test_binary_content_is_refused(read: Callable[[bytes], Document], content: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read(content)


# Dates


@pytest.mark.parametrize(
    ("words", "iso_date"),
    [
        ("2001", "2001"),
        ("2001-01", "2001-01"),
        ("2001-01-03", "2001-01-03"),
        ("2001/1/3", "2001-01-03"),
        ("2023-04-21T23:30:00.000-08:00", "2023-04-21"),
        ("2023-04-21 23:30", "2023-04-21"),
        ("3 January 2001", "2001-01-03"),
        ("Wednesday, January 3rd, 2001.", "2001-01-03"),
        ("Wed, 03 Jan 2001 10:15:00 GMT", "2001-01-03"),
        ("Sept. 2001", "2001-09"),
        ("the 3rd of May", None),
        ("31.12.2000", "2000-12-31"),
        ("12/31/2000", "2000-12-31"),
        ("31/12/2000", "2000-12-31"),
        ("3/4/2001", "2001"),
        ("4/4/2001", "2001-04-04"),
        ("31 February 2001", None),
        ("2001-00-05", None),
        ("2001-13", None),
        ("1979 Islamic revolution", None),
        ("Reuters, 28 December 2000", None),
        ("", None),
    ],
)
def test_a_date_is_as_precise_as_its_words(words: str, iso_date: str | None) -> None:
    assert to_iso_date(words) == iso_date


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_every_date_comes_back_from_its_words(day: date) -> None:
    assert to_iso_date(day.isoformat()) == day.isoformat()
    assert to_iso_date(day.strftime("%A, %d %B %Y")) == day.isoformat()
    assert to_iso_date(day.strftime("%b. %d, %Y")) == day.isoformat()


# Plain text


def test_the_seed_has_the_title_and_publisher_that_it_states() -> None:
    content = SEED.read_bytes()
    assert read_text(content) == Document(
        text=content.decode(),
        title="RUSSIAN DEFENSE CHIEF VISITS TEHRAN FOR HIGH-LEVEL TALKS",
        publisher="Monitor, volume 7, issue 1",
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("The Arms of an Octopus\n\nIt has eight.", Details(title="The Arms of an Octopus")),
        ("A short history of Tehran\n\nIt is old.", Details(title="A short history of Tehran")),
        ("Title: A History of Tehran.\nIt is old.", Details(title="A History of Tehran.")),
        ("Example Docs\n------------\nThe folder holds files.", Details(title="Example Docs")),
        ("=======\nExample\n=======\n\nThe folder holds files.", Details(title="Example")),
        ("# Octopus\n\nIt has eight.", Details(title="Octopus")),
        ("Talks in Tehran\nBy Jane Doe\n\nDate: 2001\n", Details("Talks in Tehran", "2001", author="Jane Doe")),
        ("Tehran is a city.\n\nIt is old.", Details()),
        ("Dear John,\n\nTehran is old.", Details()),
        ("Tehran is a city that\nis old.", Details()),
        ("no title but a single line", Details()),
        ("人人生而自由，在尊严和权利上一律平等。\n\n他们赋有理性。", Details()),
        ("世界人权宣言\n\n人人生而自由。", Details(title="世界人权宣言")),
        ("It is old.\n\nRUSSIA’S NEW ANTHEM RINGS IN THE NEW YEAR.", Details()),
        (
            "TALKS IN TEHRAN\nBy Jane Q. Doe\n\nSource: Reuters\nDate: December 28, 2000\n\nTalks began.",
            Details("TALKS IN TEHRAN", "2000-12-28", "Reuters", "Jane Q. Doe"),
        ),
        ("Published: 3 January 2001\n\nTALKS IN TEHRAN\n\nTalks began.", Details("TALKS IN TEHRAN", "2001-01-03")),
        ("TALKS IN TEHRAN\n\nJanuary 3, 2001\n\nTalks began.", Details("TALKS IN TEHRAN", "2001-01-03")),
        ("TALKS IN TEHRAN\nTalks began.", Details(title="TALKS IN TEHRAN")),
        ("THESE LINES WERE WRITTEN\nIN CAPITALS AND WRAPPED", Details()),
        ("Talks Began In Tehran With\nIran on Monday.", Details()),
        ("A HEADLINE\n\nTitle: The Title\nDate: 2001\nDate: 2002\n", Details("The Title", "2001")),
        ("Date: yesterday\nTalks began.", Details()),
        ("Talks began.\nDate: 2001-01-03\nSource: Reuters", Details()),
        ("Talks began.\n\n3 January 2001\n", Details()),
        ("MOSCOW, January 3, 2001 – Talks began.\n", Details()),
        ("Publication: Monitor\r\nTitle: Talks\r\n", Details(title="Talks", publisher="Monitor")),
    ],
)
def test_details_come_from_the_lines_above_the_first_paragraph_alone(text: str, details: Details) -> None:
    assert find_details(text) == details


# Markdown


def test_front_matter_is_taken_off_and_names_title_date_and_publisher() -> None:
    content = (
        b"---\ntitle: 'A: history'\ndate: 2001-01-03 # new style\ntags:\n  - old\nsource: Reuters\n---\n\n# Other\n"
    )
    assert read_markdown(content) == Document(
        text="\n# Other\n", title="A: history", date="2001-01-03", publisher="Reuters", encoding="utf-8"
    )


@pytest.mark.parametrize("text", ["---\nIt is old.\n---\n", "---\ntitle: a\n", "--- \n", "# A\n---\nb: c\n---\n", ""])
def test_rules_that_are_no_front_matter_stay_in_the_text(text: str) -> None:
    assert split_front_matter(text) == ({}, text)


@given(texts)
def test_markdown_text_stays_as_it_is_written(text: str) -> None:
    assert read_markdown(b"\xef\xbb\xbf\t" + text.encode()).text == "\t" + text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("words\n\n# The *arms* of `an` [octopus](http://a.b) ##\n", "The arms of an octopus"),
        ("# ![logo](a.png) snake_case C#\n", "snake_case C#"),
        ("Octopus\n===\n\nIt has eight.", "Octopus"),
        ("## Small\n\nIt has eight.", "Small"),
        ("## Small\n\n# Large\n", "Large"),
        ("It has eight.\n\n## Small\n", ""),
        ("It has eight.\n\n```sh\n# a comment\n```\n", ""),
        ("````\n```\n# a comment\n````\n# Octopus", "Octopus"),
        ("Item | Price\n---|---\nApples | 1.99\n", ""),
        ("#hashtag\n", ""),
    ],
)
def test_the_first_main_heading_is_the_title(text: str, title: str) -> None:
    assert read_markdown(text.encode()).title == title


# HTML


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<h1>Octopus</h1><p>It\n  has <b>ei</b>ght <i>arms</i>.</p><div>Three&nbsp;hearts</div>",
         "Octopus\n\nIt has eight arms.\n\nThree hearts"),
        ("<p>a<br>b<br><br>c</p>", "a\nb\n\nc"),
        ("<p>a &amp; b &lt;c&gt; &eacute; co&shy;operation</p>", "a & b <c> é cooperation"),
        ("<p>x</p><ul><li>a<li><p>b</p><ul><li>c</li></ul></li></ul><p>y</p>", "x\n\na\nb\nc\n\ny"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "a\nb"),
        ("x<table><tr><th>a<th>b<tr><td><p>1</p></td><td></td><td><p>2</p></td></table>y", "x\n\na | b\n1 | 2\n\ny"),
        ("<table><tr><td><table><tr><td>a</td></tr></table></td><td>b</td></tr></table>", "a\n\nb"),
        ("a<pre>\n  <b>def</b> <i>f</i>():\n\n    pass\n</pre>b", "a\n\n  def f():\n\n    pass\n\nb"),
        ("a<script>b</script><style>c</style><template>d</template><noscript>e</noscript><!-- f -->g", "ag"),
        ("<title>a</title><p hidden>b</p><p aria-hidden=true>c</p><p style='color:red;display: none'>d</p>e", "e"),
        ("<svg><text>a</text></svg><dialog>b</dialog>c", "c"),
        ("<body style='display:none'>a", "a"),
        ("<header>a</header><nav>b</nav><p>c</p><aside>d</aside><footer>e</footer><div role=banner>f</div>", "c"),
        ("<article><header>a</header><nav>b</nav>c</article><footer>d</footer>", "a\n\nc"),
        ("<article>a</article><header>b</header>", "a"),
        ("<nav>a</nav><footer>b</footer>", "a\n\nb"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_page_is_read_as_its_visitor_sees_it(markup: str, text: str) -> None:
    assert read_html(markup.encode()).text == text


@pytest.mark.parametrize(
    ("head", "title", "date", "publisher"),
    [
        ("<title>\n A  title </title><h1>B</h1>", "A title", None, ""),
        ("<meta property='og:title' content='C'><title>A</title>", "C", None, ""),
        ("<svg><title>icon</title></svg><h1>B <i>b</i></h1>", "B b", None, ""),
        ("<meta name=Date content='3 May 2001'><meta name=publisher content=P>", "", "2001-05-03", "P"),
        ("<meta name=publisher content=P><meta property=og:site_name content='S s'>", "", None, "S s"),
        ("<time datetime='soon'></time><time datetime='2001-05-03T10:00Z'>May</time>", "", "2001-05-03", ""),
        ("<time datetime=2001></time><meta property=article:published_time content=2002>", "", "2002", ""),
    ],
)
def test_a_page_states_its_title_date_and_publisher(head: str, title: str, date: str | None, publisher: str) -> None:
    document = read_html(head.encode())
    assert (document.title, document.date, document.publisher) == (title, date, publisher)


@pytest.mark.parametrize("tag", ["div", "b", "blockquote", "ul><li"])
def test_a_page_nested_deeper_than_python_calls_is_read(tag: str) -> None:
    assert read_html(f"{f'<{tag}>' * 2000}deep".encode()).text == "deep"


@pytest.mark.parametrize("tag", ["<div>", "<b>", "<table>", "<div></x>", "<ul><li>"])
def test_a_page_nested_without_end_is_refused_at_once(tag: str) -> None:
    started = time.monotonic()
    with pytest.raises(DocumentError, match="nested too deeply to be a page; save it again as text"):
        read_html(tag.encode() * 100_000)
    assert time.monotonic() - started < 5  # the parser alone takes 20 s over these <div>s


@pytest.mark.parametrize("markup", ["<br>", "<p>a", "<li>a", "<a name=x>", "<span>a</span>", "<svg><path d=''/></svg>"])
def test_a_long_flat_page_is_not_taken_for_a_deep_one(markup: str) -> None:
    assert read_html(markup.encode() * 10_000 + b"end").text.endswith("end")


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_html, "<" + "a" * 200_000),
        (read_html, "<!--" * 100_000),
        (read_html, "<script>" * 50_000),
        (read_html, "<meta charset=" + " " * 4_000),
        (read_markdown, "# a" + " " * 200_000 + "b"),
        (read_markdown, "# " + "_" * 200_000 + "a"),
        (read_markdown, "---\na" + " " * 200_000 + "\n---\n"),
        (read_text, "By " + "A" * 200_000),
        (read_text, "Publication: " + " , " * 100_000),
    ],
)
def test_no_text_makes_the_patterns_slow(read: Callable[[bytes], Document], text: str) -> None:
    started = time.monotonic()
    read(text.encode())
    assert time.monotonic() - started < 5
