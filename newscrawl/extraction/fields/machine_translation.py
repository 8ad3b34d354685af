"""Whether a text was translated by a machine, by the shape that such text has.

The label ("Machine translated", 机器翻译) is a credit; here only the text counts. Translation of text in pieces leaves traces that no
editor leaves: spaces before commas and full stops, ideographic and full-width punctuation in an alphabet's text, numbers torn from their
units ("8 month 25", ".76 Years ago"), clitics torn from their words ("council 's", "is n't").
"""

from __future__ import annotations

import re

_LETTERS = re.compile(r"[A-Za-z\u00c0-\u024f\u0400-\u04ff]+")
# A pattern is searched by the character that it begins with; the look at the one before comes second.
_SPACED = re.compile(r" (?<=\w )[,.](?=\s|$)")
_POINTS = re.compile(r"[,.](?=\s|$)(?<=[\w)\"'”’ ].)")
_HAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
# Beside Chinese characters such a mark belongs to a quoted name.
_FOREIGN = re.compile(f"[、。《》「」『』【】，：；（）！？](?<![{_HAN}].)(?![{_HAN}])")
_CLITIC = re.compile(r" (?<=\w )(?:['’](?:s|re|ll|ve)|n['’]t)(?=\s)")
_TORN = re.compile(
    r"\d(?<!\w\d)(?:\d{0,3} (?:year|month)s? \d{1,2}\b|\d* (?:The|On the|It|Of)\b)|\.(?<!\S\.)\d{1,2} [A-Z][a-z]+\b"
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


def is_machine_translated(text: str) -> bool:
    """True only on clear evidence; text of fewer than 200 letters gives none."""
    letters = sum(map(len, _LETTERS.findall(text)))
    if letters < 200 or sum(map(len, _CJK.findall(text))) > 0.1 * letters:
        return False
    points = len(_POINTS.findall(text))
    spaced = len(_SPACED.findall(text)) / points if points >= 4 else 0.0
    foreign = len(_FOREIGN.findall(text))
    torn = min(2, len(_TORN.findall(text))) + 2 * (len(_CLITIC.findall(text)) >= 3)
    return 2 * (spaced > 0.4) + (spaced > 0.15) + (foreign >= 2) + (foreign >= 4) + torn >= 2
