"""The one page that a command is given as URL, FILE or ARCHIVE#URL."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import msgspec

from newscrawl.archive import saved
from newscrawl.archive.pages import ArchiveCut, NotAnArchive, read_archive
from newscrawl.commands.numbers import page_bytes
from newscrawl.commands.terminal import CommandError, refuse
from newscrawl.items import RawPage
from newscrawl.rejections import Duplicate, Rejection
from newscrawl.urls import normalise

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from newscrawl.sites.registry import Site

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)
_IN_ARCHIVE = re.compile(r"(?P<file>.+?\.warc(?:\.gz)?)#(?P<url>.+)", re.I | re.S)
_ARCHIVE = re.compile(r".+\.warc(?:\.gz)?", re.I | re.S)
LISTED = 3
"""URLs of an archive that a message names."""


def is_url(place: str) -> bool:
    """Whether the place is asked for over the network."""
    return _URL.match(place) is not None


def load(
    place: str, settings: BaseSettings, *, site: Site | None = None, url: str | None = None
) -> tuple[RawPage, list[str]]:
    """The page, and what a reader has to know of where it came from. ``url`` is where a file's page was fetched.

    Raises :class:`CommandError` with one line where there is no page, also where robots.txt, the address guard or a limit refuses it.
    """
    inside = _IN_ARCHIVE.fullmatch(place)
    if url and (is_url(place) or inside):
        refuse("--url is for a page in a file")
    if is_url(place):
        from newscrawl.addon import installed
        from newscrawl.download.one_page import fetch  # both bring half of Scrapy, which a file does without

        return _page(fetch(place, installed(settings), site), place), ["fetched now"]
    if inside:
        return _archived(inside["file"], inside["url"], page_bytes(settings))
    if _ARCHIVE.fullmatch(place):
        return _archived(place, None, page_bytes(settings))
    if os.path.isdir(place):
        refuse(f"{place} is a folder: name one page, as URL, FILE or ARCHIVE#URL")
    found = next(iter(saved.candidates([place], url, page_bytes(settings))))
    page = _page(found.found, place)
    if page.url is None:
        return msgspec.structs.replace(page, requested_url=None), [
            f"read from {place}; without --url its own canonical URL counts"
        ]
    return page, [f"read from {place}"]


def _page(found: RawPage | Rejection, place: str) -> RawPage:
    if isinstance(found, Rejection):
        raise CommandError(": ".join(part for part in (place, found.name, found.detail) if part))
    return found


def _archived(path: str, url: str | None, limit: int) -> tuple[RawPage, list[str]]:
    """The last page of the URL in an archive; without a URL, the archive's only one."""
    exact: list[RawPage | Rejection] = []
    spelt: list[RawPage | Rejection] = []
    others: list[str] = []
    count = 0
    try:
        with open(path, "rb") as file:
            for found in read_archive(file, limit):
                count += 1
                if isinstance(found, ArchiveCut):
                    others.append(f"({found.detail})")
                elif url is None or found.url == url:
                    _keep(exact, found)
                elif found.url and normalise(found.url) == normalise(url):
                    _keep(spelt, found)
                elif found.url and len(others) < LISTED:
                    others.append(found.url)
    except NotAnArchive as error:
        raise CommandError(f"{path}: {error}") from error
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    matches = exact or spelt
    if not matches:
        raise CommandError(
            f"{path}: no such URL: {url}; it has {count} responses"
            + (f", such as {' '.join(others)}" if others else "")
            if url
            else f"{path}: the archive holds no page"
        )
    if url is None and len({found.url for found in matches}) > 1:
        refuse(f"{path} holds several pages: name one, as {path}#{matches[0].url}")
    return _chosen(path, url, matches)


def _keep(kept: list[RawPage | Rejection], found: RawPage | Rejection) -> None:
    """Keeps all that was found, but the bodies of the last page alone."""
    for at, old in enumerate(kept):
        if isinstance(found, RawPage) and isinstance(old, RawPage) and old.body:
            kept[at] = msgspec.structs.replace(old, body=b"")
    kept.append(found)


def _chosen(path: str, url: str | None, matches: list[RawPage | Rejection]) -> tuple[RawPage, list[str]]:
    pages = [found for found in matches if isinstance(found, RawPage)]
    if not pages:
        return _page(matches[-1], f"{path}#{url or matches[-1].url}"), []
    page = pages[-1]
    notes = [f"read from {path}" + (f", fetched {page.fetched_at}" if page.fetched_at else "")]
    if url is not None and page.url != url:
        notes.append(f"asked for {url}: the archive has it as {page.url}")
    if len(matches) > 1:
        after = matches[-1]
        same = " (a later one says that it had not changed)" if isinstance(after, Duplicate) else ""
        notes.append(f"the archive has {len(matches)} responses for this URL: this is the last that is a page{same}")
    return page, notes
