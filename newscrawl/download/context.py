"""What the download room needs of a run: its time, its address guard, and its archives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from scrapy.exceptions import NotConfigured

if TYPE_CHECKING:
    from datetime import datetime

    from scrapy.crawler import Crawler

    from newscrawl.archive.recorder import Recorder
    from newscrawl.download.guard import AddressGuard


class RunClock(Protocol):
    """Tells the run's time."""

    def __call__(self) -> datetime:
        """Now."""


class FetchContext:
    """The part of a run that download handlers see. The extension that builds the run is a subclass, by which it is found."""

    clock: RunClock
    guard: AddressGuard
    archive: Recorder | None
    """Where what is fetched is kept (``ARCHIVE_DIR``)."""
    replay: Path | None
    """The archive that answers in the network's place (``REPLAY_DIR``, or that of the built-in demo)."""

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """The crawler's run. Raises NotConfigured where it has none, as with a spider that is none of newscrawl's."""
        found = crawler.get_extension(cls)
        if found is None:
            raise NotConfigured("only newscrawl's spiders use this component")
        return found
