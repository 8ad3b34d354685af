"""Pages in many structures: the text and the fields that must come out of each, one test a field.

``fixtures/structures/`` holds two invented articles (a portal's and a machine-translated repost of it) in the structures that portals,
blogs, forums, applications and saved texts use, each beside its expectations. ``fixtures/demo/`` is the demo's archive: here its pages
one by one, without the crawl.
"""

from __future__ import annotations

import functools
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import newscrawl
from newscrawl.items import Article, RawPage
from newscrawl.rejections import Rejection
from newscrawl.sites import registry

FIXTURES = Path(__file__).parents[1] / "fixtures"
FIELDS = (
    "title",
    "authors",
    "editors",
    "source",
    "section",
    "tags",
    "published",
    "modified",
    "language",
    "kind",
    "access",
    "canonical_url",
)
SITES = {"portal": "demo", "syndication": "demo-reposts"}


@dataclass(frozen=True)
class Case:
    """A page and what must come of it: ``wanted`` has the record's fields, ``paragraphs`` and ``must_not``."""

    name: str
    wanted: dict[str, Any]
    page: RawPage
    site: str | None = None

    @functools.cached_property
    def found(self) -> Article | Rejection:
        site = registry.load(self.site) if self.site else None
        return newscrawl.extract(self.page, site=site)

    @property
    def record(self) -> dict[str, Any]:
        assert isinstance(self.found, Article), self.found
        return self.found.to_dict()


def structures() -> list[Case]:
    """One case a file. The pages have no site file, as a stranger has none."""
    found = []
    for path in sorted((FIXTURES / "structures").glob("*.json")):
        wanted = json.loads(path.read_text(encoding="utf-8"))
        text, html = path.with_suffix(".txt"), path.with_suffix(".html")
        body = (text if text.exists() else html).read_bytes()
        found.append(Case(path.stem, wanted, RawPage(body=body, url=wanted["url"], plain_text=text.exists())))
    return found


def demo() -> list[Case]:
    """The demo's pages with an outcome of their own: what robots, redirects, twins and status decide is the crawl's matter."""
    folder = FIXTURES / "demo"
    index = tomllib.loads((folder / "index.toml").read_text(encoding="utf-8"))
    answers = {answer["url"]: answer for answer in index["response"]}
    found = []
    for line in (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines():
        wanted = json.loads(line)
        answer = answers.get(wanted["url"], {})
        if answer.get("status") != 200 or "of" in wanted:
            continue
        body = (folder / answer["file"]).read_text(encoding="utf-8").encode(answer.get("encode", "utf-8"))
        page = RawPage(
            body=body,
            url=wanted["url"],
            headers={"content-type": answer["type"]},
            fetched_at=index["fetched_at"].isoformat(),
        )
        found.append(Case(f"demo_{Path(answer['file']).stem}", wanted, page, SITES[wanted["spider"]]))
    return found


CASES = [*structures(), *demo()]
RECORDS = [pytest.param(case, id=case.name) for case in CASES if "paragraphs" in case.wanted]
REJECTIONS = [pytest.param(case, id=case.name) for case in CASES if "reason" in case.wanted]
VALUES = [
    pytest.param(case, field, id=f"{case.name}-{field}") for case in CASES for field in FIELDS if field in case.wanted
]
CREDITS = [pytest.param(case, id=case.name) for case in CASES if "syndication" in case.wanted]


@pytest.mark.parametrize("case", RECORDS)
def test_text(case: Case) -> None:
    assert case.record["text"].split("\n\n") == case.wanted["paragraphs"]


@pytest.mark.parametrize("case", RECORDS)
def test_nothing_foreign(case: Case) -> None:
    text = case.record["text"]
    assert [line for line in case.wanted["must_not"] if line in text] == []


@pytest.mark.parametrize(("case", "field"), VALUES)
def test_field(case: Case, field: str) -> None:
    assert case.record[field] == case.wanted[field]


@pytest.mark.parametrize("case", CREDITS)
def test_syndication(case: Case) -> None:
    wanted = case.wanted["syndication"]
    found = case.record["syndication"] or {}
    assert {key: found.get(key) for key in wanted} == wanted


@pytest.mark.parametrize("case", REJECTIONS)
def test_rejection(case: Case) -> None:
    assert isinstance(case.found, Rejection), case.found
    assert case.found.name == case.wanted["reason"]
