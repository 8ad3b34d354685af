"""The spiders' arguments (``-a NAME=VALUE``), read once into typed values, and the sites that they name."""

from __future__ import annotations

import re
import types
import typing
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from newscrawl.sites.registry import Site, SiteError, bare, load, names
from newscrawl.urls import problem


class ArgumentError(ValueError):
    """An argument that the user has to mend; the text is one line. ``status`` is the exit status: 2 usage, 1 could not run."""

    def __init__(self, text: str, status: int = 2) -> None:
        super().__init__(text)
        self.status = status


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for. A spider with arguments of its own names a subclass of this struct as its ``Arguments``."""

    site: Annotated[str | None, Meta(description="name of a site file, several with commas, or all")] = None
    url: Annotated[
        str | None, Meta(description="where discovery begins, in place of a site: https://host/section/")
    ] = None
    since: Annotated[datetime | None, Meta(description="oldest publication: a span such as 7d or 12h, or a date")] = (
        None
    )
    max_pages: Annotated[int | None, Meta(description="article pages that are asked for at most")] = None
    max_minutes: Annotated[float | None, Meta(description="minutes that the run takes at most")] = None


Kind = TypeVar("Kind", bound=msgspec.Struct)


def read(kind: type[Kind], given: dict[str, Any]) -> Kind:
    """Checks and converts what was given for a spider whose arguments are ``kind``. Raises ArgumentError."""
    hints = _hints(kind)
    unknown = sorted(name for name in set(given) - set(hints) if not name.startswith("_"))  # scrapyd gives a _job
    if unknown:
        raise ArgumentError(f"unknown spider argument {unknown[0]!r}; there are: {', '.join(hints)}")
    values = {
        name: _converted(name, given[name], hint) for name, hint in hints.items() if given.get(name) not in (None, "")
    }
    try:
        return kind(**values)
    except TypeError as error:  # a field without a default
        raise ArgumentError(f"a spider argument is missing: {error}") from error


def described(kind: type[msgspec.Struct]) -> list[str]:
    """A line for each argument: its name, its type, and what it is for."""
    rows = []
    for name, hint in _hints(kind).items():
        inner = hint.__metadata__ if typing.get_origin(hint) is Annotated else ()
        words = next((meta.description for meta in inner if isinstance(meta, Meta) and meta.description), "")
        rows.append((f"{name}=", _type_name(_bare_type(hint)), words))
    first, second = (max((len(row[at]) for row in rows), default=0) for at in (0, 1))
    return [f"-a {name:<{first}}  {kind_:<{second}}  {words}".rstrip() for name, kind_, words in rows]


def targets(
    spider: str, arguments: Arguments, folder: str | None = None, *, reposts: bool = False
) -> tuple[tuple[Site, ...], str | None]:
    """The sites that are crawled, and the URL from which discovery begins where one is given or a site's file names no starts.

    ``folder`` is the user's folder of site files; ``reposts``: a site whose file names one for its reposts stands for that.
    Raises ArgumentError.
    """
    name, url = (arguments.site or "").strip(), (arguments.url or "").strip()
    if not name and not url:
        raise ArgumentError(f"say what to crawl: scrapy crawl {spider} -a site=NAME, or -a url=https://host/section/")
    if name and url:
        raise ArgumentError("give -a site= or -a url=, not both")
    if url:
        trouble = problem(url)
        if trouble:
            raise ArgumentError(f"-a url={url}: expected an http(s) URL ({trouble})")
        return (bare(url),), url
    sites = _sites(name, folder, reposts)
    return sites, _front(sites)


def _hints(kind: type[msgspec.Struct]) -> dict[str, Any]:
    found = typing.get_type_hints(kind, include_extras=True)
    return {name: found[name] for name in kind.__struct_fields__}


def _bare_type(hint: Any) -> Any:
    """The type of a value that is given: without the description, and without None."""
    if typing.get_origin(hint) is Annotated:
        hint = hint.__origin__
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [one for one in typing.get_args(hint) if one is not type(None)]
        if len(rest) == 1:
            return rest[0]
    return hint


def _type_name(kind: Any) -> str:
    names = {str: "text", int: "number", float: "number", bool: "true or false", datetime: "time"}
    return names.get(kind, getattr(kind, "__name__", str(kind)))


def _converted(name: str, value: Any, hint: Any) -> Any:
    kind = _bare_type(hint)
    if kind is datetime:
        return _moment(name, value)
    if kind in (int, float):
        return _number(name, value, kind)
    if kind is bool:
        return _flag(name, value)
    try:
        return msgspec.convert(str(value).strip() if kind is str else value, hint, strict=False)
    except msgspec.ValidationError as error:
        raise ArgumentError(f"-a {name}={value}: {error}") from error


def _sites(text: str, folder: str | None, reposts: bool) -> tuple[Site, ...]:
    """One name, several with commas, or ``all``: every site that has a file, but for the built-in demo."""
    try:
        wanted = (
            [name for name in names(folder) if not load(name, folder).replay]
            if text == "all"
            else [part.strip() for part in text.split(",")]
        )
    except SiteError as error:
        raise ArgumentError(str(error), 1) from error
    sites = {site.name: site for site in (_site(name, folder, reposts) for name in wanted if name)}
    if not sites:
        raise ArgumentError(f"-a site={text}: no site is named")
    if len(sites) > 1 and any(site.replay for site in sites.values()):
        raise ArgumentError(f"-a site={text}: the demo answers every request itself, so it is crawled alone")
    return tuple(sites.values())


def _site(name: str, folder: str | None, reposts: bool) -> Site:
    try:
        site = load(name, folder)
        if reposts and site.reposts:
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


def _moment(name: str, value: Any) -> datetime:
    """``7d``, ``12h``, ``2w``, ``30m``, or an ISO date; a date without offset is taken as UTC."""
    text = str(value).strip()
    span = re.fullmatch(r"(\d+)\s*([mhdw])", text)
    try:
        if span:
            unit = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[span[2]]
            return datetime.now(UTC) - timedelta(**{unit: int(span[1])})
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise ArgumentError(
            f"-a {name}={value}: expected a span such as 7d or 12h, or a date such as 2026-03-01"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _number(name: str, value: Any, kind: type[Any]) -> Any:
    try:
        number = kind(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"-a {name}={value}: expected a number") from error
    if not 0 < number < 1e9:
        raise ArgumentError(f"-a {name}={value}: expected more than 0")
    return number


def _flag(name: str, value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in ("true", "false", "1", "0", "yes", "no"):
        raise ArgumentError(f"-a {name}={value}: expected true or false")
    return text in ("true", "1", "yes")
