"""The dates of pages that people reported of other tools, rebuilt in ``../shared/cases``: only where that folder lies beside the project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import newscrawl
from newscrawl.items import RawPage

CASES = Path(__file__).parents[2] / "shared" / "cases"
FOLDERS = ("08", "09", "14", "18", "24", "26", "40", "43")
FIELDS = ("published", "modified")


def _of(table: dict[str, Any], name: str) -> dict[str, Any]:
    """What a file of a case is given: the entry for all, and over it its own."""
    if not any(key == "*" or key.endswith((".html", ".htm")) for key in table):
        return table
    return {**table.get("*", {}), **table.get(name, {})}


def _pages() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in CASES.glob(f"{folder}-*/*.html"))


@pytest.mark.skipif(not CASES.is_dir(), reason="the folder ../shared/cases with the rebuilt pages is not there")
@pytest.mark.parametrize("path", _pages(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_dates_of_a_reported_page(path: Path) -> None:
    expected = _of(json.loads((path.parent / "expected.json").read_text(encoding="utf-8")), path.name)
    meta_file = path.parent / "meta.json"
    meta = _of(json.loads(meta_file.read_text(encoding="utf-8")), path.name) if meta_file.exists() else {}
    wanted = {field: expected[field] for field in FIELDS if field in expected}
    if not wanted:
        pytest.skip("the case says nothing of dates")
    found = newscrawl.extract(
        RawPage(
            body=path.read_bytes(),
            url=meta.get("url"),
            headers=meta.get("headers", {"content-type": "text/html"}),
            fetched_at=meta.get("fetched_at", "2026-03-20T12:00:00+00:00"),
        )
    )
    assert {field: getattr(found, field, None) for field in wanted} == wanted
