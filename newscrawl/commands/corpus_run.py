"""All cases of a corpus, extracted again on all cores."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from tqdm import tqdm

from newscrawl.commands.batch import Sites, outcomes
from newscrawl.commands.numbers import page_bytes
from newscrawl.commands.terminal import say
from newscrawl.evaluate.corpus import Broken, Case, cases, places, row_of, size
from newscrawl.extraction.pool import ExtractorPool, cores

TROUBLES = frozenset(("extract_timeout", "extract_memory", "extract_crash"))
"""Reasons that say something of the machine or the program, not of the page: no expectation."""


def new_pool(settings: Any, workers: int | None) -> ExtractorPool:
    """Workers with the limits of the settings."""
    return ExtractorPool(
        workers,
        settings.getfloat("EXTRACT_TIMEOUT"),
        settings.getint("EXTRACT_MEGABYTES"),
        page_bytes=page_bytes(settings),
        model=settings.get("MODEL") or "",
    )


def again(
    paths: list[str], settings: Any, workers: int | None, broken: list[Broken]
) -> Iterator[tuple[Case, dict[str, Any]]]:
    """Each case with the row that its page gives now, in order; ``broken`` takes those that cannot be read, which are said at once.

    Raises :class:`newscrawl.output.read_lines.FileError` for a path without cases.
    """
    found = places(paths)
    sites = Sites(settings.get("NEWSCRAWL_SITES"))
    total = size(found)
    bar = tqdm(total=total, unit="page", disable=not sys.stderr.isatty(), file=sys.stderr, dynamic_ncols=True)

    def readable() -> Iterator[Case]:
        for case in cases(found, page_bytes(settings)):
            if isinstance(case, Case):
                yield case
                continue
            broken.append(case)
            say(case.why)
            bar.update()

    with bar, new_pool(settings, workers or min(cores(), total)) as pool:
        for case, outcome in outcomes(readable(), pool, sites):
            bar.update()
            yield case, row_of(outcome)
