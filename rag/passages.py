"""Split: a document to passages, and the passages of hits to sentences."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from sentencex import segment

from rag.types import CountTokens, Document, Hit, Passage, Sentence

LINE_END = r"(?>\r\n|\r|\n)"  # atomic: a CRLF is never two ends
BLANK_LINE = re.compile(rf"{LINE_END}[^\S\r\n]*{LINE_END}\s*")
NEW_ITEM = re.compile(r"(?<=[\r\n])(?=[^\S\r\n]*(?:[-*+•] |[・●■◆]|\d{1,3}(?:[.)] |[．）、])|\#{1,6} |\|))")
NEW_LINE = re.compile(r"(?<=[\r\n])(?=(?:[A-Z][\w ()/.-]{0,30}|[\w.-]{1,30}): \S)")
"""Before a line that begins with its name: `Subject: Tea`. It says something by itself."""
ROW = re.compile(r"^[^\r\n]* \| [^\r\n]*(?:\r\n|\r|\n|\Z)", re.MULTILINE)
LANGUAGES = {  # whose abbreviations and dates end in a full stop where an English sentence would end
    language: frozenset(words.split())
    for language, words in {
        "en": "the of and to in is was that for with on as by are this",
        "de": "der die das und ist nicht ein eine mit wurde auf von den dem für",
        "fr": "le la les et est une des du dans qui pour sur pas au avec",
        "es": "el la los las y es una del en que por con para no se",
        "it": "il la le e è una di che per con non della del sono gli",
        "pt": "o a os as e é uma do da em que não para com por",
        "nl": "de het een en van is niet op met voor dat zijn te aan er",
    }.items()
}
WORD = re.compile(r"[^\W\d_]+")
NO_SPACE = re.compile(r"\S")
KHMER_END = re.compile(r"[។៕](?=[\sក-ឳ])")  # which the segmenter does not know
NO_END = re.compile(r"(?<=\.)(?<![ぁ-鿿]\.)(?=\S)|(?<=[」』])(?=[ぁ-ゖ])|(?<=[0-9０-９Ａ-Ｚａ-ｚ]．)")
"""Where the segmenter ends a sentence and none ends: U.|S., 「行く。」|と言った, ３．|５."""
MOST_SEGMENTED = 5_000
CLOSING_MARKS = "\"'”’»)]」』）】"
JOINERS = "\u200c\u200d\ufe0e\ufe0f"

Span = tuple[int, int]


def split_document(document: Document, *, max_tokens: int, count_tokens: CountTokens) -> Iterator[Passage]:
    """Passages that tile the text, in order, none for an empty one.

    No passage holds more than `max_tokens` and none cuts a sentence, unless the sentence alone is longer: it is cut at
    white space. A paragraph that fits stays whole, and a line above a paragraph (a heading) stays with it. None is of
    two sections, and each has the title, date, author and publisher of its own.
    """
    digest = document.digest
    starts = sorted({0, *(section.start for section in document.sections)})
    for section_start, section_end in pairwise([*starts, len(document.text)]):
        section, start = document.section_at(section_start), section_start
        for length in _passage_ends(document.text[section_start:section_end], max_tokens, count_tokens):
            end = section_start + length
            yield Passage(
                document_id=document.id,
                start=start,
                end=end,
                text=document.text[start:end],
                title=section.title,
                source=document.source,
                date=section.date,
                publisher=section.publisher,
                pages=document.pages,
                document_digest=digest,
                author=section.author,
            )
            start = end


def split_sentences(hits: Sequence[Hit]) -> list[Sentence]:
    """The sentences of the hits' passages, in the order of the hits; blank ones are left out."""
    sentences = []
    for hit in hits:
        text, offset = hit.passage.text, hit.passage.start
        for start, end in _sentence_spans(text):
            sentence = text[start:end]
            if bare := sentence.strip():
                at = offset + start + sentence.index(bare)
                sentences.append(Sentence(hit=hit, start=at, end=at + len(bare), text=bare))
    return sentences


def split_text(text: str) -> list[str]:
    """The sentences of any text, white space included: joined they are the text."""
    return [text[start:end] for start, end in _sentence_spans(text)]


def _passage_ends(text: str, max_tokens: int, count_tokens: CountTokens) -> Iterator[int]:
    """Pack paragraphs while they fit; spread one that is too long evenly over as few passages as hold it."""
    start, end = 0, 0
    for paragraph in _paragraphs(text):
        if end > start and count_tokens(text[start : paragraph[1]]) > max_tokens:
            yield end
            start = end
        size = count_tokens(text[slice(*paragraph)])
        if size <= max_tokens:
            end = paragraph[1]
            continue
        target, held = size / -(-size // max_tokens), 0
        for span in _pieces(text, paragraph, max_tokens, count_tokens):
            grown = count_tokens(text[start : span[1]])  # measured whole: tokens may change where two texts meet
            if end > start and (held >= target or grown > max_tokens):
                yield end
                start, grown = end, count_tokens(text[slice(*span)])
            held, end = grown, span[1]
    if end > start:
        yield end


def _paragraphs(text: str) -> Iterator[Span]:
    """Spans that tile the text, each with the blank lines after it; a single short line is joined to what follows."""
    start = 0
    for gap in BLANK_LINE.finditer(text):
        if _is_heading(text[start : gap.start()]) and gap.end() < len(text):
            continue
        yield start, gap.end()
        start = gap.end()
    if start < len(text):
        yield start, len(text)


def _is_heading(block: str) -> bool:
    """Short, and in capitals or with no end of a sentence: it belongs to the paragraph under it."""
    ends_a_sentence = block.rstrip().rstrip(CLOSING_MARKS).endswith((".", "!", "?", "。", "！", "？"))
    return len(block) <= 200 and (block.isupper() or not ends_a_sentence)


def _pieces(text: str, paragraph: Span, max_tokens: int, count_tokens: CountTokens) -> Iterator[Span]:
    """The sentences of the paragraph, those longer than the limit halved at white space until they fit."""
    offset = paragraph[0]
    waiting = [(offset + start, offset + end) for start, end in _sentence_spans(text[slice(*paragraph)])][::-1]
    while waiting:
        start, end = waiting.pop()
        middle = _middle(text, start, end)
        if middle is None or count_tokens(text[start:end]) <= max_tokens:
            yield start, end
        else:
            waiting += [(middle, end), (start, middle)]


def _middle(text: str, start: int, end: int) -> int | None:
    """Where to cut in two: after the white space nearest to the middle, or between two characters; None if it is one.

    What the reader sees as one character is cut only if there is nothing else.
    """
    half = (start + end) // 2
    after = re.compile(r"\s(?=\S)").search(text, half, end)
    before = max(text.rfind(" ", start, half), text.rfind("\n", start, half))
    cuts = [cut for cut in (after.end() if after else 0, before + 1) if start < cut < end]
    if cuts:
        return min(cuts, key=lambda cut: abs(cut - half))
    between = chain(range(max(half, start + 1), end), range(half - 1, start, -1))
    return next((cut for cut in between if _may_cut(text, cut)), half if half > start else None)


def _may_cut(text: str, at: int) -> bool:
    """False inside what the reader sees as one character: before a mark, around a joiner, between CR and LF."""
    before, after = text[at - 1], text[at]
    return not (
        unicodedata.category(after).startswith("M")
        or before in JOINERS
        or after in JOINERS
        or unicodedata.category(after) == "Sk"
        or (before, after) == ("\r", "\n")
    )


def _sentence_spans(text: str) -> Iterator[Span]:
    """Spans that tile the text; white space stays with the sentence before it."""
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    ends = {_after_white_space(text, end) for end in _sentence_ends(text)}
    starts = [0, *(end for end in sorted(ends) if first < end < last)]
    if text:
        yield from pairwise([*starts, len(text)])


def _after_white_space(text: str, at: int) -> int:
    found = NO_SPACE.search(text, at)
    return found.start() if found else len(text)


def _language(text: str) -> str:
    """The language whose small words are the most frequent at the beginning of the text; English if none is."""
    words = Counter(WORD.findall(text[:2_000].lower()))
    return max(LANGUAGES, key=lambda language: sum(words[word] for word in LANGUAGES[language]))


def _sentence_ends(text: str) -> set[int]:
    ends = {match.start() for pattern in (NEW_ITEM, NEW_LINE, ROW) for match in pattern.finditer(text)}
    ends |= {match.end() for match in ROW.finditer(text)}
    ends |= {match.end() for pattern in (BLANK_LINE, KHMER_END) for match in pattern.finditer(text)}
    return ends | {end for end in _segment_ends(text) if not NO_END.match(text, end) and _may_cut(text, end)}


def _segment_ends(text: str) -> Iterator[int]:
    """Where the segmenter ends a sentence inside the text.

    It takes four times as long for twice the text: it is given no more than so many characters after a sentence's end.
    """
    language, at = _language(text), 0
    while at < len(text):
        window = text[at : at + MOST_SEGMENTED]
        *sentences, last = segment(language, window)
        if sum(map(len, sentences)) + len(last) != len(window):  # it promises to lose nothing; offsets rest on it
            sentences, last = [], window
        for sentence in sentences:
            at += len(sentence)
            yield at
        if not sentences or at + len(last) == len(text):
            at += len(last)  # else it may go on
