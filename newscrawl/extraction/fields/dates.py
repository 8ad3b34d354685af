"""When an article was published and last changed.

Order of evidence: JSON-LD, meta tags, microdata, a ``<time>`` or a visible line at the headline, a labelled line after the body,
embedded state, the feed or sitemap, the day in the URL, a time relative to the fetch in the by-line. A later witness of the same day may
add the time and the offset that an earlier one lacks. Nothing later than a day after the fetch counts, nothing before 1990 that the page
does not declare, and no date is ever guessed from the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import islice
from urllib.parse import unquote

from lxml.html import HtmlElement

from newscrawl import urls
from newscrawl.extraction import trace
from newscrawl.extraction.document import Document, Found
from newscrawl.extraction.fields import date_labels, date_text, nearby_lines, rare_dates, relative_dates, time_zones
from newscrawl.extraction.fields.byline import Parts, byline_parts
from newscrawl.extraction.fields.date_reading import reading_of
from newscrawl.extraction.fields.date_text import Reading, Stamp
from newscrawl.extraction.read import jsonld
from newscrawl.extraction.read.structured import Structured, clean
from newscrawl.extraction.words import name_list

MAX_VALUES = 40
"""Values of one property, or of all objects of a kind, that are read."""
_META_PUBLISHED = name_list("meta_published")
# First appearances of pages that are renewed, dates of the file: only where nothing better stands.
_META_CREATED = name_list("meta_created")
_META_MODIFIED = name_list("meta_modified")
_STATE_PUBLISHED = name_list("state_published")
_STATE_MODIFIED = name_list("state_modified")
_URL_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d{2})[/_-]?(0[1-9]|1[0-2])[/_-]?(0[1-9]|[12]\d|3[01])(?!\d)|/((?:19|20)\d{2})/(\d{1,2})/(\d{1,2})/"
)
_MODIFIED_HINT = re.compile(r"modif|updat|aktualis|edited|更新", re.I)


@dataclass(frozen=True, slots=True)
class _Witness:
    """One reading of a date and who gives it."""

    stamp: Stamp
    origin: str
    where: str = ""


def find_dates(doc: Document, s: Structured) -> tuple[Found, Found]:
    """(published, modified): ISO 8601 with offset where one is known, the text as found, and its origin; empty where none is found."""
    zone = time_zones.zone_for(doc, s)
    reading = reading_of(doc, s)
    told = trace.watched(doc, "published", _published(doc, s, reading), _plausible)
    published = _with_clock(_settle(told, doc, zone), doc, zone)
    modified = _settle(trace.watched(doc, "modified", _modified(doc, s, reading), _plausible), doc, zone)
    if not published.value and (only := _only_day(doc, s, reading)) is not None:
        published = _settle(iter([_Witness(only, "visible", "the page's only day")]), doc, zone)
    if not published.value:
        published = _rare(doc, s, zone)
    _lend_offset(published, modified)
    _lend_offset(modified, published)
    if published.value and modified.value and _before(modified.value, published.value):
        modified = Found()  # a change before the publication is a template's date
    return published, modified


def _with_clock(published: Found, doc: Document, zone: tzinfo | None) -> Found:
    """A day without a time, made fuller by a line at the headline that shows the same day with a clock and no year."""
    if not published.value or len(published.value) != len("2000-01-01"):
        return published
    day = datetime.fromisoformat(published.value)
    for _, parts in nearby_lines.header_parts(doc):
        if parts.bare_date and parts.bare_date[:2] == (day.month, day.day) and parts.bare_date[2] >= 0:
            moment = time_zones.localise(day.replace(hour=parts.bare_date[2], minute=parts.bare_date[3]), zone)
            return Found(moment.isoformat(), published.origin, published.raw)
    return published


def _rare(doc: Document, s: Structured, zone: tzinfo | None) -> Found:
    """What dateparser makes of the page's ``<time>`` elements and header lines where no known form fits."""
    language = (s.html_lang or (doc.site.language if doc.site else "") or "").split("-")[0].split("_")[0].lower()
    texts = [" ".join(element.itertext()) for element in s.times[:2]] + [
        block.text for block in doc.header if len(block.text) <= rare_dates.MAX_TEXT
    ]
    # A date that was read, and is that of a change or not to be believed, gets no second chance.
    texts = [t for t in texts if date_labels.meaning(t) != "modified" and not date_text.find_all(t, reading_of(doc, s))]
    found = rare_dates.parse(texts, language or None, doc.fetched_at)
    if found is None:
        return Found()
    moment, raw = found
    if "UTC" not in str(moment.tzinfo):
        moment = moment.replace(tzinfo=None)  # abbreviations of zones mean several, and dateparser takes the first
    precision = "minute" if moment.hour or moment.minute else "day"
    return _settle(iter([_Witness(Stamp(moment, precision, raw), "visible")]), doc, zone)


def from_text(text: str, doc: Document, s: Structured) -> Found:
    """The date in a text that somebody pointed at (a site file's selector), resolved like a visible one; empty where it holds none."""
    text = text[:400]
    stamps = date_text.find_all(text, reading_of(doc, s))
    stamp = (
        stamps[0] if stamps else date_text.parse(text, reading_of(doc, s)) or relative_dates.find(text, doc.fetched_at)
    )
    return _settle(iter([_Witness(stamp, "layout")] if stamp else []), doc, time_zones.zone_for(doc, s))


def _plausible(stamp: Stamp | None, doc: Document) -> bool:
    if stamp is None:
        return False
    if doc.fetched_at is None:
        return True  # without a time of the fetch there is no limit; the clock of the machine is none
    if stamp.precision == "day":
        return stamp.moment.date() <= doc.fetched_at.date() + timedelta(days=1)
    fetched = doc.fetched_at.replace(tzinfo=doc.fetched_at.tzinfo or UTC)
    # A naive time is no further from UTC than fourteen hours: a day holds that too.
    moment = stamp.moment if stamp.aware else stamp.moment.replace(tzinfo=UTC)
    return moment - timedelta(days=1) <= fetched  # not the other way round: there is no day after the last


def _settle(witnesses: Iterator[_Witness], doc: Document, zone: tzinfo | None) -> Found:
    """The first plausible witness, made fuller by later ones of the same day."""
    first = next((w for w in witnesses if _plausible(w.stamp, doc)), None)
    if first is None:
        return Found()
    # A complete date needs no second witness, except to unmask a false Z.
    own = first.stamp
    complete = (
        own.aware and own.precision == "second" and not _midnight(own) and (zone is None or own.moment.tzinfo != UTC)
    )
    good = [first] if complete else [first, *(w for w in witnesses if _plausible(w.stamp, doc))]
    stamp = _with_seconds(_without_false_z(first.stamp, good[1:], zone), good[1:])
    if stamp.precision == "day" or _midnight(stamp):
        for other in good[1:]:
            if (
                other.stamp.precision != "day"
                and not _midnight(other.stamp)
                and other.stamp.moment.date() == stamp.moment.date()
            ):
                stamp = replace(other.stamp, raw=first.stamp.raw)
                break
    if not stamp.aware and stamp.precision != "day":
        for other in good[1:]:
            if other.stamp.aware and _same_clock(stamp, other.stamp):
                stamp = replace(stamp, moment=stamp.moment.replace(tzinfo=other.stamp.moment.tzinfo))
                break
        else:
            stamp = _with_feed_offset(stamp, doc)
            stamp = replace(stamp, moment=time_zones.localise(stamp.moment, zone))
    if zone is not None and stamp.raw.isdigit() and stamp.aware:
        stamp = replace(stamp, moment=stamp.moment.astimezone(zone))  # seconds since 1970 have no offset of their own
    return Found(stamp.iso(), first.origin, first.stamp.raw)


def _lend_offset(naive: Found, other: Found) -> None:
    """Gives a naive time the offset of the page's other date, where that is no UTC mark and near enough to lie in the same season."""
    if not naive.value or not other.value or len(naive.value) != 19:
        return
    moment, reference = datetime.fromisoformat(naive.value), datetime.fromisoformat(other.value)
    if reference.tzinfo is None or not reference.utcoffset():
        return
    if abs(moment - reference.replace(tzinfo=None)) <= timedelta(days=30):
        naive.value = moment.replace(tzinfo=reference.tzinfo).isoformat()


def _midnight(stamp: Stamp) -> bool:
    return (stamp.moment.hour, stamp.moment.minute, stamp.moment.second) == (0, 0, 0)


def _same_clock(a: Stamp, b: Stamp) -> bool:
    """The same day, hour and minute on the wall."""
    return a.moment.replace(tzinfo=None, second=0, microsecond=0) == b.moment.replace(
        tzinfo=None, second=0, microsecond=0
    )


def _without_false_z(stamp: Stamp, others: Iterable[_Witness], zone: tzinfo | None) -> Stamp:
    """Some templates print local time with a ``Z``. Where a visible naive time shows the very same clock and the page's zone is known
    to be another, the clock is local time; without a known zone the mark is believed."""
    if zone is None or stamp.moment.tzinfo != UTC or stamp.precision == "day":
        return stamp
    if zone.utcoffset(stamp.moment.replace(tzinfo=None)) == timedelta(0):
        return stamp
    if any(
        w.origin == "visible" and not w.stamp.aware and w.stamp.precision != "day" and _same_clock(stamp, w.stamp)
        for w in others
    ):
        return replace(stamp, moment=stamp.moment.replace(tzinfo=zone))
    return stamp


def _with_seconds(stamp: Stamp, others: Iterable[_Witness]) -> Stamp:
    """A line shows the minute; where another witness has the very same one with its second, the moment is told to the second."""
    if stamp.precision != "minute":
        return stamp
    for other in (w.stamp for w in others):
        same = (
            stamp.moment.replace(second=0) == other.moment.replace(second=0, microsecond=0)
            if stamp.aware and other.aware
            else _same_clock(stamp, other)
        )
        if other.precision == "second" and other.moment.second and same:
            return replace(stamp, moment=stamp.moment.replace(second=other.moment.second), precision="second")
    return stamp


def _with_feed_offset(stamp: Stamp, doc: Document) -> Stamp:
    """The offset of a feed or sitemap whose time is the page's to the minute, on the wall or up to a whole zone's difference."""
    told = (doc.evidence.published or doc.evidence.modified) if doc.evidence else None
    fed = date_text.parse(told) if told else None
    if fed is None or not fed.aware:
        return stamp
    if _same_clock(stamp, fed):
        return replace(stamp, moment=stamp.moment.replace(tzinfo=fed.moment.tzinfo))
    difference = stamp.moment - fed.moment.astimezone(UTC).replace(tzinfo=None)
    minutes = round(difference.total_seconds() / 60)
    if minutes % 15 == 0 and abs(minutes) <= 14 * 60:
        return replace(stamp, moment=stamp.moment.replace(tzinfo=timezone(timedelta(minutes=minutes))))
    return stamp


def _before(a: str, b: str) -> bool:
    first, second = datetime.fromisoformat(a), datetime.fromisoformat(b)
    if (first.tzinfo is None) != (second.tzinfo is None) or len(a) != len(b):
        return a[:10] < b[:10]
    return first < second


_DECLARED = frozenset(("json-ld", "meta", "microdata"))


def _stamps(values: Iterable[object], origin: str, reading: Reading, where: str = "") -> Iterator[_Witness]:
    for value in islice(values, MAX_VALUES):
        stamp = date_text.parse(clean(value), reading)
        if stamp is None and origin in _DECLARED:
            stamp = date_text.old_day(value)
        if stamp is not None:
            yield _Witness(stamp, origin, where)


def _published(doc: Document, s: Structured, reading: Reading) -> Iterator[_Witness]:
    yield from _stamps(jsonld.as_list(s.prop("datePublished", "pubDate")), "json-ld", reading, "datePublished")
    yield from _stamps(
        [i["pubDate"] for i in s.objects if isinstance(i.get("pubDate"), str)], "json-ld", reading, "pubDate"
    )
    yield from _stamps((v for key in _META_PUBLISHED for v in s.meta.get(key, ())[:1]), "meta", reading)
    yield from _stamps(s.microdata.get("datePublished", [])[:2], "microdata", reading, "datePublished")
    yield from _visible(doc, s, reading, modified=False)
    yield from _stamps(
        jsonld.as_list(s.prop("dateCreated", "uploadDate")), "json-ld", reading, "dateCreated, uploadDate"
    )
    yield from _stamps((v for key in _META_CREATED for v in s.meta.get(key, ())[:1]), "meta", reading, "date created")
    pages = [i for i in s.objects if i is not s.article and jsonld.types(i) & jsonld.PAGE_TYPES]
    yield from _stamps((i.get("datePublished") for i in pages), "json-ld", reading, "another object's datePublished")
    if s.state:
        yield from _stamps((s.state[k] for k in _STATE_PUBLISHED if s.state.get(k)), "state", reading)
    if next(_visible(doc, s, reading, modified=False), None) is None:
        yield from _stamps(rare_dates.scripted(doc.tree), "state", reading, "a script's call")
    if doc.evidence and doc.evidence.published:
        yield from _stamps([doc.evidence.published], "feed", reading)
    if (day := url_day(doc.url)) is not None:
        yield _Witness(day, "url")
    end = doc.body[-1].index if doc.body else -1
    for block, parts in nearby_lines.footer_parts(doc):
        # After the text a by-line without a label is a comment's, or another article's.
        inside = block.reason == "byline" and block.index < end
        if inside and parts.date is not None and not nearby_lines.repeats(doc, block):
            yield _Witness(parts.date, "visible", "a by-line within the text")
    yield from _relative(doc)


def _modified(doc: Document, s: Structured, reading: Reading) -> Iterator[_Witness]:
    yield from _stamps(jsonld.as_list(s.prop("dateModified", "upDate")), "json-ld", reading, "dateModified")
    yield from _stamps((v for key in _META_MODIFIED for v in s.meta.get(key, ())[:1]), "meta", reading)
    yield from _stamps(s.microdata.get("dateModified", [])[:2], "microdata", reading, "dateModified")
    yield from _visible(doc, s, reading, modified=True)
    if s.state:
        yield from _stamps((s.state[k] for k in _STATE_MODIFIED if s.state.get(k)), "state", reading)
    if doc.evidence and doc.evidence.modified:
        yield from _stamps([doc.evidence.modified], "feed", reading)


def _visible(doc: Document, s: Structured, reading: Reading, *, modified: bool) -> Iterator[_Witness]:
    """Dates on the lines near the headline: ``<time>`` elements first, then text; after the body only labelled ones."""
    header, footer = (
        nearby_lines.header_parts(doc),
        nearby_lines.footer_parts(doc),
    )
    at = nearby_lines.title_index(doc, doc.memo.get("title"))
    under = {id(b.element) for b, _ in header if b.element is not None and (at is None or b.index > at)}
    over = {id(b.element) for b, _ in header if b.element is not None} - under
    foreign = (
        {id(b.element) for b in doc.blocks if b.reason in nearby_lines.FOREIGN and b.element is not None} - under - over
    )
    for blocks, element in [(blocks, element) for blocks in (under, over) for element in s.times[:40]]:
        if _within(element, blocks, foreign) and (stamp := _timed(element, reading, modified=modified)) is not None:
            yield _Witness(stamp, "visible", "<time>")
    for block, parts in sorted(header, key=lambda line: not line[1].date_labelled):
        stamp = parts.modified if modified else parts.date
        if stamp is not None and not (at is not None and block.index < at and _is_masthead(stamp, doc)):
            yield _Witness(stamp, "visible", "by-line")
    for block, parts in footer:
        stamp = parts.modified if modified else parts.date
        if stamp is not None and (modified or parts.date_labelled or (parts.labelled and len(block.text) < 100)):
            yield _Witness(stamp, "visible", "after the text")
    if not modified:
        yield from (
            _Witness(stamp, "visible", "by-line without a year")
            for _, parts in header
            if (stamp := _of_weekday(parts, doc)) is not None
        )


MAX_TIME_CHARS = 200
# <time data-published="2024-05-03T10:00:00Z">3 May</time>, for a script that writes the reader's own time.
_DATA_NAME = re.compile(r"data-.{0,20}(?:publish|date|time|iso)")
_ISO_DAY = re.compile(r"\s*(?:19|20)\d\d-\d\d-\d\dT\d\d:\d\d")


def _timed(element: HtmlElement, reading: Reading, *, modified: bool) -> Stamp | None:
    """What a ``<time>`` says of the one date or the other: its ``datetime`` goes with the label in or before it, else with its names."""
    shown = " ".join("".join(islice(element.itertext(), 20)).split())[:MAX_TIME_CHARS]
    parts = byline_parts(shown, reading)
    if parts.modified and (parts.date or not element.get("datetime")):
        return parts.modified if modified else parts.date
    names = " ".join(filter(None, map(element.get, ("itemprop", "class", "id", "data-type"))))
    label = (
        "modified"
        if _MODIFIED_HINT.search(names)
        else date_labels.meaning(shown) or date_labels.meaning(_lead(element))
    )
    if (label == "modified") != modified:
        return None
    declared = element.get("datetime") or next(
        (value for name, value in islice(element.items(), 12) if _DATA_NAME.match(name) and _ISO_DAY.match(value)), None
    )
    return date_text.parse(clean(declared), reading) or parts.date


def _lead(element: HtmlElement) -> str:
    """The text on the same line before an element: what its nearest two ancestors hold up to it, to the next ``<time>``."""
    for _ in range(2):
        pieces: list[str] = []
        for before in islice(element.itersiblings(preceding=True), 4):
            pieces.append(before.tail or "")
            if before.tag in ("time", "br", "p", "div"):
                break
            pieces.append("".join(islice(before.itertext(), 8)) if isinstance(before.tag, str) else "")
        parent = element.getparent()
        if parent is None:
            return ""
        text = " ".join([(parent.text or ""), *reversed(pieces)]).strip()
        if text or parent.tag in ("p", "div", "li"):
            return text[-date_labels.MAX_LEAD :]
        element = parent
    return ""


MAX_SCATTERED = 400
MAX_DATE_LINE = 60


def _only_day(doc: Document, s: Structured, reading: Reading) -> Stamp | None:
    """The date that stands alone over the end of the text, outside of prose and lists of other articles: of two days there is a choice.

    What follows the text is comments and other articles.
    """
    if not doc.body:
        return None
    end = doc.body[-1].index
    foreign = {id(b.element) for b in doc.blocks if b.reason in nearby_lines.FOREIGN or b.tag == "li" or b.index > end}
    shown = {id(b.element) for b in doc.blocks[: end + 1] if not nearby_lines.repeats(doc, b)} - foreign
    found = [
        stamp
        for element in s.times[:40]
        if _within(element, shown, foreign) and (stamp := _timed(element, reading, modified=False))
    ]
    for block in doc.blocks[max(0, end - MAX_SCATTERED) : end]:
        if nearby_lines.repeats(doc, block):
            continue
        if len(block.text) <= MAX_DATE_LINE and block.link_share < 0.5 and id(block.element) not in foreign:
            parts = byline_parts(block.text, reading)
            if parts.date is not None:
                found.append(parts.date)
    found = [stamp for stamp in found if _plausible(stamp, doc)]
    if len({stamp.moment.date() for stamp in found}) != 1 or _is_masthead(found[0], doc):
        return None
    return max(found, key=lambda stamp: (stamp.precision != "day", stamp.aware))


def _of_weekday(parts: Parts, doc: Document) -> Stamp | None:
    """A date without a year whose weekday is right in the year before the fetch (``3/4(水) 8:20``): else the year is anybody's guess."""
    if parts.bare_date is None or parts.bare_weekday is None or parts.bare_date[2] < 0 or doc.fetched_at is None:
        return None
    month, day, hour, minute = parts.bare_date
    for year in (doc.fetched_at.year, doc.fetched_at.year - 1):
        try:
            moment = datetime(year, month, day, hour, minute)
        except ValueError:
            continue
        age = (doc.fetched_at.date() - moment.date()).days
        if -1 <= age <= MAX_YEARLESS_DAYS:
            raw = f"{month}/{day} {hour}:{minute:02}"
            return Stamp(moment, "minute", raw) if moment.weekday() == parts.bare_weekday else None
    return None


MAX_YEARLESS_DAYS = 300
"""Age up to which a date without a year is of the last twelve months beyond doubt."""
MAX_BEFORE_RELATIVE = 4
"""Lines between the headline and a by-line with a relative time: a kicker, a standfirst, names."""


def _relative(doc: Document) -> Iterator[_Witness]:
    """A time relative to the fetch in the article's own by-line: near under the headline, before the body, and not an item of a list.

    A page whose text stands in its state shows nothing but lists: their "1 day ago" is that of other articles.
    """
    at = nearby_lines.title_index(doc, doc.memo.get("title"))
    if at is None or (doc.body and doc.body[0].index < at):
        return
    end = doc.body[0].index if doc.body else at + MAX_BEFORE_RELATIVE + 2
    shown = [b for b in doc.blocks[at + 1 : at + 2 + MAX_BEFORE_RELATIVE] if b.index < end]
    if not doc.body and not any(
        nearby_lines.is_prose(b) for b in doc.blocks[at + 1 : at + 4 + 2 * MAX_BEFORE_RELATIVE]
    ):
        return
    for block in shown:
        if (
            block.tag == "li"
            or block.reason in nearby_lines.FOREIGN
            or (block.link_share > 0.8 and len(block.text) > MAX_NAME)
        ):
            return  # what follows is another story's
        if len(block.text) <= 60 and date_labels.meaning(block.text) != "modified":
            stamp = relative_dates.find(block.text, doc.fetched_at)
            if stamp is not None:
                yield _Witness(stamp, "visible", "relative to the fetch")
                return


MAX_NAME = 40
"""Characters of a link in a by-line: a name, a section. A longer one is another article's headline."""


def _is_masthead(stamp: Stamp, doc: Document) -> bool:
    """Whether a date over the headline is the page's clock: the day of the fetch without a time, or far from the day in the URL."""
    if (
        stamp.precision == "day"
        and doc.fetched_at is not None
        and abs((stamp.moment.date() - doc.fetched_at.date()).days) <= 1
    ):
        return True
    day = url_day(doc.url)
    return day is not None and abs((stamp.moment.date() - day.moment.date()).days) > 31


def _within(element: object, blocks: set[int], foreign: set[int]) -> bool:
    """Whether the element or one of its five nearest ancestors is the element of a header line; not so inside a listed item."""
    for _ in range(6):
        if element is None or id(element) in foreign:
            return False
        if id(element) in blocks:
            return True
        element = element.getparent()  # type: ignore[attr-defined]
    return False


def url_day(url: str | None) -> Stamp | None:
    """The day in the address (``/2024/05/03/``, ``/20240503/``, ``-2024-05-03-``); None where it holds none."""
    path = unquote(urls.split(url).path)
    for match in _URL_DAY.finditer(path):
        year, month, day = match.groups()[:3] if match[1] else match.groups()[3:]
        try:
            moment = datetime(int(year), int(month), int(day))
        except ValueError:
            continue
        if moment.year >= date_text.MIN_YEAR:
            return Stamp(moment, "day", match[0].strip("/"))
    return None
