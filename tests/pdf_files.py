"""Make small PDF files by hand: the tests say where every word is printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 595, 842
FONTS = {
    "F1": "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    "F2": "<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
    "F3": "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Differences[65/fi/fl/breve/Zcaron]>>>>",
}


def show(x: float, y: float, words: str, *, size: float = 10, font: str = "F1", turn: str = "1 0 0 1") -> str:
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /{font} {size} Tf {turn} {x} {y} Tm ({escaped}) Tj ET\n"


def show_lines(lines: Iterable[str], *, x: float = 72, y: float = 720, leading: float = 12, size: float = 10) -> str:
    return "".join(show(x, y - number * leading, line, size=size) for number, line in enumerate(lines))


def make_pdf(
    pages: Sequence[str], *, info: str = "", page: str = "", objects: Sequence[str] = (), root: str = ""
) -> bytes:
    """`pages` are content streams; `page`, `info`, `root` add to the dictionaries; `objects` are numbered from 10."""
    fonts = "".join(f"/{name}{font}" for name, font in FONTS.items())
    first = 10 + len(objects)
    numbers = range(first, first + 2 * len(pages), 2)
    bodies: dict[int, bytes] = {
        1: f"<</Type/Catalog/Pages 2 0 R{root}>>".encode(),
        2: f"<</Type/Pages/Kids[{' '.join(f'{number} 0 R' for number in numbers)}]/Count {len(pages)}>>".encode(),
        3: f"<<{info}>>".encode("cp1252"),
        **{10 + place: body.encode("latin-1") for place, body in enumerate(objects)},
    }
    for number, content in zip(numbers, pages, strict=True):
        stream = content.encode("cp1252")
        bodies[number] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Resources<</Font<<{fonts}>>>>"
            f"/Contents {number + 1} 0 R{page}>>"
        ).encode()
        bodies[number + 1] = b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream)
    parts, offsets = [b"%PDF-1.7\n"], {}
    for number, body in bodies.items():
        offsets[number] = sum(map(len, parts))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start, size = sum(map(len, parts)), max(bodies) + 1
    table = "".join(f"{offsets[n]:010} 00000 n \n" if n in offsets else "0000000000 65535 f \n" for n in range(size))
    trailer = f"xref\n0 {size}\n{table}trailer\n<</Size {size}/Root 1 0 R/Info 3 0 R>>\nstartxref\n{start}\n%%EOF\n"
    return b"".join(parts) + trailer.encode()
