"""An article as a document that people read: Markdown, plain text, HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from newscrawl.items import Article
from newscrawl.output.jsonl import encode_article

_NAMED = (
    "title",
    "url",
    "site",
    "site_name",
    "authors",
    "source",
    "published",
    "modified",
    "section",
    "tags",
    "language",
    "kind",
    "confidence",
)
"""Fields of a Markdown document's front matter, in order."""

# What Markdown would take for its own marks, in a line and at its beginning (CommonMark, and GitHub's strikethrough).
_MARKS = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|`|(?<!\s)\*|\*(?!\s)|(?<!\w)_|_(?!\w)|\[(?=[^\]]{0,300}\][(:\[])|<(?=[A-Za-z/!?])|&(?=#?\w{1,32};)|~(?=~)"
)
_BEGINNING = re.compile(r"( *)(?:(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|=+\s*$|-{2,}\s*$|~~~)|(\d{1,9})([.)])(?=\s|$))")

_STYLE = (
    "body{max-width:40rem;margin:2rem auto;padding:0 1rem;font:1.1rem/1.6 Georgia,serif;color:#222}"
    "h1{line-height:1.2}header p,figcaption{color:#666;font-size:.9rem}article+article{border-top:1px solid #ccc;margin-top:3rem}"
)


@dataclass(frozen=True)
class Form:
    """How articles are written one after the other: ``head`` before the first, ``between`` two, ``tail`` after the last."""

    article: Callable[[Article], str]
    head: Callable[[Article], str] = lambda _: ""
    between: str = ""
    tail: str = ""


def markdown(article: Article) -> str:
    """Front matter (YAML, its values in JSON's spelling), the headline, the text."""
    record = article.to_dict()
    fields = [
        f"{name}: {json.dumps(record[name], ensure_ascii=False)}\n"
        for name in _NAMED
        if record[name] not in (None, "", [])
    ]
    heading = f"# {_marked(article.title)}\n\n" if article.title else ""
    paragraphs = "\n\n".join("\\\n".join(map(_line, part.split("\n"))) for part in article.text.split("\n\n"))
    return f"---\n{''.join(fields)}---\n\n{heading}{paragraphs}\n"


def text(article: Article) -> str:
    """Headline, who and when, address, text."""
    lines = [article.title, _signed(article), article.url]
    return "\n".join(line for line in lines if line) + f"\n\n{article.text}\n"


def html(article: Article) -> str:
    """One ``<article>``, which loads nothing: pictures are links."""
    title = f"<h1>{escape(article.title)}</h1>\n" if article.title else ""
    signed = _signed(article)
    paragraphs = "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>\n" for part in article.text.split("\n\n"))
    return (
        f"<article{_language(article)}>\n<header>\n{title}{f'<p>{escape(signed)}</p>{chr(10)}' if signed else ''}"
        f"<p>{_link(article.url)}</p>\n</header>\n{paragraphs}{_pictures(article)}</article>\n"
    )


def _page_head(first: Article) -> str:
    return (
        f'<!DOCTYPE html>\n<html{_language(first)}>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(first.title or first.url)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    )


def _pictures(article: Article) -> str:
    rows = []
    for image in article.images:
        words = " ".join(part for part in (image.caption, image.credit) if part)
        rows.append(
            f"<figure>{_link(image.url)}{f'<figcaption>{escape(words)}</figcaption>' if words else ''}</figure>\n"
        )
    return "".join(rows)


def _link(url: str) -> str:
    """A link, where following it is harmless; else the address alone."""
    shown = escape(url)
    return f'<a href="{shown}" rel="noreferrer">{shown}</a>' if re.match("https?://", url, re.I) else shown


def _language(article: Article) -> str:
    return f' lang="{escape(article.language)}"' if article.language else ""


def _signed(article: Article) -> str:
    parts = (", ".join(article.authors), article.source or article.site_name, article.published)
    return " · ".join(part for part in parts if part)


def _line(line: str) -> str:
    """A line of text that Markdown shows as it is."""
    found = _BEGINNING.match(line)
    if found is None:
        return _marked(line)
    spaces, mark, number, point = found.groups()
    rest = line[found.end() :]
    return f"\\{mark}{_marked(rest)}" if mark else f"{number}\\{point}{_marked(rest)}"


def _marked(line: str) -> str:
    return _MARKS.sub(lambda found: f"\\{found[0]}", line)


FORMS: dict[str, Form] = {
    "jsonl": Form(lambda article: encode_article(article).decode()),
    "markdown": Form(markdown, between="\n"),
    "text": Form(text, between="\n* * *\n\n"),
    "html": Form(html, _page_head, tail="</body>\n</html>\n"),
}
"""By the name of ``--format``."""
