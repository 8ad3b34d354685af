"""Dates and times in text: recognised by their shape and the names of months, in the languages of the Unicode CLDR.

Figures in doubt (03/04/24) are read as :class:`Reading` says, which :mod:`newscrawl.extraction.fields.date_reading` settles for a page.
dateparser would read more, at 9 ms a string and 1.5 s for its first; a date line that none of these shapes fits is rare enough to
leave undated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from newscrawl.extraction.fields import date_names
from newscrawl.extraction.words import words

MIN_YEAR = 1990
"""Before the web's first newspapers: an older year in a date line is a mistake or a subject."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment as a page writes it. ``precision`` is ``day``, ``minute`` or ``second``; naive where the text names no offset."""

    moment: datetime
    precision: str
    raw: str
    start: int = 0
    end: int = 0

    @property
    def aware(self) -> bool:
        """Whether the text itself gave an offset."""
        return self.moment.tzinfo is not None

    def iso(self) -> str:
        """ISO 8601, to the second; the day alone where no time is known."""
        if self.precision == "day" and not self.aware:
            return self.moment.date().isoformat()
        return self.moment.replace(microsecond=0).isoformat()


@dataclass(frozen=True, slots=True)
class Reading:
    """How a page writes dates: what decides where figures, names and abbreviations mean several things."""

    language: str = ""
    """Primary tag of the page's language."""
    territory: str = ""
    """Upper-case code of the land, where the page or its address names one."""
    order: str = ""
    """``dmy``, ``mdy`` or ``ymd``: of figures in doubt; empty where nothing tells."""
    today: date | None = None
    """The day of the fetch: no date is much later."""


UNKNOWN = Reading()
"""Of a page that says nothing, and of a line that is read before its page is."""

# Decimal digits of the scripts that news is written in: Arabic, Persian, Indian ones, Thai, Lao, Burmese, Khmer, full width.
_DIGIT_ZEROS = (
    *(0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66),
    *(0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x17E0, 0x1810, 0xFF10),
)
_DIGITS = {ord(c): str(unicodedata.digit(c)) for zero in _DIGIT_ZEROS for c in map(chr, range(zero, zero + 10))}
_DIGITS |= {
    0xFF1A: ":",
    0xFF0F: "/",
    0xFF0D: "-",
    0xFF0E: ".",
    0x2010: "-",
    0x2011: "-",
    0x2012: "-",
    0x2013: "-",
    0x2212: "-",
    0x2044: "/",
    0xFF08: "(",
    0xFF09: ")",
    0x3000: " ",
    0xA0: " ",
    0x202F: " ",
    0x200E: " ",
    0x200F: " ",
    0x061C: " ",
}
_OFFSET = r"(?:(?:UTC|GMT|Z)\s?[+±-]\s?\d{1,2}(?::?[0-5]\d)?(?!\d)|[+-]\d{2}:?[0-5]\d\b|[+-]0\d\b)"
_ABBREVIATIONS = (
    r"(?:UTC|UCT|GMT|[ECMP]T|[ECMP][SD]T|AK[SD]T|A[SD]T|HST|NDT|BST|IST|CES?T|MESZ|MEZ|WET|EES?T|MSK|МСК|SAST|PKT|IRST|TSİ|BRT|JST|KST|HKT|S?SGT|MYT|PHT"
    r"|WIB|WITA|WIT|A[CE][SD]T|AWST|NZ[SD]T)\b|Z\b|北京时间|北京時間"
)
_ZONE = re.compile(rf"\s?[(\[]?\s?(?P<zone>{_OFFSET}|{_ABBREVIATIONS})\s?[)\]]?", re.I)
# [08:20, 8.20, 8h20, 8时20分, 8 PM, 15 Uhr]: the hour, its mark, and what may follow.
_CLOCK = re.compile(
    r"(?P<half1>上午|下午|晚上|中午|凌晨|午前|午後|오전|오후)?\s?(?<![\d.:])(?P<hour>[01]?\d|2[0-4])"
    r"(?:(?:\s?(?::|[hu](?![^\W\d_])|时|時|시|점|点)\s?|\.(?=[0-5]\d(?!\d|\.\d)))(?P<minute>[0-5]\d(?!\d)|\d(?=\s?[分분]))?(?:\s?[:分분]\s?(?P<second>[0-5]\d(?!\d)|\d(?=\s?[秒초]))?(?:[.,]\d{1,7})?\s?[秒초]?)?"
    r"(?:\s?(?P<half2>[aApP]\.?\s?[mM]\b\.?))?|\s?(?P<half3>[aApP]\.?[mM]\b\.?)|(?=\s?Uhr\b))(?!\d)(?:\s?(?:Uhr|uur|hrs?\b|h\b|น\.|ч\.))?"
)
_MARKS = frozenset(" \t\n,;|·•/([-–—،၊.")
_MARKS_BEFORE = frozenset(" \t\n,;|·•/)]-–—،၊.")
MAX_BETWEEN = 3
"""Words between a date and its clock: a weekday, a preposition."""
_BEFORE_CHARS = 48

_ISO = re.compile(
    r"(?<!\d)(?P<y>(?:19"
    r"|20)\d{2})-(?P<m>\d{2})-(?P<d>\d{2})(?:T| (?=\d\d:\d\d:\d\d ?(?:Z|UTC|[+-]\d)))(?P<H>\d{2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,]\d{1,9})?)?\s?(?P<z>Z|UTC\b"
    r"|[+-]\d{2}:?\d{2}(?::\d{2})?|[+-]\d{2}\b)?"
)
_COMPACT = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d{2})(?P<m>[01]\d)(?P<d>[0-3]\d)(?:T?(?P<H>[0-2]\d)(?P<M>[0-5]\d)(?P<S>[0-5]\d)?)?(?P<z>Z"
    r"|[+-]\d{4})?(?!\d)"
)
_YMD = re.compile(
    r"(?<![\d.])(?P<y>(?:19|20|25|13|14)\d{2})\s?(?P<sep>[-/.年년])\s?(?P<m>\d{1,2})\s?(?:(?P=sep)|[月월])\s?(?P<d>\d{1,2})(?:\s?[日일号]"
    r"|(?!\d))\.?"
)
# 令和8年3月4日, R8.3.4, 民國115年3月4日: year 1 may be called 元.
_ERA = re.compile(
    r"(?P<era>令和|平成|民國|民国)\s?(?P<y>\d{1,3}|元)\s?(?:年|[./-])\s?(?P<m>\d{1,2})\s?(?:月|[./-])\s?(?P<d>\d{1,2})(?!\d)\s?日?"
    r"|(?<![^\W_])(?P<letter>[RH])\s?(?P<ly>\d{1,2})[./年](?P<lm>\d{1,2})[./月](?P<ld>\d{1,2})(?!\d)日?"
    r"|(?<!\d)(?P<bare>1[01]\d)年\s?(?P<bm>\d{1,2})月\s?(?P<bd>\d{1,2})日"
)
_FIGURES = re.compile(
    r"(?<![\d.,/-])(?<!\d:)(?P<a>\d{1,3})\s?(?P<sep>[./-])\s?(?P<b>\d{1,2})\s?(?P=sep)\s?(?P<c>(?:19|20|25|13|14)\d{2}|\d{1,2})(?![\d%€$])(?![.,/-]\d)\.?"
)
_LETTER = r"[^\x00-\x40\x5b-\x60\x7b-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\s\d\u2000-\u200a\u200e-\u2018\u201a-\u206f\u3000-\u303f\uff00-\uff20،؛؟၊።፣。，|]"
_TOKEN = re.compile(rf"(?P<n>\d{{1,4}})(?!\d)|\d+|(?P<w>{_LETTER}(?:[.'’-]?{_LETTER}){{0,24}}\.?)")
# What may stand between the parts of a date in words, and the ends of ordinals.
_JOINT = re.compile(r"[\s.,/·'’()º°ª،၊-]{0,4}")
_ORDINALS = frozenset(("st", "nd", "rd", "th", "er", "ste", "de", "e", "a", "o"))
_JS_DATE = re.compile(
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s+(?P<month>[A-Z][a-z]{2})\s+(?P<d>\d{1,2})\s+(?:(?P<y1>(?:19"
    r"|20)\d{2})\s+)?(?P<H>\d{2}):(?P<M>\d{2}):(?P<S>\d{2})\s*(?:(?:GMT|UTC)?(?P<z>[+-]\d{4})"
    r"|(?P<zn>[A-Z]{3,4}))?(?:\s+(?P<y2>(?:19|20)\d{2}))?"
)
_EPOCH = re.compile(r"^\s*(?P<s>1\d{9}|[4-9]\d{8})(?P<ms>\d{3})?(?:\.\d+)?\s*$")


# A year, or a day written with two digits of it: without either nothing below can match.
_YEARISH = re.compile(
    r"(?:19|20|25|13|14)\d{2}|\d{1,3}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d|(?:令和|平成|民國|民国|[RH]\s?\d{1,2}[./年])|\d年|[^\W\d_]\.?[\s'’-]{1,2}\d\d(?!\d)"
)
# What a page's reading may turn: figures in doubt, abbreviations of several zones.
_IN_DOUBT = re.compile(r"\d\s?[./-]\s?\d{1,2}\s?[./-]\s?\d|[^\W\d_]\.?[\s'’-]{1,2}\d\d(?!\d)|\b(?:IST|CST)\b", re.I)


def zone_of(name: str | None, reading: Reading = UNKNOWN) -> tzinfo | None:
    """The offset or zone that a written mark (``Z``, ``+0800``, ``UTC+8``, ``GMT-5:30``, ``EST``, ``ET``, ``北京时间``) stands for."""
    text = re.sub(r"\s", "", (name or "").strip(" ()[]").casefold()).replace("\u0307", "")
    if match := re.search(r"([+±-])(\d{1,2}):?(\d{2})?(?::\d{2})?$", text):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timezone((-1 if match[1] == "-" else 1) * timedelta(minutes=minutes)) if minutes <= 14 * 60 else None
    data = words("dates")
    places = data["zones_by_place"].get(text, {})
    known = places.get(reading.territory) or places.get(reading.language) or data["zones"].get(text)
    if known is None:
        return None
    if known == "UTC":
        return UTC
    return zone_of(known) if known[0] in "+-" else ZoneInfo(known)


def _solar_day(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of one of the solar Hijri calendar, by its cycle of 33 years, which holds from 1178 to 1633."""
    if not (1 <= month <= 12 and 1 <= day <= (31 if month < 7 else 30)):
        return None
    leap = {1, 5, 9, 13, 17, 22, 26, 30}
    years = year - 1366  # 1 Farvardin 1366 was 21 March 1987
    days = years * 365 + sum((1366 + n) % 33 in leap for n in range(years))
    days += 31 * (month - 1) if month < 7 else 186 + 30 * (month - 7)
    if month == 12 and day == 30 and year % 33 not in leap:
        return None
    return date(1987, 3, 21) + timedelta(days=days + day - 1)


@dataclass(frozen=True, slots=True)
class _Day:
    """A day as it stands in the text, before its clock is looked for."""

    start: int
    end: int
    year: int
    month: int
    day: int
    short: bool = False
    """Written with two figures of its year: a date only beside a clock or by itself."""


SOLAR_YEARS = range(1369, 1410)
"""Of the solar Hijri calendar, 1990 to 2031. The lunar one has 1410 to 1453 in these years; it is a matter of the moon and left alone."""


def _day(
    start: int, end: int, year: int, month: int, day: int, *, solar: bool = False, short: bool = False
) -> _Day | None:
    if solar or year in SOLAR_YEARS:
        found = _solar_day(year, month, day) if year in SOLAR_YEARS else None
        return _Day(start, end, found.year, found.month, found.day, short) if found else None
    if 2400 < year < 2700:  # the Thai calendar counts from 543 BC
        year -= 543
    return _Day(start, end, year, month, day, short) if MIN_YEAR <= year <= 2100 and _valid(year, month, day) else None


def _valid(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _stamp(
    day: _Day, clock: tuple[int, int, int] | None, zone: tzinfo | None, raw: str, start: int, end: int, seconds: bool
) -> Stamp | None:
    hour, minute, second = clock or (0, 0, 0)
    try:
        moment = datetime(day.year, day.month, day.day, 0 if hour == 24 else hour, minute, second, tzinfo=zone)
        if hour == 24:
            moment += timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    precision = "day" if clock is None else "second" if seconds else "minute"
    return Stamp(moment, precision, raw.strip(" ,;|·•-([")[:120], start, end)


_AM = frozenset(("am", "上午", "凌晨", "午前", "오전"))
_PM = frozenset(("pm", "下午", "晚上", "午後", "오후"))


def _clock_at(text: str, match: re.Match[str], reading: Reading) -> tuple[tuple[int, int, int], bool, int]:
    """Hour, minute and second of a clock, whether it has seconds, and where it ends with the word for the half of the day."""
    end = match.end()
    half = re.sub(r"[\s.]", "", (match["half1"] or match["half2"] or match["half3"] or "").casefold())
    if not half and (word := _TOKEN.match(text, end + (text[end : end + 1] == " "))) and word["w"]:
        half = date_names.half_of_day(date_names.fold_name(word["w"]), reading.language)
        end = word.end() if half else end
    elif half == "am" and reading.language == "de":
        half = ""  # um 12.20 am 4. März
    hour = int(match["hour"])
    if half in _PM and hour < 12:
        hour += 12
    elif half in _AM and hour == 12:
        hour = 0
    return (hour, int(match["minute"] or 0), int(match["second"] or 0)), match["second"] is not None, end


def _passed(text: str, at: int, end: int, reading: Reading) -> int:
    """Where a word between a date and its clock ends that means nothing by itself (a weekday, of two words at most, a preposition), or 0."""
    word = _TOKEN.match(text, at, end)
    if word is None or not word["w"]:
        return 0
    if text[word.end() : word.end() + 1] == " " and (second := _TOKEN.match(text, word.end() + 1, end)) and second["w"]:
        name = f"{date_names.fold_name(word['w'])} {date_names.fold_name(second['w'])}"
        if date_names.weekday(name, reading.language) is not None:
            return second.end()
    return word.end() if _passable(date_names.fold_name(word["w"]), reading) else 0


def _passable(name: str, reading: Reading) -> bool:
    if name in date_names.fillers() or date_names.weekday(name, reading.language) is not None:
        return True
    return (
        len(name) == 1 and name in "月火水木金土日월화수목금토일" or name[:-1] in ("星期", "周", "週", "礼拜", "禮拜")
    )


def _clock_after(text: str, end: int, ceiling: int, reading: Reading) -> re.Match[str] | None:
    at, words_passed = end, 0
    while at < ceiling:
        if (char := text[at]) in _MARKS or (char in ")]" and words_passed):
            at += 1
        elif (match := _CLOCK.match(text, at)) and match.end() <= ceiling:
            return match
        elif words_passed < MAX_BETWEEN and (past := _passed(text, at, ceiling, reading)):
            at, words_passed = past, words_passed + 1
        else:
            return None
        if at - end > _BEFORE_CHARS:
            return None
    return None


def _clock_before(text: str, start: int, floor: int, reading: Reading) -> re.Match[str] | None:
    """The clock that stands right before the day, its zone and a weekday at most between them."""
    low = max(floor, start - _BEFORE_CHARS)
    for match in reversed(list(_CLOCK.finditer(text, low, start))):
        if match["minute"] is None and not (match["half2"] or match["half3"]):
            continue
        at = _clock_at(text, match, reading)[2]
        if zone := _ZONE.match(text, at):
            at = zone.end()
        passed = 0
        while at < start:
            if text[at] in _MARKS_BEFORE or text[at] == "(":
                at += 1
            elif passed < MAX_BETWEEN and (past := _passed(text, at, start, reading)):
                at, passed = past, passed + 1
            else:
                break
        return match if at >= start else None
    return None


def _clocked(text: str, day: _Day, floor: int, ceiling: int, reading: Reading) -> Stamp | None:
    """The day with the time that stands right after it, or right before it; ``floor`` and ``ceiling`` are where its neighbours begin."""
    if match := _clock_after(text, day.end, ceiling, reading):
        clock, seconds, stop = _clock_at(text, match, reading)
        zone = None
        if (mark := _ZONE.match(text, stop)) and (zone := zone_of(mark["zone"], reading)):
            stop = mark.end("zone")
        return _stamp(day, clock, zone, text[day.start : stop], day.start, stop, seconds)
    if match := _clock_before(text, day.start, floor, reading):
        clock, seconds, stop = _clock_at(text, match, reading)
        mark = _ZONE.match(text, stop)
        zone = zone_of(mark["zone"], reading) if mark else None
        return _stamp(day, clock, zone, text[match.start() : day.end], match.start(), day.end, seconds)
    if day.short and not _by_itself(text, day, floor, ceiling):
        return None
    return _stamp(day, None, None, text[day.start : day.end], day.start, day.end, False)


_OTHER_FIGURE = re.compile(r"\d")


def _by_itself(text: str, day: _Day, floor: int, ceiling: int) -> bool:
    """Whether a date with a short year is all that a short line holds beside words: 1.2.30 in a sentence may be a section or a score."""
    around = text[floor : day.start] + text[day.end : ceiling]
    return len(around) <= 60 and not _OTHER_FIGURE.search(around)


def _fixed(match: re.Match[str], text: str) -> Stamp | None:
    parts = match.groupdict()
    clock = (int(parts["H"]), int(parts["M"]), int(parts["S"] or 0)) if parts.get("H") else None
    zone = zone_of(parts["z"]) if parts.get("z") else None
    end = match.end()
    if clock and zone is None and (mark := _ZONE.match(text, end)) and (zone := zone_of(mark["zone"])):
        end = mark.end("zone")
    day = _day(match.start(), end, int(parts["y"]), int(parts["m"]), int(parts["d"]))
    return (
        _stamp(day, clock, zone, text[match.start() : end], match.start(), end, bool(parts.get("S"))) if day else None
    )


def _js(match: re.Match[str]) -> Stamp | None:
    month, year = date_names.month(match["month"].casefold()), match["y1"] or match["y2"]
    day = _day(match.start(), match.end(), int(year), month, int(match["d"])) if month and year else None
    if day is None:
        return None
    clock = (int(match["H"]), int(match["M"]), int(match["S"]))
    zone = zone_of(match["z"] or match["zn"])
    return _stamp(day, clock, zone, match[0], match.start(), match.end(), True)


def _full_year(figures: int, language: str) -> tuple[int, bool]:
    """The year that two figures of it stand for, and whether it is one of the solar Hijri calendar."""
    if language == "th" and figures >= 33:
        return 2500 + figures - 543, False
    if language == "fa":
        return (1400 if figures < 60 else 1300) + figures, True
    return (1900 if figures >= 90 else 2000) + figures, False


def _in_figures(match: re.Match[str], reading: Reading) -> _Day | None:
    """A day of three numbers: in the page's order, or in the one that gives a day, and none after the fetch."""
    a, b, c, separator = int(match["a"]), int(match["b"]), int(match["c"]), match["sep"]
    start, end = match.start(), match.end() - (match[0].endswith("."))
    if len(match["a"]) == 3:  # 115/03/04: the years of the Republic of China
        return (
            _day(start, end, 1911 + a, b, c)
            if reading.language == "zh" and 79 <= a <= 199 and len(match["c"]) == 2
            else None
        )
    monthly = reading.order == "mdy" and separator != "."
    if len(match["c"]) == 4:
        readings = [(c, b, a), (c, a, b)]
        found = [d for y, m, n in (reversed(readings) if monthly else readings) if (d := _day(start, end, y, m, n))]
        return next((d for d in found if not _future(d, reading)), found[0] if found else None)
    if (
        separator == "."
        and len(match["a"]) == len(match["b"]) == 1
        or (len(match["c"]) == 1 and reading.order != "ymd")
    ):
        return None  # 1.2.30 and 12.10.3 are versions and sections as well
    by_order = {"dmy": (c, b, a), "mdy": (c, a, b), "ymd": (a, b, c)}
    first = reading.order or "dmy"
    candidates: list[tuple[int, _Day]] = []
    for name in dict.fromkeys((first, "dmy", "ymd", "mdy")):
        if (name == "mdy" and (separator == "." or (first != "mdy" and b <= 12))) or (
            name == "ymd" and len(match["a"]) < 2
        ):
            continue
        figures, month, number = by_order[name]
        year, solar = _full_year(figures, reading.language)
        if (day := _day(start, end, year, month, number, solar=solar, short=True)) and not _future(day, reading):
            candidates.append((int(name != reading.order), day))
    if not candidates:
        return None
    if reading.order or reading.today is None:
        return min(candidates, key=lambda c: c[0])[1]
    # Nothing tells the order: 26-04-03 fetched in 2026 is of that year, and not of 2003; a year of doubt leaves day, month, year.
    today = reading.today
    best, nearest = (
        candidates[0][1],
        min((c[1] for c in candidates), key=lambda d: today - date(d.year, d.month, d.day)),
    )
    return nearest if best.year < today.year - 3 else best


def _future(day: _Day, reading: Reading) -> bool:
    return reading.today is not None and date(day.year, day.month, day.day) > reading.today + timedelta(days=1)


def _in_era(match: re.Match[str]) -> _Day | None:
    if match["bare"]:
        return _day(match.start(), match.end(), 1911 + int(match["bare"]), int(match["bm"]), int(match["bd"]))
    if match["letter"]:
        year = {"R": 2018, "H": 1988}[match["letter"]] + int(match["ly"])
        return _day(match.start(), match.end(), year, int(match["lm"]), int(match["ld"]))
    year = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911}[match["era"]]
    year += 1 if match["y"] == "元" else int(match["y"])
    return _day(match.start(), match.end(), year, int(match["m"]), int(match["d"]))


def _in_words(text: str, reading: Reading) -> Iterator[_Day]:
    """Days with a month's name: its neighbours, but for words that mean nothing, are the day and the year, in any order."""
    tokens = list(_TOKEN.finditer(text))
    figures = [at for at, token in enumerate(tokens) if token["n"]]
    if len(figures) < 2:
        return
    near = sorted({at + step for at in figures for step in (-3, -2, -1, 1, 2, 3)} & set(range(len(tokens))))
    for at in near:
        token = tokens[at]
        if not token["w"] or (named := _month_at(text, tokens, at, reading)) is None:
            continue
        month, last, solar = named
        before = _neighbours(text, tokens, at, -1)
        after = _neighbours(text, tokens, last, 1)
        left, right = [int(t["n"]) for t in before], [int(t["n"]) for t in after]
        year_right = bool(right) and len(after[0]["n"]) == 4
        if left and left[0] <= 31 and len(before[0]["n"]) <= 2 and year_right:
            day, year, start, end = left[0], right[0], before[0].start(), after[0].end()
        elif right and right[0] <= 31 and len(after[0]["n"]) <= 2 and right[1:] and len(after[1]["n"]) == 4:
            day, year, start, end = right[0], right[1], token.start(), after[1].end()
        elif right and right[0] <= 31 and len(after[0]["n"]) <= 2 and left and len(before[0]["n"]) == 4:
            day, year, start, end = right[0], left[0], before[0].start(), after[0].end()
        elif left[1:] and left[0] <= 31 and len(before[0]["n"]) <= 2 and len(before[1]["n"]) == 4:
            day, year, start, end = left[0], left[1], before[1].start(), tokens[last].end()
        elif (
            left
            and left[0] <= 31
            and right
            and len(after[0]["n"]) == 2 == len(after[0][0])
            and not re.match(r"\s?[:.h]\d", text[after[0].end() : after[0].end() + 3])
        ):
            # 4 Mar 26; the two figures are no hour
            year, era = _full_year(right[0], "fa" if solar else "" if reading.language == "fa" else reading.language)
            found = _day(before[0].start(), after[0].end(), year, month, left[0], solar=era, short=True)
            if found and not _future(found, reading):
                yield found
            continue
        else:
            continue
        if (found := _day(start, end, year, month, day, solar=solar)) is not None:
            yield found


def _month_at(text: str, tokens: list[re.Match[str]], at: int, reading: Reading) -> tuple[int, int, bool] | None:
    """(month, last token of its name, whether of the solar calendar) where a month's name stands at the token."""
    token = tokens[at]
    known = date_names.month_words()
    name = date_names.fold_name(token["w"])
    shapes = [name] if name.isalpha() else [name, name.split("'")[-1], name.split(".")[0]]
    for shape in shapes:
        if shape not in known:
            continue
        if at + 1 < len(tokens) and text[token.end() : tokens[at + 1].start()] == " ":
            both = f"{shape} {date_names.fold_name(tokens[at + 1][0])}"
            if number := date_names.month(both, reading.language):
                return number, at + 1, False
        if len(shape) > 1 and (number := date_names.month(shape, reading.language)):
            return number, at, False
        if number := date_names.solar_month(shape):
            return number, at, True
    return None


def _neighbours(text: str, tokens: list[re.Match[str]], at: int, step: int) -> list[re.Match[str]]:
    """The next two numbers on one side, with nothing but fillers between."""
    found: list[re.Match[str]] = []
    passed, here = 0, at
    while len(found) < 2:
        there = here + step
        if not 0 <= there < len(tokens):
            break
        gap = (
            text[tokens[here].end() : tokens[there].start()]
            if step > 0
            else text[tokens[there].end() : tokens[here].start()]
        )
        if not _JOINT.fullmatch(gap):
            break
        if tokens[there]["n"]:
            found.append(tokens[there])
            passed = 0
        elif tokens[there]["w"] and passed < 2:
            word = date_names.fold_name(tokens[there]["w"])
            if word not in date_names.fillers() and not (word in _ORDINALS and not gap):
                break
            passed += 1
        else:
            break
        here = there
    return found


def depends_on_page(text: str) -> bool:
    """Whether a page's reading can change what the text's dates are."""
    return bool(_IN_DOUBT.search(text) or date_names.differing().search(text))


def _plain(text: str) -> str:
    return text.translate(_DIGITS) if text and not text.isascii() else text


def find_all(text: str, reading: Reading = UNKNOWN) -> list[Stamp]:
    """Every absolute date in the text, in order, the fullest reading of each."""
    return list(_stamps(text, reading))


@lru_cache(maxsize=2048)
def _stamps(text: str, reading: Reading) -> tuple[Stamp, ...]:
    """The same, remembered: several finders ask about the lines around an article."""
    text = _plain(text)
    if not _YEARISH.search(text):
        return ()
    fixed: list[Stamp] = [s for m in _ISO.finditer(text) if (s := _fixed(m, text))]
    fixed += [s for m in _JS_DATE.finditer(text) if (s := _js(m))]
    found: list[Stamp | _Day] = []
    candidates: list[Stamp | _Day] = [*fixed, *islice(_days(text, reading), 4 * MAX_DATES)]
    for candidate in candidates:
        if all(candidate.end <= other.start or other.end <= candidate.start for other in found):
            found.append(candidate)
        if len(found) >= MAX_DATES:
            break
    found.sort(key=lambda f: f.start)
    stamps: list[Stamp] = []
    floor = 0
    for index, item in enumerate(found):
        ceiling = found[index + 1].start if index + 1 < len(found) else len(text)
        stamp = item if isinstance(item, Stamp) else _clocked(text, item, floor, ceiling, reading)
        if stamp is not None:
            stamps.append(stamp)
        floor = stamp.end if stamp is not None else item.end
    return tuple(stamps)


MAX_DATES = 24
"""Of one line: the rest of a list of dates is nobody's by-line."""


def _days(text: str, reading: Reading) -> Iterator[_Day]:
    for match in _YMD.finditer(text):
        if day := _day(match.start(), match.end(), int(match["y"]), int(match["m"]), int(match["d"])):
            yield day
    for match in _ERA.finditer(text) if not text.isascii() or "R" in text or "H" in text else ():
        if day := _in_era(match):
            yield day
    for match in _FIGURES.finditer(text):
        if day := _in_figures(match, reading):
            yield day
    yield from _in_words(text, reading)


_OLD = re.compile(r"\s*(?P<y>1[89]\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)")


def old_day(value: object) -> Stamp | None:
    """A day before the web that a page declares: an archive's. The first of a year is what programs write for "none"."""
    match = _OLD.match(str(value or "")[:40])
    if match is None or int(match["y"]) >= MIN_YEAR or (match["m"], match["d"]) == ("01", "01"):
        return None
    year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    return Stamp(datetime(year, month, day), "day", match[0].strip()) if _valid(year, month, day) else None


def parse(value: object, reading: Reading = UNKNOWN) -> Stamp | None:
    """The one date of a machine-written value (meta content, JSON-LD, ``datetime``), epochs included; None for anything else."""
    text = str(value if value is not None else "").strip()[:200]
    if match := _EPOCH.match(text):
        moment = datetime.fromtimestamp(int(match["s"]), UTC)
        return Stamp(moment, "second", text) if moment.year >= MIN_YEAR else None
    if stamps := find_all(text, reading):
        return stamps[0]
    compact = _COMPACT.fullmatch(_plain(text))
    return _fixed(compact, text) if compact else None
