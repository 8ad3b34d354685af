"""Dates and times in text: recognised by shape, in the forms that news pages of the major languages use.

dateparser would read more, at 9 ms a string and 1.5 s for its first; a date line that none of these shapes fits is rare enough to
leave undated.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

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


_DIGITS = {
    ord(c): str(unicodedata.digit(c))
    for base in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10)
    for c in map(chr, range(base, base + 10))
}
_DIGITS |= {
    0xFF1A: ":",
    0xFF0F: "/",
    0xFF0D: "-",
    0xFF0E: ".",
    0x2013: "-",
    0x3000: " ",
    0xA0: " ",
    0x202F: " ",
    0x200E: "",
    0x200F: "",
}
_ZONE = r"(?P<zone>Z\b|(?:UTC|GMT)?\s?[+-]\d{2}:?\d{2}\b|\(?\b(?:UTC|GMT|[ECMP]T|[ECMP][SD]T|BST|CES?T|MESZ|MEZ|EES?T|MSK|МСК|SAST|JST|KST|HKT|SGT|PHT|WIB|AE[SD]T|NZ[SD]T)\b|北京时间)"
_CLOCK = (
    r"(?P<ampm1>上午|下午|晚上|中午|凌晨|午前|午後|오전|오후)?\s?(?P<hour>[01]?\d|2[0-4])"
    r"(?:\s?[:h時时시점点]\s?|\.(?=[0-5]\d(?!\d|\.\d)))(?P<minute>[0-5]\d)?(?:\s?[:分분]\s?(?P<second>[0-5]\d)?(?:[.,]\d{1,7})?\s?秒?)?"
    r"(?:\s?(?P<ampm2>[aApP]\.?\s?[mM]\b\.?))?(?:\s?(?:Uhr|uur|hrs?\b|h\b|น\.|ч\.))?"
)
_CLOCK_AMPM = r"(?P<hour>1[0-2]|0?[1-9])(?P<minute>)(?P<second>)(?P<ampm1>)\s?(?P<ampm2>[aApP]\.?[mM]\b\.?)"
# What may stand between a day and its clock; of the marks in front none is given back, so the word after them needs none of them.
_GAP = r"[\s,;|·•(\[-]*+(?:(?:at|um|kl(?:okken|\.)?|à|a las|alle(?: ore)?|às|ore|о|в|om|klo|saat|en|/|T|،|الساعة|周[一二三四五六日]|星期[一二三四五六日天]|[月火水木金土日]\)|[월화수목금토일]\))[\s,]*+)?"
_TAIL = re.compile(
    rf"{_GAP}(?:{_CLOCK}|{_CLOCK_AMPM})".replace("(?P<hour>1[0-2]", "(?P<hour12>1[0-2]").replace(
        "(?P<minute>)(?P<second>)(?P<ampm1>)\\s?(?P<ampm2>", "\\s?(?P<ampm12>"
    )
)
_ZONE_TAIL = re.compile(rf"\s?{_ZONE}", re.I)
_HEAD = re.compile(rf"(?:{_CLOCK})[\s,|·•-]*(?:{_ZONE})?[\s,|·•-]*(?:on|am|del?|le|il|den|på|\w{{2,10}}day,?)?\s*$")

_ISO = re.compile(
    r"(?<!\d)(?P<y>(?:19"
    r"|20)\d{2})-(?P<m>\d{2})-(?P<d>\d{2})[T ](?P<H>\d{2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,]\d{1,9})?)?\s?(?P<z>Z|UTC"
    r"|[+-]\d{2}:?\d{2}(?::\d{2})?|[+-]\d{2}\b)?"
)
_COMPACT = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d{2})(?P<m>[01]\d)(?P<d>[0-3]\d)(?:T?(?P<H>[0-2]\d)(?P<M>[0-5]\d)(?P<S>[0-5]\d)?)?(?P<z>Z"
    r"|[+-]\d{4})?(?!\d)"
)
_YMD = re.compile(
    r"(?<![\d.])(?P<y>(?:19|20|25)\d{2})\s?(?P<sep>[-/.年년])\s?(?P<m>\d{1,2})\s?(?:(?P=sep)|[月월])\s?(?P<d>\d{1,2})(?:\s?[日일号]"
    r"|(?!\d))\.?"
)
_ERA = re.compile(r"(?P<era>令和|平成|民國|民国)\s?(?P<y>\d{1,3}|元)年\s?(?P<m>\d{1,2})月\s?(?P<d>\d{1,2})日")
_DMY = re.compile(
    r"(?<![\d.])(?P<a>\d{1,2})\s?(?P<sep>[./-])\s?(?P<b>\d{1,2})\s?(?P=sep)\s?(?P<y>(?:19|20|25)\d{2}|\d{2}(?=[\s,;|-]+(?:um "
    r"|kl |klo )?\d{1,2}[:.]\d{2}))(?!\d)"
)
_WORD = r"[^\W\d_][\w’'.]{1,14}"
_DAY_MONTH = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|ª)?\.?[\s/-]*(?:de |of |d’|d')?(?P<month>tháng \d{{1,2}}"
    rf"|{_WORD})[\s./,-]*(?:de |del |năm )?(?P<y>(?:19|20|25)\d{{2}})(?!\d)"
)
_MONTH_DAY = re.compile(
    rf"(?P<month>{_WORD})[\s.-]*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s?,?\s+(?P<y>(?:19|20)\d{{2}})(?!\d)"
)
_JS_DATE = re.compile(
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s+(?P<month>[A-Z][a-z]{2})\s+(?P<d>\d{1,2})\s+(?:(?P<y1>(?:19"
    r"|20)\d{2})\s+)?(?P<H>\d{2}):(?P<M>\d{2}):(?P<S>\d{2})\s*(?:(?:GMT|UTC)?(?P<z>[+-]\d{4})"
    r"|(?P<zn>[A-Z]{3,4}))?(?:\s+(?P<y2>(?:19|20)\d{2}))?"
)
_EPOCH = re.compile(r"^\s*(?P<s>1\d{9}|[4-9]\d{8})(?P<ms>\d{3})?(?:\.\d+)?\s*$")


# A year, or a day written with two digits of it: without either nothing below can match.
_YEARISH = re.compile(r"(?:19|20|25)\d{2}|\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{2}|(?:令和|平成|民國|民国)")


@cache
def _months() -> dict[str, int]:
    return {name: int(number) for number, names in words("dates")["months"].items() for name in names}


def zone_of(name: str | None) -> tzinfo | None:
    """The offset or zone that a written mark (``Z``, ``+0800``, ``UTC+08:00``, ``EST``, ``ET``, ``北京时间``) stands for."""
    text = (name or "").strip(" ()").casefold()
    if match := re.search(r"([+-])(\d{2}):?(\d{2})?(?::\d{2})?$", text):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timezone((1 if match[1] == "+" else -1) * timedelta(minutes=minutes)) if minutes <= 14 * 60 else None
    known = words("dates")["zones"].get(text)
    if known is None:
        return None
    if known == "UTC":
        return UTC
    return zone_of(known) if known[0] in "+-" else ZoneInfo(known)


def _make(
    y: int,
    m: int,
    d: int,
    clock: tuple[int, int, int] | None,
    zone: tzinfo | None,
    raw: str,
    start: int,
    end: int,
    seconds: bool,
) -> Stamp | None:
    if 2400 < y < 2700:  # the Thai calendar counts from 543 BC
        y -= 543
    if y < 100:
        y += 2000
    if not MIN_YEAR <= y <= 2100:
        return None
    hour, minute, second = clock or (0, 0, 0)
    try:
        moment = datetime(y, m, d, 0 if hour == 24 else hour, minute, second, tzinfo=zone)
    except (ValueError, OverflowError):
        return None
    if hour == 24:
        moment += timedelta(days=1)
    precision = "day" if clock is None else "second" if seconds else "minute"
    return Stamp(moment, precision, raw.strip(" ,;|·•-([")[:120], start, end)


def _clock_of(match: re.Match[str]) -> tuple[tuple[int, int, int] | None, bool]:
    groups = match.groupdict()
    hour, minute, second = groups.get("hour"), groups.get("minute"), groups.get("second")
    mark = (
        (groups.get("ampm1") or groups.get("ampm2") or groups.get("ampm12") or "")
        .casefold()
        .replace(".", "")
        .replace(" ", "")
    )
    if hour is None:
        hour = groups.get("hour12")
    if hour is None:
        return None, False
    value = int(hour)
    if mark in ("pm", "下午", "晚上", "午後", "오후") and value < 12:
        value += 12
    elif mark in ("am", "上午", "凌晨", "午前", "오전") and value == 12:
        value = 0
    return (value, int(minute or 0), int(second or 0)), second is not None


def _with_clock(text: str, y: int, m: int, d: int, start: int, end: int) -> Stamp | None:
    """The day at ``text[start:end]`` with the time that stands right after it, or right before it."""
    after = _TAIL.match(text, end)
    zone: tzinfo | None = None
    if after and after.end() > end:
        clock, seconds = _clock_of(after)
        stop = after.end()
        if mark := _ZONE_TAIL.match(text, stop):
            zone = zone_of(mark["zone"])
            stop = mark.end() if zone else stop
        return _make(y, m, d, clock, zone, text[start:stop], start, stop, seconds)
    before = _HEAD.search(text, max(0, start - 30), start)
    if before:
        clock, seconds = _clock_of(before)
        zone = zone_of(before["zone"]) if before["zone"] else None
        return _make(y, m, d, clock, zone, text[before.start() : end], before.start(), end, seconds)
    return _make(y, m, d, None, None, text[start:end], start, end, False)


def _fixed(match: re.Match[str], text: str) -> Stamp | None:
    parts = match.groupdict()
    clock = (int(parts["H"]), int(parts["M"]), int(parts["S"] or 0)) if parts.get("H") else None
    zone = zone_of(parts["z"]) if parts.get("z") else None
    end = match.end()
    if clock and zone is None and (mark := _ZONE_TAIL.match(text, end)):
        zone = zone_of(mark["zone"])
        end = mark.end() if zone else end
    return _make(
        int(parts["y"]),
        int(parts["m"]),
        int(parts["d"]),
        clock,
        zone,
        text[match.start() : end],
        match.start(),
        end,
        bool(parts.get("S")),
    )


def _numeric(match: re.Match[str], text: str, month_first: bool) -> Stamp | None:
    a, b, y = int(match["a"]), int(match["b"]), int(match["y"])
    day, month = (b, a) if (month_first and match["sep"] == "/" and b > 0) or b > 12 else (a, b)
    if month > 12 and day <= 12:
        day, month = month, day
    return _with_clock(text, y, month, day, match.start(), match.end())


def _worded(match: re.Match[str], text: str) -> Stamp | None:
    name = match["month"].casefold().strip(".'’")
    month = _months().get(name) or _months().get(name.split(".")[0])
    return _with_clock(text, int(match["y"]), month, int(match["d"]), match.start(), match.end()) if month else None


def _js(match: re.Match[str]) -> Stamp | None:
    month, year = _months().get(match["month"].casefold()), match["y1"] or match["y2"]
    if not month or not year:
        return None
    clock = (int(match["H"]), int(match["M"]), int(match["S"]))
    return _make(
        int(year),
        month,
        int(match["d"]),
        clock,
        zone_of(match["z"] or match["zn"]),
        match[0],
        match.start(),
        match.end(),
        True,
    )


def _era(match: re.Match[str], text: str) -> Stamp | None:
    offset = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911}[match["era"]]
    year = offset + (1 if match["y"] == "元" else int(match["y"]))
    return _with_clock(text, year, int(match["m"]), int(match["d"]), match.start(), match.end())


def _start(stamp: Stamp) -> int:
    return stamp.start


def find_all(text: str, *, month_first: bool = False) -> list[Stamp]:
    """Every absolute date in the text, in order, the fullest reading of each; ``month_first`` reads 03/04/2024 as March 4th."""
    text = text.translate(_DIGITS) if text and not text.isascii() else text
    if not _YEARISH.search(text):
        return []
    found: list[Stamp] = []  # in order and apart from each other, so that two neighbours tell whether another overlaps

    def add(stamp: Stamp | None) -> None:
        if stamp is None:
            return
        at = bisect(found, stamp.start, key=_start)
        if (not at or found[at - 1].end <= stamp.start) and (at == len(found) or stamp.end <= found[at].start):
            found.insert(at, stamp)

    for match in _ISO.finditer(text):
        add(_fixed(match, text))
    for match in _JS_DATE.finditer(text):
        add(_js(match))
    for match in _YMD.finditer(text):
        add(_with_clock(text, int(match["y"]), int(match["m"]), int(match["d"]), match.start(), match.end()))
    for match in _ERA.finditer(text):
        add(_era(match, text))
    for match in _DMY.finditer(text):
        add(_numeric(match, text, month_first))
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            add(_worded(match, text))
    return found


def parse(value: object, *, month_first: bool = False) -> Stamp | None:
    """The one date of a machine-written value (meta content, JSON-LD, ``datetime``), epochs included; None for anything else."""
    text = str(value if value is not None else "").strip()[:200]
    if match := _EPOCH.match(text):
        moment = datetime.fromtimestamp(int(match["s"]), UTC)
        return Stamp(moment, "second", text) if moment.year >= MIN_YEAR else None
    if stamps := find_all(text, month_first=month_first):
        return stamps[0]
    compact = _COMPACT.fullmatch(text.translate(_DIGITS))
    return _fixed(compact, text) if compact else None
