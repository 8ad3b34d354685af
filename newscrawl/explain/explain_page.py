"""The explanation of a page as one self-contained HTML page: the article beside the page's blocks, with reasons, fields and counts.

All that comes from the page is escaped text; the page's policy (CSP) forbids scripts, pictures and every request; there are no links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from importlib import resources

from newscrawl.explain.explanation import MAX_SHOWN, BlockRow, Explanation, FieldRow, Gap, shown

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_KINDS = {
    "body": "text of the article",
    "outside": "nothing recognised it; it stands outside of the article's text",
    "title": "the headline, which is a field",
    "byline": "names, date and outlet, which are fields",
    "credit": "says of the article's origin or makers, which are fields",
    "recommended": "other articles",
    "hidden": "the page does not show it",
    "layout": "the site file drops it",
    "caption": "of a picture",
    "duplicate": "stands on the page twice",
}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def render(told: Explanation) -> str:
    """The HTML page."""
    title = told.article.title if told.article is not None and told.article.title else told.url
    style = resources.files("newscrawl.explain").joinpath("data/explain.css").read_text("utf-8")
    return "".join(
        (
            f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n',
            '<meta name="robots" content="noindex">\n<meta name="color-scheme" content="light dark">\n',
            f"<title>explain: {_text(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n",
            *_head(told),
            *_numbers(told),
            *_fields(told),
            "<main>\n",
            *_article(told),
            *_blocks(told),
            "</main>\n</body>\n</html>\n",
        )
    )


def _text(text: object) -> str:
    """Text of a page, as text of this one."""
    return escape(_UNPRINTABLE.sub("\ufffd", str(text)))


def _head(told: Explanation) -> Iterator[str]:
    yield "<header>\n"
    if told.reason:
        yield f'<p class="verdict no"><b>No article: {_text(told.reason)}</b> {_text(told.detail)}<br>{_text(told.meaning)}</p>\n'
    elif told.article is not None:
        access = f", {told.article.access}" if told.article.access else ""
        yield f'<p class="verdict yes"><b>{_text(told.article.kind.capitalize())}</b>{_text(access)}: {told.size}</p>\n'
    yield f'<p class="url" dir="ltr">{_text(told.url)}</p>\n'
    yield "".join(f'<p class="note">{_text(note)}</p>\n' for note in told.notes)
    versions = ", ".join(f"{name} {version}" for name, version in told.extractor.items())
    yield f'<p class="note">Extractor: {_text(versions)}</p>\n</header>\n'


def _numbers(told: Explanation) -> Iterator[str]:
    if not told.blocks:
        return
    kept = sum(row.kept for row in told.blocks)
    yield f'<section class="legend">\n<h2>{len(told.blocks):,} blocks: {kept:,} kept, {len(told.blocks) - kept:,} dropped</h2>\n<ul>\n'
    for reason, blocks, chars in told.reasons():
        mark, word = ("✓ kept", "keep") if reason == "body" else ("✗ dropped", "drop")
        meaning = f" — {_KINDS[reason]}" if reason in _KINDS else ""
        yield f'<li class="{word}"><b>{mark}: {_text(reason)}</b> {blocks:,} block{"s" * (blocks != 1)}, {chars:,} characters{meaning}</li>\n'
    if read := sum(bool(row.fields) for row in told.blocks):
        yield f'<li class="field"><b>→ field</b> {read:,} of the dropped: a field was read from it, though it is no part of the text</li>\n'
    yield "</ul>\n"
    if told.reason and told.numbers:
        told_numbers = ", ".join(f"{number:,} {words}" for words, number in told.numbers.items())
        yield f"<p>What the verdict looked at: {_text(told_numbers)}.</p>\n"
    yield "</section>\n"


def _fields(told: Explanation) -> Iterator[str]:
    rows = [row for row in told.fields if row.value or row.others]
    if not rows:
        return
    yield '<section class="fields">\n<h2>Fields</h2>\n<dl>\n'
    yield from map(_field, rows)
    empty = ", ".join(row.name for row in told.fields if row not in rows)
    yield f"</dl>\n{f'<p>Nothing found for: {_text(empty)}.</p>' if empty else ''}\n</section>\n"


def _field(row: FieldRow) -> str:
    place = f' <span class="place">{_text(row.place)}</span>' if row.place else ""
    raw = f'<div class="raw">as it stood: <bdi>{_text(row.raw)}</bdi></div>' if row.raw and row.raw != row.value else ""
    others = "".join(
        f'<li class="{other.verdict}"><b>{"=" if other.verdict == "agrees" else "✗"} {other.verdict}</b> <bdi>{_text(other.value)}</bdi> '
        f'<span class="place">{_text(other.place)}</span>{f" {_text(other.why)}" if other.why else ""}</li>'
        for other in row.others
    )
    return f"<dt>{_text(row.name)}</dt><dd><bdi>{_text(row.value or '—')}</bdi>{place}{raw}{f'<ul>{others}</ul>' if others else ''}</dd>\n"


def _article(told: Explanation) -> Iterator[str]:
    yield '<article>\n<h2 class="column">The article as it came out</h2>\n'
    record = told.article
    if record is None:
        yield '<p class="note">The page could not be read.</p>\n'
    else:
        if told.reason:
            yield '<p class="note">Nothing of this was written: the page was rejected.</p>\n'
        yield f'<h1 dir="auto">{_text(record.title or "(no title)")}</h1>\n'
        byline = " · ".join(part for part in (", ".join(record.authors), record.source, record.published) if part)
        yield f'<p class="byline" dir="auto">{_text(byline)}</p>\n' if byline else ""
        language = f' lang="{_text(record.language)}"' if record.language else ""
        yield (
            f"<div{language}>\n"
            + "".join(f'<p dir="auto">{_text(text)}</p>\n' for text in told.paragraphs[:MAX_SHOWN])
            + "</div>\n"
        )
        left = len(told.paragraphs) - MAX_SHOWN
        yield f'<p class="gap">… {left:,} more paragraphs are not shown</p>\n' if left > 0 else ""
    yield "</article>\n"


def _blocks(told: Explanation) -> Iterator[str]:
    yield '<section class="blocks">\n<h2 class="column">The page’s blocks, in order</h2>\n'
    if len(told.blocks) > MAX_SHOWN:
        yield f'<p class="note">Of {len(told.blocks):,} blocks the {MAX_SHOWN:,} nearest to the article are shown.</p>\n'
    before = ""
    yield "<ol>\n"
    for row in shown(told.blocks):
        if isinstance(row, Gap):
            yield f'<li class="gap">… blocks {row.first:,} to {row.last:,}: {_text(row.reasons)}</li>\n'
            before = ""
            continue
        now = f"{row.reason}: {row.evidence}"
        yield _block(row, repeated=now == before)
        before = now
    yield "</ol>\n"
    if told.cut:
        yield (
            '<p class="note">Cut from the ends of paragraphs that stay: '
            + "; ".join(f"<q>{_text(line)}</q>" for line in told.cut)
            + "</p>\n"
        )
    yield "</section>\n"


def _block(row: BlockRow, *, repeated: bool) -> str:
    word, mark = (
        ("keep", "✓ kept")
        if row.kept
        else ("field", f"→ {_text(', '.join(row.fields))}; dropped:")
        if row.fields
        else ("drop", "✗ dropped:")
    )
    reason = "" if row.kept else f" {_text(row.reason)}"
    links = f", {row.link_share:.0%} links" if row.link_share >= 0.005 else ""
    why = "as above" if repeated else row.evidence
    path = f"<details><summary>where</summary><code>{_text(row.path)}</code></details>" if row.path else ""
    return (
        f'<li class="{word}"><div class="mark">{row.index} {mark}{reason}{links}</div><p dir="auto">{_text(row.text)}</p>'
        f'<div class="why">{_text(why)}{path}</div></li>\n'
    )
