"""Hygiene of text: what no reader sees goes, what a reader reads stays to the letter.

NFC and not NFKC: compatibility forms (full-width digits and punctuation, ligatures, ½) are the author's letters. Line breaks mean
nothing inside a field; in a body they divide paragraphs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# ECMA-48 sequences (colours, window titles, cursor movement), taken whole before their ESC goes as a control character.
_TERMINAL = re.compile(
    r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b[\]PX^_][^\x07\x1b\n]{0,2000}(?:\x07|\x1b\\)|\x1b[ -/]{0,4}[0-~]"
)
# Zero-width joiner and non-joiner stay: Persian, Hindi and emoji are spelled with them. Variation selectors likewise.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls; tab and line ends are spaces below, NEL (\x85) too
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"  # zero-width space, bidi marks, embeddings and isolates, word joiner
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f\U000f0000-\U0010ffff"  # tags and private planes
    "\ud800-\udfff]"
)
_JOINERS = re.compile("(?<![^\\s\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?![^\\s\u200c\u200d])")
_LINE = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
MAX_MARKS = 30
"""Combining marks on one letter (UAX #15, "Stream-Safe Text Format"): no language needs more."""
# Whatever is neither letter, digit nor space; of longer runs most are rules of dashes.
_MARKS = re.compile(rf"[^\w\s]{{{MAX_MARKS + 1},}}")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def clean(text: str | None) -> str:
    """One line: NFC, single spaces, no control, bidi, zero-width or terminal characters, no lone surrogates; "" for None.

    Every space is U+0020 (no-break, thin, ideographic ones); a soft hyphen goes, as in ``Bundes\\xadkanzler``.
    """
    if not text:
        return ""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(_visible(text).split())


def paragraphs(text: str | Iterable[str] | None) -> str:
    """A body: each line of ``text`` (or each item) is a paragraph, cleaned, divided by exactly one blank line; empty ones go.

    Idempotent. Indents, also of ideographic spaces, go with the outer spaces.
    """
    pieces = [text or ""] if isinstance(text, str) or text is None else list(text)
    lines = (clean(line) for piece in pieces for line in _LINE.split(piece))
    return "\n\n".join(line for line in lines if line)


def _visible(text: str) -> str:
    if _PAIR.search(text):  # halves that arrived as JSON escapes, one by one
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    if "\x1b" in text:
        text = _TERMINAL.sub("", text)
    text = _INVISIBLE.sub("", text.replace("\u2800", " "))
    if "\u200c" in text or "\u200d" in text:
        text = _JOINERS.sub("", text)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", _MARKS.sub(_few_marks, text))
    return text


def _few_marks(run: re.Match[str]) -> str:
    """A run without the combining marks beyond :data:`MAX_MARKS` in a row: putting them in order takes time with their square."""
    kept: list[str] = []
    marks = 0
    for letter in run[0]:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= MAX_MARKS:
            kept.append(letter)
    return "".join(kept)
