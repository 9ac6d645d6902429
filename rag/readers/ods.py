"""Read OpenDocument sheets: the bytes of an ODS to the rows of its sheets, as they are shown."""

from __future__ import annotations

from collections.abc import Iterator

from rag.readers.elements import Element, attribute, children, descendants, local_name, words_of
from rag.readers.package import open_opendocument, read_meta
from rag.readers.sheets import MAX_COLUMNS, Sheet, Workbook, collect_rows


def read_ods(content: bytes) -> Workbook:
    archive, root = open_opendocument(content, body="spreadsheet")
    hidden = {
        attribute(style, "name")
        for style in children(root, "automatic-styles", "style")
        if any(attribute(each, "display") == "false" for each in children(style, "table-properties"))
    }
    shown = [
        table
        for table in children(root, "body", "spreadsheet", "table")
        if attribute(table, "style-name") not in hidden
    ]
    sheets = [Sheet(attribute(table, "name"), collect_rows(_rows(table))) for table in shown]
    return Workbook(sheets, read_meta(archive))


def _rows(table: Element) -> Iterator[list[str]]:
    for element in descendants(table, "table-row"):
        row = _row(element)
        is_empty = not any(row)
        for _ in range(1 if is_empty else _times(element, "number-rows-repeated")):
            yield list(row)


def _row(element: Element) -> list[str]:
    row: list[str] = []
    for cell in element:
        if local_name(cell) in ("table-cell", "covered-table-cell"):
            words = _shown(cell) if local_name(cell) == "table-cell" else ""
            times = min(_times(cell, "number-columns-repeated"), MAX_COLUMNS - len(row))
            row += [words] * times
    return row


def _shown(cell: Element) -> str:
    """Its words as they are shown, but a date as ISO writes it, whatever the country."""
    if attribute(cell, "value-type") == "date":
        return attribute(cell, "date-value").replace("T", " ").removesuffix(" 00:00:00")
    return " ".join(filter(None, map(words_of, children(cell, "p"))))


def _times(element: Element, name: str) -> int:
    times = attribute(element, name)
    return int(times) if times.isdecimal() and len(times) < 10 else 1
