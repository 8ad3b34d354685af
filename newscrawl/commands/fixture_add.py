"""``scrapy fixture add``: freezes a page, or an archive's pages, with what comes out of it today."""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from newscrawl.archive import saved
from newscrawl.commands.batch import Sites, outcomes
from newscrawl.commands.corpus_run import TROUBLES, new_pool
from newscrawl.commands.fixture_check import parse_fields
from newscrawl.commands.named_page import is_url, load
from newscrawl.commands.numbers import page_bytes
from newscrawl.commands.terminal import CommandError, confirm, refuse, show
from newscrawl.evaluate.corpus import ARCHIVES, row_of
from newscrawl.evaluate.differences import REASON, chosen, described
from newscrawl.evaluate.fixture_case import LINES, folded, replace, write_case
from newscrawl.items import RawPage
from newscrawl.output.read_lines import FileError
from newscrawl.urls import host, registrable


def add(args: list[str], opts: argparse.Namespace, settings: Any) -> int:
    """Freezes the page that the argument names; the exit status. Raises :class:`CommandError`, FileError or OSError."""
    if len(args) != 1:
        refuse("fixture add takes one URL, FILE or ARCHIVE#URL")
    names = parse_fields(opts.fields)
    archive, _, url = args[0].partition("#")
    if not url and archive.lower().endswith(ARCHIVES) and not is_url(archive):
        return _add_archive(archive, names, opts, settings)
    page, notes = load(args[0], settings, url=opts.url)
    row = extracted(page, settings)
    if row.get(REASON) in TROUBLES:
        raise CommandError(f"{args[0]}: {described(row)}")
    expected = chosen(row, names)
    folder = _folder(page, row, opts, settings)
    if folder.exists():
        raise CommandError(f"{folder}: there is one already; fixture accept takes over changes, --name makes another")
    _show(expected, row, notes)
    if confirm(f"freeze it as {folder}?", opts.yes) != "y":
        show("nothing was written")
        return 1
    write_case(folder, page, expected)
    show(f"{folder}: {described(expected)}, {len(expected)} field{'s' * (len(expected) != 1)}")
    return 0


def extracted(page: RawPage, settings: Any) -> dict[str, Any]:
    """A page's row, extracted in a worker with its limits."""
    with new_pool(settings, 1) as pool:
        return row_of(pool.submit(page, Sites(settings.get("NEWSCRAWL_SITES")).of(page.url)).result())


def _folder(page: RawPage, row: dict[str, Any], opts: argparse.Namespace, settings: Any) -> Path:
    url = page.url or row.get("url") or ""
    known = Sites(settings.get("NEWSCRAWL_SITES")).of(url)
    site = opts.site or (known.name if known else registrable(host(url))) or "saved"
    name = opts.name or slug(url) or "page"
    for option, value in (("--site", site), ("--name", name)):
        if not re.fullmatch(r"[\w][\w.-]*", value):
            refuse(f"{option} {value}: expected a folder's name of letters, digits, - and .")
    return Path(opts.dir) / site / name


def slug(url: str) -> str:
    """A case's name after its URL: the last step of the path that says something."""
    try:
        path = urlsplit(url).path
    except ValueError:  # a host that is none
        return ""
    steps = [re.sub(r"\W+", "-", unquote(re.sub(r"\.\w{1,6}$", "", step))).strip("-") for step in path.split("/")]
    return next(
        (
            step[:60].strip("-")
            for step in reversed(steps)
            if len(step) > 1 and step.lower() not in ("index", "default")
        ),
        "",
    )


def _show(expected: dict[str, Any], row: dict[str, Any], notes: list[str]) -> None:
    show(f"{row.get('url') or 'a page without URL'}: {described(row)}")
    for note in notes:
        show(f"  ({note})")
    for name, value in expected.items():
        if name == "text" and isinstance(value, str):
            show("  text:")
            for paragraph in value.split("\n\n"):
                show(f"    {paragraph}")
        else:
            show(f"  {name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")


def _add_archive(archive: str, names: tuple[str, ...] | None, opts: argparse.Namespace, settings: Any) -> int:
    """Expectations for all pages of an archive, beside it."""
    stem = next(archive[: -len(ending)] for ending in ARCHIVES if archive.lower().endswith(ending))
    lines = Path(f"{stem}{LINES}")
    if lines.exists():
        raise CommandError(f"{lines}: there is one already; fixture accept takes over changes")
    kept: list[str] = []
    tally: Counter[str] = Counter()
    with new_pool(settings, opts.workers) as pool:
        found = saved.candidates([archive], None, page_bytes(settings))
        for candidate, outcome in outcomes(found, pool, Sites(settings.get("NEWSCRAWL_SITES"))):
            row = row_of(outcome)
            if candidate.own:
                raise FileError(f"{archive}: {row['detail']}")
            if row.get(REASON) in TROUBLES or not candidate.found.url:  # which a check could not find again
                tally[f"left out ({row.get(REASON, 'no URL')})"] += 1
                continue
            tally[row.get(REASON) or "article"] += 1
            kept.append(
                json.dumps({"url": candidate.found.url, "expected": folded(chosen(row, names))}, ensure_ascii=False)
            )
    show(f"{archive}: {', '.join(f'{count} {name}' for name, count in tally.most_common())}")
    if confirm(f"write {lines}?", opts.yes) != "y":
        show("nothing was written")
        return 1
    replace(lines, ("\n".join(kept) + "\n").encode("utf-8", "backslashreplace"))
    show(f"{lines}: {len(kept)} pages")
    return 0
