"""Names of months and weekdays, and the order of figures in a date, in the languages of the world: the Unicode CLDR's.

The data file is made by ``tests/date_names_from_cldr.py``; what the CLDR does not hold (words before a clock, labels, calendars) stands in
``data/dates.toml``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from newscrawl.extraction.words import words

# Accents of Latin, Greek and Cyrillic letters, hamza, madda and nukta, joiners and marks of direction: pages leave them out or put them in.
_LOOSE = re.compile("[\u0300-\u036f\u0653-\u0655\u093c\u09bc\u200b-\u200f\u2066-\u2069]")
_SAME_LETTER = str.maketrans({"ı": "i", "ي": "ی", "ى": "ی", "ك": "ک", "’": "'", "ʼ": "'", "׳": "'", "ʻ": "'"})


@cache
def file_content() -> dict[str, Any]:
    """What ``data/date_names.json`` holds."""
    text = files("newscrawl.extraction").joinpath("data", "date_names.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


@lru_cache(maxsize=8192)
def fold_name(name: str) -> str:
    """The name as it is looked up: no case, accents or dot at its end (``MÄRZ``, ``août``, ``Şub.`` -> ``marz``, ``aout``, ``sub``)."""
    if name.isascii():
        return name.lower().strip(".'")
    plain = _LOOSE.sub("", unicodedata.normalize("NFKD", name.casefold()))
    return unicodedata.normalize("NFC", plain).translate(_SAME_LETTER).strip(".'")


@cache
def _own() -> dict[str, dict[str, int]]:
    return {
        key: {fold_name(name): int(number) for number, names in words("dates")[key].items() for name in names}
        for key in ("months", "solar_months")
    }


def month(name: str, language: str = "") -> int | None:
    """The month of that name; where languages differ (``listopada`` is October in Croatian, November in Polish) the page's is asked first."""
    data, own = file_content(), _own()["months"]
    number = data["months_of"].get(language, {}).get(name) or data["months"].get(name) or own.get(name)
    return int(number) if number else None


def solar_month(name: str) -> int | None:
    """The month of that name in the Iranian and Afghan calendar, counted from Farvardin."""
    return _own()["solar_months"].get(name)


@cache
def month_words() -> frozenset[str]:
    """The first words of all months' names: most words of a line are none, and are not looked up further."""
    data, own = file_content(), _own()
    names = [
        *data["months"],
        *(n for names in data["months_of"].values() for n in names),
        *own["months"],
        *own["solar_months"],
    ]
    return frozenset(name.split(" ")[0] for name in names)


@cache
def differing() -> re.Pattern[str]:
    """Names of months that depend on the language, as they stand in a text."""
    return re.compile(rf"\b(?:{'|'.join(file_content()['months_differing'])})\b", re.I)


def weekday(name: str, language: str = "") -> int | None:
    """0 (Monday) to 6 for a weekday's name or abbreviation; None for another word."""
    data = file_content()
    number = data["weekdays_of"].get(language, {}).get(name)
    number = data["weekdays"].get(name) if number is None else number
    return None if number is None else int(number)


def half_of_day(name: str, language: str = "") -> str:
    """``am`` or ``pm`` for a word that stands with a clock of twelve hours; empty for any other."""
    found = file_content()["halves_of"].get(language, {}).get(name) or file_content()["halves"].get(name) or ""
    return str(found)


@cache
def fillers() -> frozenset[str]:
    """Words that may stand inside a date or between it and its clock (``de``, ``พ.ศ.``, ``um``) and mean nothing by themselves."""
    clock = words("dates")["between"]["words"]
    return frozenset(file_content()["fillers"]) | {fold_name(word) for word in clock}


def order(tag: str) -> str:
    """``dmy``, ``mdy`` or ``ymd``: how figures stand in the short date of the locale (``en-us``, ``zh``); empty for one unknown."""
    tag = tag.casefold().replace("_", "-")
    orders = file_content()["orders"]
    return str(orders.get(tag) or orders.get(tag.split("-")[0]) or "")
