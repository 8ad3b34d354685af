"""Writes ``newscrawl/extraction/data/date_names.json`` from babel's copy of the Unicode CLDR.

usage: python tests/date_names_from_cldr.py (in the project's root; needs babel, which extraction itself does without)
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from newscrawl.extraction.fields.date_names import fold_name

TARGET = Path(__file__).parents[1] / "newscrawl" / "extraction" / "data" / "date_names.json"
# By the number of news sites in them, so that a name of several months means that of the first language.
LANGUAGES = (
    "en es de ru fr ja pt it zh zh_Hant tr nl pl fa ar id ko vi cs uk el sv ro hu da fi nb sk bg sr sr_Latn hr th he hi bn ca sl lt lv et ur ta te "
    "mr gu kn ml pa si ne my km lo ka hy az kk ky uz uz_Cyrl mn tg tk sq mk bs bs_Cyrl is fo ga cy mt lb eu gl ast af sw am ti so ha yo ig zu xh rw "
    "ms fil jv or as ps ku sd ug be nn br fy tt ceb ar_SY ar_IQ ar_DZ ar_MA ar_MR de_AT fr_CA es_MX es_CO pt_PT en_AU ro_MD ur_IN fa_AF uz_Arab"
).split()
SHORT_LATIN = 3
"""An abbreviation of fewer letters in an alphabet is as likely another word."""
_LITERAL = re.compile(r"'([^']+)'")


def names_of(table: Any) -> dict[int, set[str]]:
    """Number -> names, whatever their width and case of grammar."""
    found: dict[int, set[str]] = {}
    for widths in table.values():
        for width in ("wide", "abbreviated", "short"):
            for number, name in dict(widths.get(width) or {}).items():
                found.setdefault(int(number), set()).add(str(name))
    return found


def usable(name: str) -> bool:
    """No figures but those of a numbered month (tháng 3), and long enough to be told from other words."""
    if any(c.isdigit() for c in name) and not re.fullmatch(r"[^\W\d]+ \d{1,2}", name):
        return False
    return len(name) >= SHORT_LATIN or (len(name) == 2 and ord(name[0]) > 0x24F)


def variants(name: str, pattern: str) -> set[str]:
    """The name by itself, without its preposition (de març), and with what a locale's pattern glues to it (במרץ, martxoaren)."""
    out = {fold_name(name), fold_name(re.sub(r"^(?:de |d[’'])", "", name))}
    if glued := re.search(r"([^\W\d_a-zA-Z]*)MMMM(?:'([^' ]+)')?", pattern):
        out.add(fold_name(f"{glued[1] or ''}{name}{glued[2] or ''}"))
    return {n for n in out if usable(n)}


def telling(half: str) -> bool:
    """Whether the word means a half of the day outside its language too: ``a.m.``, ``π.μ.``, no ``du`` (Hungarian, but French for "of the")."""
    return half in ("am", "pm") or len(half) > 2 or not half.isascii()


def collect() -> dict[str, Any]:
    """The whole content of the file."""
    from babel import Locale, __version__

    tables: dict[str, dict[str, dict[str, Any]]] = {"months": {}, "weekdays": {}, "halves": {}}
    fillers: set[str] = set()
    for tag in LANGUAGES:
        try:
            locale = Locale.parse(tag)
        except Exception:  # babel's copy of the CLDR lacks a language of the list: the others stay
            continue
        language = tag.split("_")[0]
        patterns = [locale.date_formats[width].pattern for width in ("full", "long", "medium")]
        months = tables["months"].setdefault(language, {})
        for number, names in names_of(locale.months).items():
            for name in names:
                for variant in variants(name, patterns[0]):
                    months.setdefault(variant, number)
        days = tables["weekdays"].setdefault(language, {})
        for number, names in names_of(locale.days).items():
            for name in names:
                if len(fold_name(name)) > 1:
                    days.setdefault(fold_name(name), number)
                    if glued := re.search(r"EEEE([^\s,.'dMyG、،]+)", patterns[0]):
                        days.setdefault(fold_name(name + glued[1]), number)
        halves = tables["halves"].setdefault(language, {})
        for periods in locale.day_periods.values():
            for width in periods.values():
                for half in ("am", "pm"):
                    if (
                        (name := str(width.get(half) or ""))
                        and len(fold_name(name.replace(" ", ""))) > 1
                        or language in ("ar", "el")
                    ):
                        halves[fold_name(name.replace("\xa0", "").replace(" ", ""))] = half
        datetimes = [str(pattern) for pattern in locale.datetime_formats.values()]
        for pattern in [*patterns, *datetimes]:
            fillers |= {
                fold_name(word)
                for literal in _LITERAL.findall(pattern)
                for word in re.findall(r"[^\W\d_][^\s\d(),]*", literal)
            }
        for pattern in datetimes:
            fillers |= {
                fold_name(word) for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"\{\d\}|'[^']*'", " ", pattern))
            }
        for widths in locale.eras.values():
            fillers |= {
                fold_name(word)
                for word in re.findall(r"[^\W\d_][^\s\d]*", str(dict(widths).get(1) or ""))
                if len(word) > 1
            }
    out: dict[str, Any] = {"made_with": f"babel {__version__}"}
    for key, table in tables.items():
        for names in table.values():
            names.pop("", None)
        main: dict[str, Any] = {}
        for names in table.values():
            for name, value in names.items():
                if key != "halves" or telling(name):
                    main.setdefault(name, value)
        out[key] = dict(sorted(main.items()))
        own = {
            language: {n: v for n, v in sorted(names.items()) if main.get(n) != v} for language, names in table.items()
        }
        out[f"{key}_of"] = {language: names for language, names in sorted(own.items()) if names}
    out["months_differing"] = sorted({name for names in out["months_of"].values() for name in names})
    taken = {*out["months"], *out["weekdays"], *(half for halves in tables["halves"].values() for half in halves)}
    out["fillers"] = sorted(f for f in fillers - taken if f)
    out["orders"] = orders()
    return out


def orders() -> dict[str, str]:
    """Locale -> order of day, month and year in its short date; a territory's only where it differs from its language's."""
    from babel import Locale
    from babel.localedata import locale_identifiers

    found: dict[str, str] = {}
    wanted = {tag.split("_")[0] for tag in LANGUAGES}
    for identifier in sorted(locale_identifiers()):
        if identifier.split("_")[0] not in wanted:
            continue
        pattern = Locale.parse(identifier).date_formats["short"].pattern
        sequence = "".join(dict.fromkeys(re.sub("[^dMy]", "", re.sub(r"'[^']*'", "", pattern)).lower()))
        if sequence in ("dmy", "mdy", "ymd"):
            found[identifier.casefold().replace("_", "-")] = sequence
    return {tag: o for tag, o in found.items() if "-" not in tag or found.get(tag.split("-")[0]) != o}


def render(data: dict[str, Any]) -> str:
    """One line for each part, in a stable order."""
    lines = [
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
        for key, value in data.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(render(collect()), encoding="utf-8")
