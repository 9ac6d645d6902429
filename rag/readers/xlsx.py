"""Read Excel: the bytes of an XLSX to the rows of its sheets, as they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from rag.errors import DocumentError
from rag.readers.archives import Archive
from rag.readers.elements import Element, attribute, children, listen_to_xml, local_name
from rag.readers.number_formats import DAYS_TO_1904, show_number
from rag.readers.package import open_package, parts_of_kind, read_properties, read_relations, relation_id
from rag.readers.sheets import MAX_COLUMNS, Sheet, Workbook, collect_rows

MAX_VALUES = 2_000_000
"""Cells of a sheet that are not empty: each takes 150 bytes of memory."""

_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_BUILT_IN = {
    **{"1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00", "9": "0%", "10": "0.00%", "37": "#,##0", "38": "#,##0"},
    **{"39": "#,##0.00", "40": "#,##0.00", "14": "yyyy-mm-dd", "15": "yyyy-mm-dd", "16": "yyyy-mm-dd"},
    **{"17": "yyyy-mm-dd", "22": "yyyy-mm-dd hh:mm", "45": "mm:ss", "46": "hh:mm:ss", "47": "mm:ss"},
    **dict.fromkeys(("18", "19", "20", "21"), "hh:mm:ss"),
    **dict.fromkeys((str(number) for number in (*range(27, 32), 36, *range(50, 59))), "yyyy-mm-dd"),
}
"""The number formats that a file need not define."""


@dataclass(frozen=True, slots=True)
class _Book:
    """What the cells refer to."""

    words: list[str]
    formats: list[str]
    """The number format of each style of cells."""
    first_day: int


def read_xlsx(content: bytes) -> Workbook:
    archive, main_part = open_package(content, main_part="xl/workbook.xml")
    if main_part.endswith(".bin"):
        raise DocumentError("it is a binary workbook (.xlsb); open it in its program and save it as .xlsx")
    root = archive.parse(main_part)
    relations = read_relations(archive, main_part)
    settings = children(root, "workbookPr")
    book = _Book(
        words=_shared_words(archive, parts_of_kind(relations, "sharedStrings")),
        formats=_formats(archive, parts_of_kind(relations, "styles")),
        first_day=DAYS_TO_1904 if any(attribute(each, "date1904") in ("1", "true") for each in settings) else 0,
    )
    names: dict[str, str] = {}  # of the parts that are shown, each once
    for sheet in children(root, "sheets", "sheet"):
        relation = relations.get(relation_id(sheet))
        is_visible = attribute(sheet, "state") in ("", "visible")
        if is_visible and relation and relation.kind == "worksheet" and relation.target in archive.names:
            names.setdefault(relation.target, attribute(sheet, "name"))
    sheets = []
    for part, name in names.items():
        listener = _SheetListener(book)
        listen_to_xml(archive.read(part), listener)
        sheets.append(Sheet(name, collect_rows(listener.rows())))
    return Workbook(sheets, read_properties(archive))


def _shared_words(archive: Archive, parts: list[str]) -> list[str]:
    items = (item for part in parts for item in children(archive.parse(part), "si"))
    return ["".join(_words(item)) for item in items]


def _words(item: Element) -> Iterator[str]:
    """Without the reading of Japanese words, which stands above them."""
    for child in item:
        if local_name(child) == "t":
            yield child.text or ""
        elif local_name(child) == "r":
            yield from _words(child)


def _formats(archive: Archive, parts: list[str]) -> list[str]:
    formats: list[str] = []
    for root in map(archive.parse, parts):
        own = {
            attribute(each, "numFmtId"): attribute(each, "formatCode") for each in children(root, "numFmts", "numFmt")
        }
        known = _BUILT_IN | own
        formats += [known.get(attribute(style, "numFmtId"), "") for style in children(root, "cellXfs", "xf")]
    return formats


class _SheetListener:
    """Collects the cells of a sheet, which are too many to be held as elements."""

    def __init__(self, book: _Book) -> None:
        self._book = book
        self._cells: dict[int, dict[int, str]] = {}
        self._count = 0
        self._row = self._column = -1
        self._kind = self._style = ""
        self._words: list[str] = []
        self._is_value = False

    def rows(self) -> Iterator[list[str]]:
        """The rows in their order; one or more empty ones, between two others, as one."""
        before = -1
        for number, cells in sorted(self._cells.items()):
            if number > before + 1:
                yield []
            row: list[str] = []
            for column, words in sorted(cells.items()):
                row += [""] * (min(column, MAX_COLUMNS) - len(row)) + [words]
            yield row
            before = number

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            stated = attributes.get("r", "")
            self._row = int(stated) - 1 if stated.isdecimal() and len(stated) < 8 else self._row + 1
            self._column = -1
        elif name == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._column = _column_number(place[1]) if place else self._column + 1
            self._row = int(place[2]) - 1 if place else self._row
            self._kind, self._style = attributes.get("t", ""), attributes.get("s", "")
            self._words = []
        elif name == "rPh":
            self._kind = "reading"
        self._is_value = name in ("v", "t") and self._kind != "reading"

    def data(self, words: str) -> None:
        if self._is_value:
            self._words.append(words)

    def end(self, name: str) -> None:
        self._is_value = False
        if name == "rPh":
            self._kind = "inlineStr"
        elif name == "c" and self._words and (shown := self._shown("".join(self._words))):
            self._count += 1
            if self._count > MAX_VALUES:
                raise DocumentError(f"a sheet of it has more than {MAX_VALUES:,} cells; split it")
            self._cells.setdefault(self._row, {})[self._column] = shown

    def _shown(self, value: str) -> str:
        if self._kind == "s":
            position = int(value) if value.isdecimal() and len(value) < 8 else len(self._book.words)
            return self._book.words[position] if position < len(self._book.words) else ""
        if self._kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if self._kind == "d":
            return value.replace("T", " ").removesuffix(" 00:00:00")
        if self._kind in ("", "n"):
            with suppress(ValueError, OverflowError):  # a damaged number is shown as it is
                return show_number(float(value), self._format(), first_day=self._book.first_day)
        return value

    def _format(self) -> str:
        position = int(self._style) if self._style.isdecimal() and len(self._style) < 8 else 0
        return self._book.formats[position] if position < len(self._book.formats) else ""


def _column_number(letters: str) -> int:
    """From 0."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
