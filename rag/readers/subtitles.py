"""Read subtitles: bytes to a document of what is said, with the sentences that run over several cues whole."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import pairwise
from typing import NamedTuple

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from rag.errors import DocumentError
from rag.readers.decoding import decode
from rag.types import Document

LONG_PAUSE = 3.0
"""Seconds of silence that begin a paragraph."""
MIN_ROLLING = 0.3
"""Share of cues that repeat the line before them, as captions that roll up the screen do."""

_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?"
_TIMING = re.compile(rf"^[ \t]*{_TIME}[ \t]*-{{1,3}}>[ \t]*{_TIME}(?:[ \t].*)?$", re.MULTILINE)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:[ \t]+([^<>]*))?>")
_MARKS = re.compile(r"</?[a-zA-Z][^<>]*>|<[\d:.]+>|\{\\[^{}]*\}")
_NEW_SPEAKER = re.compile(r"(?P<mark>>>+\s*)|[-–—]\s*(?![a-z])\S|[A-Z][A-Z0-9 .'’&-]{1,30}(?:\([^()]*\))?:\s")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


class Cue(NamedTuple):
    start: float
    end: float
    lines: list[tuple[str, str]]
    """Speaker, or an empty string, and words."""


def read_subtitles(content: bytes) -> Document:
    """The times are left out; a blank line stands at long pauses and where the speaker changes."""
    text, encoding = decode(content)
    cues = list(_cues(text.replace("\r\n", "\n").replace("\r", "\n").strip()))
    if not cues:
        raise DocumentError("it holds no subtitles (no line such as 00:01:02,000 --> 00:01:04,000); give the file its"
                            " true ending")  # fmt: skip
    return Document(text="\n\n".join(_paragraphs(_without_repeats(cues))), encoding=encoding)


def _cues(text: str) -> Iterator[Cue]:
    text = _TIMING.sub(_usual_timing, text)
    without_numbers = ("vtt", f"WEBVTT\n\n{text}")
    for form, source in [("vtt", text)] if text.startswith("WEBVTT") else [("srt", text), without_numbers]:
        try:
            captions = webvtt.from_buffer(StringIO(source), format=form)
        except (MalformedFileError, MalformedCaptionError):
            continue
        for caption in captions.captions:
            yield Cue(caption.start_in_seconds, caption.end_in_seconds, list(_spoken_lines(caption.raw_text)))
        return


def _usual_timing(match: re.Match[str]) -> str:
    """With hours and three places, whatever the program that wrote it thinks of them."""
    groups = [group or "0" for group in match.groups()]
    start, end = ("{:0>2}:{:0>2}:{:0>2}.{:0<3}".format(*groups[first : first + 4]) for first in (0, 4))
    return f"{start} --> {end}"


def _spoken_lines(raw: str) -> Iterator[tuple[str, str]]:
    speaker = ""
    for number, piece in enumerate(_VOICE.split(raw)):
        if number % 2:
            speaker = " ".join(html.unescape(piece or "").split())
            continue
        for line in piece.split("\n"):
            if words := " ".join(html.unescape(_MARKS.sub("", line)).split()):
                yield speaker, words


def _without_repeats(cues: list[Cue]) -> Iterable[Cue]:
    """Captions that roll show each line twice, at the bottom and then above the next."""
    repeats = [bool(cue.lines and before.lines and cue.lines[0] == before.lines[-1]) for before, cue in pairwise(cues)]
    if sum(repeats) < MIN_ROLLING * len(cues) or len(cues) < 3:
        return cues
    return [
        cue._replace(lines=cue.lines[1:]) if is_repeat else cue
        for cue, is_repeat in zip(cues, [False, *repeats], strict=True)
    ]


def _paragraphs(cues: Iterable[Cue]) -> Iterator[str]:
    paragraph, speaker, end = "", "", 0.0
    for cue in cues:
        is_first_line = True
        for voice, words in cue.lines:
            new_speaker = _NEW_SPEAKER.match(words)
            is_pause = is_first_line and cue.start - end >= LONG_PAUSE
            if paragraph and (is_pause or new_speaker or voice != speaker):
                yield paragraph
                paragraph = ""
            said = words.removeprefix(new_speaker["mark"] or "") if new_speaker else words
            if not paragraph:
                paragraph = f"{voice}: {said}" if voice else said
            else:
                is_wrapped = not is_first_line and _CJK.match(paragraph[-1]) and _CJK.match(said)
                paragraph += said if is_wrapped else f" {said}"
            speaker, is_first_line = voice, False
        end = max(end, cue.end) if cue.lines else end
    if paragraph:
        yield paragraph
