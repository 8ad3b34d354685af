"""One article in many page structures: the same text and fields must come out of each.

``fixtures/structures/`` holds two invented articles (a portal's and a machine-translated repost of it) in the structures that
portals, blogs, forums, applications and saved texts use, each beside the fields that must come out. The two pages that the project
starts from are tested the same way where ``../shared/seeds`` is at hand.
"""
from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest

import newscrawl
from newscrawl.items import Article, fields_of

STRUCTURES = Path(__file__).parents[1] / "fixtures" / "structures"
SEEDS = Path(__file__).parents[1].parent / "shared" / "seeds" / "pages"
SEED_TEXTS = {"000_96d157e4e4bc6efd.txt": "portal_ssr.json", "003_feae0fc538fe458d.txt": "repost_blog.json"}
FIELDS = ("title", "section", "published", "source", "language", "editors")


def pages(folder: Path) -> list[Path]:
    """The expectations of a folder, each beside its page."""
    return sorted(folder.glob("*.json"))


CASES = [
    *(pytest.param(path, id=path.stem) for path in pages(STRUCTURES)),
    *(pytest.param(path, id=f"seed_{path.stem}") for path in pages(SEEDS)),
]


@functools.cache
def expected(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@functools.cache
def record(path: Path) -> dict[str, Any]:
    text, page = path.with_suffix(".txt"), path.with_suffix(".html")
    if text.exists():
        found = newscrawl.extract_text(text.read_bytes().decode("utf-8"))
    else:
        found = newscrawl.extract(page.read_bytes(), url=expected(path)["url"])
    assert isinstance(found, Article), found
    return fields_of(found)


def test_the_structures_are_there() -> None:
    assert len(pages(STRUCTURES)) > 50


@pytest.mark.skipif(not SEEDS.is_dir(), reason="../shared/seeds is not here")
@pytest.mark.parametrize(("text", "page"), SEED_TEXTS.items())
def test_seed_text(text: str, page: str) -> None:
    """The pages' own saved texts give what their HTML gives; the repost's has no headline, so the credited one is its title."""
    found = newscrawl.extract_text((SEEDS.parent / text).read_bytes().decode("utf-8"))
    assert isinstance(found, Article), found
    fields, wanted = fields_of(found), expected(SEEDS / page)
    assert fields["text"].split("\n\n") == wanted["paragraphs"]
    keys = [key for key in FIELDS if key in wanted]
    title = wanted.get("syndication", {}).get("original_title", wanted["title"])
    assert {key: fields[key] for key in keys} == {**{key: wanted[key] for key in keys}, "title": title}
    assert {key: (fields["syndication"] or {}).get(key) for key in wanted.get("syndication", ())} == wanted.get("syndication", {})


@pytest.mark.parametrize("path", CASES)
def test_text(path: Path) -> None:
    assert record(path)["text"].split("\n\n") == expected(path)["paragraphs"]


@pytest.mark.parametrize("path", CASES)
def test_nothing_foreign(path: Path) -> None:
    text = record(path)["text"]
    assert [line for line in expected(path)["must_not"] if line in text] == []


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("path", CASES)
def test_field(path: Path, field: str) -> None:
    if field not in expected(path):
        pytest.skip(f"the page has no {field}")
    assert record(path)[field] == expected(path)[field]


@pytest.mark.parametrize("path", [case for case in CASES if "syndication" in expected(case.values[0])])
def test_syndication(path: Path) -> None:
    wanted = expected(path)["syndication"]
    found = record(path)["syndication"] or {}
    assert {key: found.get(key) for key in wanted} == wanted
