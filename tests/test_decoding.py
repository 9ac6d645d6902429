"""Real texts in many encodings: the Unicode ones exactly, the older ones as well as a browser does."""

import random
import re
import struct
from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.readers.decoding import Decoded, decode

SHARED = Path(__file__).parents[2] / "shared"
DECLARATION = SHARED / "documents" / "files" / "unstructured" / "UDHR_first_article_all.txt"
needs_shared = pytest.mark.skipif(not DECLARATION.is_file(), reason="the folder of shared documents is not there")

ENGLISH = "The minister’s visit — “a new chapter” — cost 15 €. All sides were glad of it."
GERMAN = "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft begabt.\r\nÄhnlich.\n"
FRENCH = "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison."
RUSSIAN = "Все люди рождаются свободными и равными в своём достоинстве и правах. Они наделены разумом и совестью."
UKRAINIAN = "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю."
POLISH = "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są obdarzeni rozumem."
CZECH = "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni rozumem a svědomím."
JAPANESE = "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"
CHINESE = "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神互相对待。"
TRADITIONAL = "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神互相對待。"
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성을 부여받았다."
GREEK = "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα."
ARABIC = "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميرًا."
HEBREW = "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון."
THAI = "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ"
HINDI = "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।"
EMOJI = "Thanks 👍🏽 – see you at 10 😀"
TEXTS = [
    *(ENGLISH, GERMAN, FRENCH, RUSSIAN, UKRAINIAN, POLISH, CZECH, JAPANESE, CHINESE, TRADITIONAL, KOREAN),
    *(GREEK, ARABIC, HEBREW, THAI, HINDI, EMOJI),
]

UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
"""Those that name no order have a byte order mark; those that do have none."""

WESTERN = ("French", "German", "Spanish", "Portuguese", "Italian", "Dutch", "Swedish", "Danish", "Norwegian", "Finnish")
SLAVIC = ("Russian", "Ukrainian", "Bulgarian", "Belarus", "Serbian (Cyr", "Macedonian")
CENTRAL = ("Polish", "Czech", "Slovak", "Slovenian", "Hungarian", "Croatian", "Serbian (Latin", "Sorbian")
LEGACY = [
    ("cp1252", WESTERN, [ENGLISH, GERMAN, FRENCH]),
    ("latin-1", WESTERN, [GERMAN, FRENCH]),
    ("iso8859-15", WESTERN, [GERMAN, FRENCH]),
    ("cp1251", SLAVIC, [RUSSIAN, UKRAINIAN]),
    ("koi8-r", SLAVIC, [RUSSIAN]),
    ("iso8859-5", SLAVIC, [RUSSIAN, UKRAINIAN]),
    ("iso8859-2", CENTRAL, [POLISH, CZECH]),
    ("cp1250", CENTRAL, [POLISH, CZECH]),
    ("shift_jis", ("Japanese",), [JAPANESE]),
    ("euc_jp", ("Japanese",), [JAPANESE]),
    ("gb18030", ("Chinese",), [CHINESE, TRADITIONAL]),
    ("big5", ("Chinese, Mandarin (Trad",), [TRADITIONAL]),
    ("euc-kr", ("Korean",), [KOREAN]),
    ("cp1253", ("Greek (mono",), [GREEK]),
    ("cp1254", ("Turkish",), []),
    ("cp1255", ("Hebrew",), [HEBREW]),
    ("cp1256", ("Arabic, St",), []),
    ("cp1257", ("Lithuanian", "Latvian", "Estonian"), []),
    ("cp874", ("Thai",), [THAI]),
]


def articles() -> dict[str, str]:
    """The first article of the Declaration of Human Rights by the name of the language."""
    blocks = re.split(r"\n\s*\n", DECLARATION.read_text(encoding="utf-8"))
    return dict(block.strip().split("\n", 1) for block in blocks if "\n" in block.strip())


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("text", TEXTS)
def test_a_unicode_text_is_read_exactly_with_and_without_a_mark(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert decoded.encoding.startswith(encoding.removesuffix("-sig"))


@needs_shared
@pytest.mark.parametrize("encoding", UNICODE)
def test_every_language_of_the_declaration_is_read_exactly(encoding: str) -> None:
    texts = [f"{name}\n{text}" for name, text in articles().items()]  # without a mark, space or ASCII nothing is told
    assert len(texts) > 450
    assert [text for text in texts if decode(text.encode(encoding)).text != text] == []


@pytest.mark.parametrize(("encoding", "texts"), [(encoding, texts) for encoding, _, texts in LEGACY if texts])
def test_a_text_in_an_older_encoding_is_read_exactly(encoding: str, texts: list[str]) -> None:
    assert [decode(text.encode(encoding)).text for text in texts] == texts


@needs_shared
def test_of_hundreds_of_texts_in_older_encodings_hardly_any_is_read_wrongly() -> None:
    wrong, count = [], 0
    for encoding, languages, _ in LEGACY:
        for name, text in articles().items():
            for part in (text, f"{name}\n{text}", text.split(". ")[0]):
                if not name.startswith(languages) or part.isascii() or not can_encode(part, encoding):
                    continue
                count += 1
                wrong += [(encoding, name)] if decode(part.encode(encoding)).text != part else []
    assert count > 250
    assert wrong == [("cp1254", "Turkish"), ("cp1257", "Lithuanian")]  # a sentence of each, without the rest


def can_encode(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["Hi", "a,b\r\n1,2\r\n", "一二三，四五。\n", "第一章　総則、第二章　権利。", "Ā Ă Ą"])
def test_a_short_text_in_wide_characters_is_told_without_a_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == Decoded(text, encoding)


@pytest.mark.parametrize(
    "content",
    [
        b"name\0value\0other\0thing\0" * 50,
        b"".join(struct.pack("<I", number) for number in range(1000)),
        b"\x7fABC" + random.Random(1).randbytes(3001),
        random.Random(2).randbytes(4000) + b"\0",
        b"a plain text with one zero\0 in its middle " * 3,
    ],
    ids=["strings", "integers", "odd noise", "noise", "zeros"],
)
def test_zeros_alone_do_not_make_a_text_of_wide_characters(content: bytes) -> None:
    with pytest.raises(DocumentError, match="it holds binary data, not text"):
        decode(content)
