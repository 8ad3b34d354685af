"""Credit lines: what a repost or a portal says of an article's origin and makers, as whole lines in or around its body (issue 3).

A credit leaves the body and becomes a field; its line is kept verbatim in ``syndication.credits``.
"""
from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from newscrawl.extract.page import weight

MAX_WEIGHT = 420.0
"""A longer line is prose that mentions a source, not a credit."""
_SEPARATOR = r"\s*(?:[:：︰]|\s[/|丨｜-]\s|[丨｜/|]|[\])）】])\s*"
_WRAP = " \t\u3000()（）[]【】*—–-·•▲▼■◆●○※"
_URL = re.compile(r"https?://[^\s）)】\]>\"'，。]+", re.I)


@dataclass(frozen=True, slots=True)
class Credit:
    """One credit line: the field it fills (``source``, ``original_title``, …), the value, the line as it stood."""

    into: str
    value: str
    line: str


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    table = tomllib.loads(resources.files("newscrawl.extract").joinpath("data/credits.toml").read_text("utf-8"))
    forms: list[tuple[str, re.Pattern[str]]] = []
    for form in table["form"]:
        pattern = form["pattern"].replace("{sep}", _SEPARATOR).replace("{{", "{").replace("}}", "}")
        forms.append((form["into"], re.compile(pattern, re.I)))
    return forms


def credit_of(text: str) -> Credit | None:
    """The credit that the whole line is, or None."""
    if weight(text) > MAX_WEIGHT:
        return None
    bare = text.strip(_WRAP) if not text.lstrip().startswith(("(", "（", "[", "【")) else text.strip().strip(_WRAP)
    for into, pattern in _forms():
        match = pattern.fullmatch(bare)
        if match is None:
            continue
        value = next((v for k, v in match.groupdict().items() if v and k.startswith("value")), "").strip()
        return Credit(into, value.strip(" \u3000“”\"《》") if into != "original_title" else value, text)
    return None


def urls_in(text: str) -> list[str]:
    """The addresses written out in a line."""
    return _URL.findall(text)
