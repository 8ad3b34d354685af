"""Reads site files. A site is a TOML file; its stem is the name that ``-a site=`` takes.

A user's folder (setting ``NEWSCRAWL_SITES``) is looked at first, then the ones that come with the package.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from cssselect import SelectorError
from cssselect.xpath import HTMLTranslator
from lxml import etree

from newscrawl.urls import host, registrable

DATA = files("newscrawl.sites") / "data"
"""No path: in an egg, as scrapyd takes a project, the package is a zip file."""


CORRECTABLE = (
    "authors",
    "canonical_url",
    "description",
    "editors",
    "language",
    "modified",
    "published",
    "section",
    "site_name",
    "source",
    "tags",
    "title",
)
"""Record fields that ``fields`` may give a selector for: those that are a text of the page, or are read from one."""
_HOST = re.compile(r"[\w-]+(\.[\w-]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{1,8})*", re.IGNORECASE | re.ASCII)


class SiteError(Exception):
    """A site file that is missing or wrong; its text is one line with file, key and what was expected."""


class Starts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where discovery begins, absolute URLs."""

    sections: tuple[str, ...] = ()
    """Pages that list articles: the front page, sections."""
    feeds: tuple[str, ...] = ()
    """RSS, Atom and JSON feeds."""
    sitemaps: tuple[str, ...] = ()
    """XML sitemaps and sitemap indexes."""

    def __bool__(self) -> bool:
        return bool(self.sections or self.feeds or self.sitemaps)


class Pace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How fast a host of the site may be asked."""

    delay: float = 1.0
    """Seconds between two requests to a host, on average; more where its robots.txt or its answers ask for it."""
    concurrency: int = 1
    """Requests to a host at the same time."""


class Rendered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done to pages in the browser. Selectors are XPath (begins with ``/``, ``.`` or ``(``) or CSS."""

    steps: int = 0
    """How many times a section page is scrolled to its end, and ``more`` clicked; where it is over 0, section pages are rendered."""
    more: str | None = None
    """The button that shows more of a list."""
    consent: str | None = None
    """The button that closes a consent wall."""
    wait: str | None = None
    """An element that an article's page has when it is complete."""


class Layout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Corrections to the general extractor, as XPath (begins with ``/``, ``.`` or ``(``) or CSS."""

    until: date | None = None
    """Last day on which pages of this layout were published; none on the layout in force."""
    body: tuple[str, ...] = ()
    """Elements that hold the article's text."""
    drop: tuple[str, ...] = ()
    """Elements that are no part of the article."""
    fields: dict[str, str] = {}
    """Record field to the selector of its value."""


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One site. Picklable: it travels to the worker processes."""

    name: str = ""
    """Stem of the file."""
    display_name: str | None = None
    """Name as readers know it, the record's ``site_name``."""
    hosts: tuple[str, ...] = ()
    """Host names of the site; each covers its subdomains."""
    time_zone: str | None = None
    """IANA name, for dates without offset."""
    language: str | None = None
    """BCP 47 primary tag that pages have unless they say otherwise."""
    starts: Starts = Starts()
    articles: tuple[str, ...] = ()
    """Regular expressions, searched in a URL: one match makes it an article; without any, the shape decides."""
    not_articles: tuple[str, ...] = ()
    """Regular expressions whose match makes a URL no article, whatever ``articles`` says."""
    pace: Pace = Pace()
    javascript: Literal["auto", "always", "never"] = "auto"
    """When pages are rendered in a browser: where their HTML is an empty shell, each, or none."""
    browser: Rendered = Rendered()
    body: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    layouts: tuple[Layout, ...] = ()
    """Former layouts, newest first; ``body``, ``drop`` and ``fields`` above are the layout in force."""
    replay: str | None = None
    """Folder under ``fixtures/`` from which all answers come, so that no request leaves."""
    reposts: str | None = None
    """Name of the site file that the syndication spider reads in place of this one."""

    def covers(self, url: str) -> bool:
        """Whether the URL's host is one of the site's, or a subdomain of one."""
        name = host(url)
        return any(name == known or name.endswith("." + known) for known in self.hosts)

    def excludes(self, url: str) -> bool:
        """Whether the site file says that a URL is no article's."""
        return any(re.search(pattern, url) for pattern in self.not_articles)

    def layout(self, day: date | None = None) -> Layout:
        """The corrections for a page published on ``day`` (unknown: those in force)."""
        dated = [known for known in self.layouts if known.until and day and day <= known.until]
        if dated:
            return min(dated, key=lambda known: known.until or date.max)
        return Layout(body=self.body, drop=self.drop, fields=self.fields)


def bare(url: str) -> Site:
    """The site of a URL for which there is no file: its registrable domain (an address stays itself), no starts."""
    name = host(url)
    return Site(name=name, hosts=(registrable(name) or name,))


def names(folder: str | Path | None = None) -> list[str]:
    """The names that :func:`load` knows, sorted; ``folder`` is the user's."""
    return sorted(
        {
            path.name.removesuffix(".toml")
            for place in _places(folder)
            for path in place.iterdir()
            if path.name.endswith(".toml")
        }
    )


def load(name: str, folder: str | Path | None = None) -> Site:
    """The site called ``name``. Raises :class:`SiteError` when there is none or its file is wrong."""
    for place in _places(folder):
        path = place.joinpath(f"{name}.toml")
        if re.fullmatch(r"[\w.-]+", name) and path.is_file():
            return _read(path)
    raise SiteError(f"unknown site {name!r}; known sites: {', '.join(names(folder)) or 'none'}")


def for_host(name: str, folder: str | Path | None = None) -> Site | None:
    """The site that a host name belongs to; broken files of other sites raise :class:`SiteError` too."""
    url = f"http://{name}/"
    return next((site for site in (load(known, folder) for known in names(folder)) if site.covers(url)), None)


def _places(folder: str | Path | None) -> list[Traversable]:
    if not folder:
        return [DATA]
    place = Path(folder)
    if not place.is_dir():
        raise SiteError(f"NEWSCRAWL_SITES: {place} is no folder")
    return [place, DATA]


def _read(path: Traversable) -> Site:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Windows' Notepad begins a file with a mark
        site = msgspec.convert({**raw, "name": path.name.removesuffix(".toml")}, Site)
    except OSError as error:
        raise SiteError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SiteError(f"{path}: is not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise SiteError(f"{path}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise SiteError(f"{path}: {_explain(str(error))}") from error
    if "name" in raw:
        raise SiteError(
            f"{path}: key `name`: the file's name is the site's name; for the name as displayed use `display_name`"
        )
    _check(path, site)
    return site


def _explain(message: str) -> str:
    """msgspec's message with the key first and, for an unknown key, the keys that there are."""
    text, _, where = message.partition(" - at ")
    key = where.strip("`").removeprefix("$").lstrip(".")
    unknown = re.search(r"unknown field `(.+?)`", text)
    if unknown:
        parent = re.sub(r"\[.*?\]", "", key)
        kind: Any = {"starts": Starts, "pace": Pace, "layouts": Layout, "browser": Rendered}.get(parent, Site)
        known = ", ".join(field for field in kind.__struct_fields__ if field != "name")
        return f"key `{key + '.' if key else ''}{unknown[1]}` is unknown; expected one of: {known}"
    words = {"array": "a list", "object": "a table", "str": "a string", "int": "a whole number", "float": "a number"}
    text = re.sub(r"`(\w+) \| null`", r"`\1`", text)
    text = re.sub(r"`(\w+)`", lambda found: words.get(found[1], found[0]), text)
    return f"key `{key}`: {text[:1].lower()}{text[1:]}"


def _check(path: Traversable, site: Site) -> None:
    """What types cannot say: hosts, patterns, selectors, time zone and pace must be usable."""

    def wrong(key: str, problem: str) -> SiteError:
        return SiteError(f"{path}: key `{key}`: {problem}")

    if not site.hosts:
        raise wrong("hosts", 'expected a list of host names, such as ["example.com"]')
    for name in site.hosts:
        if not _HOST.fullmatch(name) or name != name.lower():
            raise wrong(
                "hosts",
                f"expected a host name in lower case without scheme, port, path or `*` (subdomains are covered), got {name!r}",
            )
    if site.language is not None and not _LANGUAGE.fullmatch(site.language):
        raise wrong("language", f"expected a BCP 47 tag such as en or zh, got {site.language!r}")
    if site.time_zone is not None:
        try:
            ZoneInfo(site.time_zone)
        except (KeyError, ValueError, OSError) as error:
            raise wrong("time_zone", f"expected an IANA name such as Asia/Shanghai, got {site.time_zone!r}") from error
    for key in ("sections", "feeds", "sitemaps"):
        for url in getattr(site.starts, key):
            if not re.match(r"https?://[^/]", url):
                raise wrong(f"starts.{key}", f"expected an absolute http(s) URL, got {url!r}")
    for key in ("articles", "not_articles"):
        for pattern in getattr(site, key):
            try:
                re.compile(pattern)
            except re.error as error:
                raise wrong(key, f"expected a regular expression, got {pattern!r} ({error})") from error
    if not 0 <= site.pace.delay <= 3600:
        raise wrong("pace.delay", f"expected 0 to 3600 seconds, got {site.pace.delay}")
    if not 1 <= site.pace.concurrency <= 64:
        raise wrong("pace.concurrency", f"expected 1 to 64, got {site.pace.concurrency}")
    if not 0 <= site.browser.steps <= 100:
        raise wrong("browser.steps", f"expected 0 to 100, got {site.browser.steps}")
    if site.browser.more and not site.browser.steps:
        raise wrong("browser.more", "needs `browser.steps`, the number of clicks at most")
    _check_selectors(
        path,
        [
            (f"browser.{key}", text)
            for key in ("more", "consent", "wait")
            if (text := getattr(site.browser, key)) is not None
        ],
    )
    for at, layout in [
        ("", site.layout()),
        *((f"layouts[{number}].", layout) for number, layout in enumerate(site.layouts)),
    ]:
        for field in layout.fields.keys() - set(CORRECTABLE):
            raise wrong(f"{at}fields.{field}", f"is unknown; expected one of: {', '.join(CORRECTABLE)}")
        found = [("body", text) for text in layout.body] + [("drop", text) for text in layout.drop]
        found += [(f"fields.{field}", text) for field, text in layout.fields.items()]
        _check_selectors(path, [(at + key, text) for key, text in found])


def _check_selectors(path: Traversable, found: list[tuple[str, str]]) -> None:
    for key, text in found:
        try:
            etree.XPath(as_xpath(text))
        except (etree.XPathSyntaxError, SelectorError) as error:
            raise SiteError(f"{path}: key `{key}`: expected XPath or CSS, got {text!r} ({error})") from error


def as_xpath(selector: str) -> str:
    """A selector of a site file as XPath: XPath stays, CSS is translated. Raises ``cssselect.SelectorError``."""
    if selector.startswith(("/", ".//", "./", "(")):
        return selector
    return HTMLTranslator().css_to_xpath(selector, prefix="descendant-or-self::")


def day_of(iso: str | None) -> date | None:
    """The day of an ISO 8601 date, for :meth:`Site.layout`; None when it is none."""
    try:
        return datetime.fromisoformat(iso).date() if iso else None
    except ValueError:
        return None
