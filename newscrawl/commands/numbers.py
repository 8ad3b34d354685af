"""Settings that are numbers, checked before a command starts anything."""

from __future__ import annotations

import argparse
from typing import Any

from scrapy.exceptions import UsageError

from newscrawl.archive.pages import PAGE_BYTES

WORKER_MEGABYTES = 400
"""Least address space of a worker: its libraries take 300 before it has read a page."""
NUMBERS = (
    "ARCHIVE_BYTES",
    "BROWSER_MEGABYTES",
    "BROWSER_PAGES",
    "BROWSER_RESTART",
    "BROWSER_SECONDS",
    "CRAWL_DELAY_MAX",
    "DOWNLOAD_DELAY",
    "DOWNLOAD_MAXSIZE",
    "DOWNLOAD_TIMEOUT",
    "EXTRACT_MEGABYTES",
    "EXTRACT_TIMEOUT",
    "HEALTH_MIN_RUNS",
    "SECTION_PAGES",
)
SHARES = ("MIN_CONFIDENCE",)


def trouble(settings: Any) -> str | None:
    """What is wrong with the first setting that should be a number and is none, in one line; None when all are."""
    for name in NUMBERS:
        least, why = (
            (WORKER_MEGABYTES, ", a worker needs that before a page")
            if name == "EXTRACT_MEGABYTES"
            else (int(name.startswith("BROWSER_")), "")
        )
        if not _between(settings[name], least, 1e12):
            return f"-s {name}={settings[name]}: expected a number of at least {least}{why}"
    for name in SHARES:
        if not _between(settings[name], 0, 1):
            return f"-s {name}={settings[name]}: expected a number from 0 to 1"
    return model_trouble(settings.get("MODEL") or "")


def add_model(parser: argparse.ArgumentParser) -> None:
    """The option that names a block model."""
    parser.add_argument(
        "--model", metavar="FILE", help="a block model that learn wrote (default: -s MODEL, or the package's own)"
    )


def model_path(settings: Any, opts: argparse.Namespace) -> str:
    """The block model that a command is to use; empty for the package's own. Raises UsageError for one that cannot be used."""
    path = str(opts.model or settings.get("MODEL") or "")
    if wrong := model_trouble(path):
        raise UsageError(wrong, print_help=False)
    return path


def model_trouble(path: str) -> str | None:
    """Why a block model cannot be used, in one line; None where it can, or none is named."""
    if not path:
        return None
    from newscrawl.extraction.body import block_model  # most commands leave the extractor to their workers

    try:
        block_model.read(path)
    except block_model.ModelError as error:
        return str(error)
    return None


def _between(value: Any, least: float, most: float) -> bool:
    """Whether a setting is a number of that range; the command line gives it as text."""
    try:
        return least <= float(value) <= most
    except (TypeError, ValueError):
        return False


def page_bytes(settings: Any) -> int:
    """Scrapy's limit for a body, where the project or the user has set it; its own default is no limit for a page."""
    chosen = settings.getpriority("DOWNLOAD_MAXSIZE") or 0
    limit = settings.getint("DOWNLOAD_MAXSIZE") if chosen else 0
    return limit or PAGE_BYTES


def positive(text: str) -> int:
    """An option's number. Raises argparse's error for one below 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected 1 or more")
    return number
