"""The spiders' arguments (``-a NAME=VALUE``), read once into typed values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from newscrawl.sites.registry import Site, SiteError, bare, load, names
from newscrawl.urls import problem

NAMES = ("site", "url", "since", "max_pages", "max_minutes", "follow_originals")


class ArgumentError(ValueError):
    """An argument that the user has to mend; the text is one line. ``status`` is the exit status: 2 usage, 1 could not run."""

    def __init__(self, text: str, status: int = 2) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the user asked for."""

    sites: tuple[Site, ...]
    url: str | None = None
    """Where discovery begins: as given, or the front page of a site whose file names no starts."""
    since: datetime | None = None
    max_pages: int | None = None
    max_minutes: float | None = None
    follow_originals: bool = False


def read(spider: str, given: dict[str, Any], folder: str | None = None) -> Arguments:
    """Checks and converts the arguments of a spider; ``folder`` is the user's folder of site files. Raises ArgumentError."""
    unknown = sorted(name for name in set(given) - set(NAMES) if not name.startswith("_"))  # scrapyd gives a _job
    if unknown:
        raise ArgumentError(f"unknown spider argument {unknown[0]!r}; there are: {', '.join(NAMES)}")
    name, url = (str(given.get(key) or "").strip() for key in ("site", "url"))
    if not name and not url:
        raise ArgumentError(f"say what to crawl: scrapy crawl {spider} -a site=NAME, or -a url=https://host/section/")
    if name and url:
        raise ArgumentError("give -a site= or -a url=, not both")
    if url:
        trouble = problem(url)
        if trouble:
            raise ArgumentError(f"-a url={url}: expected an http(s) URL ({trouble})")
    sites = (bare(url),) if url else _sites(spider, name, folder)
    return Arguments(
        sites=sites,
        url=url or _front(sites),
        since=_since(given.get("since")),
        max_pages=_number(given, "max_pages", int),
        max_minutes=_number(given, "max_minutes", float),
        follow_originals=_flag(given.get("follow_originals")),
    )


def _sites(spider: str, text: str, folder: str | None) -> tuple[Site, ...]:
    """One name, several with commas, or ``all``: every site that has a file, but for the built-in demo."""
    try:
        wanted = (
            [name for name in names(folder) if not load(name, folder).replay]
            if text == "all"
            else [part.strip() for part in text.split(",")]
        )
    except SiteError as error:
        raise ArgumentError(str(error), 1) from error
    sites = {site.name: site for site in (_site(spider, name, folder) for name in wanted if name)}
    if not sites:
        raise ArgumentError(f"-a site={text}: no site is named")
    if len(sites) > 1 and any(site.replay for site in sites.values()):
        raise ArgumentError(f"-a site={text}: the demo answers every request itself, so it is crawled alone")
    return tuple(sites.values())


def _site(spider: str, name: str, folder: str | None) -> Site:
    try:
        site = load(name, folder)
        if spider == "syndication" and site.reposts:
            site = load(site.reposts, folder)
    except SiteError as error:
        raise ArgumentError(str(error), 2 if str(error).startswith("unknown site") else 1) from error
    return site


def _front(sites: tuple[Site, ...]) -> str | None:
    """The front page from which a site without starts is discovered; None where there are starts. Raises ArgumentError for one among several."""
    bare_ones = [site for site in sites if not site.starts]
    if not bare_ones:
        return None
    front = f"https://{bare_ones[0].hosts[0]}/"
    if len(sites) > 1:  # a run discovers from one URL
        name = bare_ones[0].name
        raise ArgumentError(
            f"site {name!r} has no starts: among several sites its file needs some under [starts]; -a site={name} alone begins at {front}",
            1,
        )
    return front


def _since(value: Any) -> datetime | None:
    """``7d``, ``12h``, ``2w``, ``30m``, or an ISO date; a date without offset is taken as UTC."""
    if not value:
        return None
    text = str(value).strip()
    span = re.fullmatch(r"(\d+)\s*([mhdw])", text)
    try:
        if span:
            unit = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[span[2]]
            return datetime.now(UTC) - timedelta(**{unit: int(span[1])})
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise ArgumentError(
            f"-a since={value}: expected a span such as 7d or 12h, or a date such as 2026-03-01"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _number(given: dict[str, Any], name: str, kind: type[Any]) -> Any:
    if given.get(name) in (None, ""):
        return None
    try:
        number = kind(given[name])
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"-a {name}={given[name]}: expected a number") from error
    if not 0 < number < 1e9:
        raise ArgumentError(f"-a {name}={given[name]}: expected more than 0")
    return number


def _flag(value: Any) -> bool:
    text = str(value or "false").strip().lower()
    if text not in ("true", "false", "1", "0", "yes", "no"):
        raise ArgumentError(f"-a follow_originals={value}: expected true or false")
    return text in ("true", "1", "yes")
