"""Settings that are numbers, checked before a command starts anything."""
from __future__ import annotations

from typing import Any

NUMBERS = ("DOWNLOAD_DELAY", "DOWNLOAD_MAXSIZE", "DOWNLOAD_TIMEOUT", "EXTRACT_MEGABYTES", "EXTRACT_TIMEOUT", "SECTION_PAGES")


def trouble(settings: Any) -> str | None:
    """What is wrong with the first setting that should be a number and is none, in one line; None when all are."""
    for name in NUMBERS:
        try:
            usable = 0 <= float(settings[name]) < 1e12
        except (TypeError, ValueError):
            usable = False
        if not usable:
            return f"-s {name}={settings[name]}: expected a number of at least 0"
    return None
