"""What ``scrapy explain`` says of one page: the extraction with its trace, as plain values that travel out of a worker process."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from newscrawl.explain import evidence
from newscrawl.explain.explanation import MAX_TEXT, BlockRow, Explanation, FieldRow, Other
from newscrawl.extraction import pipeline
from newscrawl.extraction.document import Found
from newscrawl.extraction.pipeline import Examination
from newscrawl.extraction.trace import Candidate
from newscrawl.items import Article, RawPage
from newscrawl.rejections import NotAnArticle, Rejection
from newscrawl.sites.registry import Site

MAX_VALUE = 600
MAX_OTHERS = 12
_FIELDS = (
    "title",
    "description",
    "authors",
    "editors",
    "source",
    "published",
    "modified",
    "section",
    "tags",
    "language",
    "access",
    "kind",
    "site_name",
    "canonical_url",
)
_NUMBERS = {
    "size": "letters of text",
    "link_size": "letters in links",
    "blocks": "blocks",
    "body_blocks": "blocks in the body",
    "body_size": "letters in the body",
    "body_sentences": "blocks with a sentence",
    "longest_run": "letters in the longest run of text",
    "teasers": "teasers",
    "body_headlines": "linked headlines in the body",
    "videos": "videos",
    "pictures": "pictures",
    "passwords": "password fields",
}


def explained(page: RawPage, site: Site | None = None) -> Explanation:
    """The page's outcome and why. Of the same type whether it is an article or not."""
    begin = time.monotonic()
    examination = pipeline.examine(page, site)
    seconds = time.monotonic() - begin
    outcome, draft = examination.outcome, examination.draft
    told = Explanation(
        url=page.url or outcome.url or "",
        article=examination.article,
        extractor=pipeline.extractor_versions(),
        seconds=seconds,
    )
    if isinstance(outcome, Rejection):
        told.reason, told.detail = outcome.name, outcome.detail or ""
        told.meaning = outcome.meaning()
        if isinstance(outcome, NotAnArticle) and outcome.shell:
            told.notes.append("an empty shell: a crawl shows such a page in the browser, this command does not")
    if draft is None or examination.article is None:
        return told
    for block, why in zip(draft.doc.blocks, evidence.explain(draft, examination.found), strict=True):
        text = block.text if len(block.text) <= MAX_TEXT else f"{block.text[:MAX_TEXT]}… ({len(block.text)} characters)"
        told.blocks.append(
            BlockRow(
                len(told.blocks) + 1,
                text,
                why.kept,
                why.reason,
                why.evidence,
                min(1.0, block.link_share),
                evidence.path(block),
                why.fields,
            )
        )
    told.fields = list(_fields(examination, examination.article))
    if draft.cut:
        told.cut = [
            credit.line
            for credit in draft.credits
            if any(paragraph_end(credit.line, row.text) for row in told.blocks if row.kept)
        ]
    told.numbers = {
        words: int(getattr(examination.signs, name))
        for name, words in _NUMBERS.items()
        if getattr(examination.signs, name)
    }
    return told


def paragraph_end(line: str, text: str) -> bool:
    """Whether a credit was the end of a block that stays."""
    return text != line and text.rstrip().endswith(line.strip())


def _fields(examination: Examination, article: Article) -> Iterable[FieldRow]:
    for name in _FIELDS:
        if name == "kind" and isinstance(examination.outcome, Rejection):
            continue  # the verdict gives none
        found = examination.found.get(name, Found())
        value = getattr(article, name)
        origin = article.origin.get(name) or found.origin
        if value and not found.value:
            origin = "verdict" if name == "kind" else "credit line"
        candidates = examination.trace.fields.get(name, [])
        taken = next((other for other in candidates if _is_taken(other, found)), None)
        others = tuple(_others(name, found, taken, candidates))
        raw = found.raw if isinstance(found.raw, str) and found.raw != found.value else ""
        yield FieldRow(
            name,
            _shown(value),
            _place(origin, found.where or (taken.where if taken else "")) if value else "",
            _shown(raw),
            others[:MAX_OTHERS],
        )
    syndication = article.syndication
    if syndication is not None:
        for name in ("source", "original_title", "original_url", "platform", "machine_translated"):
            if value := getattr(syndication, name):
                yield FieldRow(f"syndication.{name}", "yes" if value is True else _shown(value))
        for line in syndication.credits:
            yield FieldRow("syndication.credits", _shown(line))


def _others(name: str, found: Found, taken: Candidate | None, candidates: list[Candidate]) -> Iterable[Other]:
    """The candidates beside the one taken, each place and value once."""
    seen: set[tuple[str, str, str]] = set()
    for other in candidates:
        value = _shown(other.value if other.value else other.raw)
        place = _place(other.origin, other.where)
        if other is taken or not value or (value, place, other.why) in seen:
            continue
        seen.add((value, place, other.why))
        if not other.why and _same(name, other.value, found.value):
            yield Other(value, place, "agrees")
        else:
            yield Other(value, place, "lost", other.why or _why_lost(name, other, found))


def _is_taken(other: Candidate, found: Found) -> bool:
    return (
        not other.why
        and other.origin == found.origin
        and (other.value == found.value or bool(other.raw and other.raw == found.raw))
    )


def _same(name: str, one: Any, other: Any) -> bool:
    """Whether two candidates say the same; a date also where one is only the other's day or lacks its offset."""
    if name in ("published", "modified") and one and other:
        short, long = sorted((str(one), str(other)), key=len)
        return long.startswith(short)
    return bool(one == other)


def _why_lost(name: str, other: Candidate, found: Found) -> str:
    if found.origin == "layout":
        return "the site file's selector comes first"
    if not found.value:
        return "dropped: it contradicts the rest of the page"
    if name == "title":
        return "another headline has more behind it"
    return "stands later in the order of evidence"


def _place(origin: str, where: str) -> str:
    return ", ".join(part for part in (origin, where) if part)


def _shown(value: Any) -> str:
    if value is None or value is False:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"
