"""What a page says of itself to machines: JSON-LD, meta tags, microdata, links and embedded state, read once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from newscrawl.extraction.read import embedded_state, jsonld
from newscrawl.extraction.read.guarded import unescaped

MAX_VALUE_CHARS = 5_000
MAX_META = 600
MAX_HEADINGS = 60
"""A page with more of them has no headline among them that another source would name."""
MAX_ITEMPROPS = 3_000
_SPACE = re.compile(r"\s+")
# Soft hyphens and zero-width marks (not the joiners that Arabic and Indic scripts need) are typesetting, not text.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,10});")


def clean(text: object) -> str:
    """A value on one line: entities that were escaped twice resolved, typesetting marks and spaces folded."""
    value = str(text or "")[:MAX_VALUE_CHARS]
    if "&" in value and _ENTITY.search(value):
        value = unescaped(value)
    return _SPACE.sub(" ", _INVISIBLE.sub("", value)).strip()


@dataclass
class Structured:
    """A page's own statements. Every member may be empty; none is trusted without a look at the others."""

    meta: dict[str, list[str]] = field(default_factory=dict)
    """Lower-case name, property or http-equiv of a meta tag -> its contents, in order."""
    objects: list[dict[str, Any]] = field(default_factory=list)
    """JSON-LD objects that speak of the page."""
    article: dict[str, Any] = field(default_factory=dict)
    """The JSON-LD object of this page's article."""
    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)
    """JSON-LD objects by ``@id``."""
    microdata: dict[str, list[str]] = field(default_factory=dict)
    """Microdata property -> values, those of a listed (recommended) item left out."""
    links: dict[str, list[str]] = field(default_factory=dict)
    """Lower-case ``rel`` of a head link -> addresses."""
    headings: list[tuple[str, HtmlElement]] = field(default_factory=list)
    """Text and element of every ``<h1>``."""
    times: list[HtmlElement] = field(default_factory=list)
    """Every ``<time>``."""
    title_tag: str = ""
    html_lang: str = ""
    state_scripts: list[tuple[str, str]] = field(default_factory=list)
    """Name and text of scripts that hold embedded state; read only when :attr:`state` is asked for."""
    other_scripts: list[tuple[str | None, str]] = field(default_factory=list)
    """Name and text of other JSON scripts, and (without a name) whole JavaScripts; read only by :meth:`read_scripts`."""

    def first(self, *names: str) -> str:
        """The first non-empty meta value under any of the names, in the order of the names."""
        for name in names:
            for value in self.meta.get(name, ()):
                if value:
                    return value
        return ""

    def prop(self, *names: str) -> Any:
        """The article object's first non-empty property under any of the names, references resolved."""
        for name in names:
            value = self.article.get(name)
            if value not in (None, "", [], {}):
                return jsonld.resolve(value, self.by_id)
        return None

    @cached_property
    def state(self) -> dict[str, Any]:
        """The article-like object of the embedded state (``__NEXT_DATA__`` and the like); empty when there is none."""
        return embedded_state.article_in(self.state_scripts, self._heads())

    def _heads(self) -> list[str]:
        return [text for text, _ in self.headings] + [self.first("og:title", "twitter:title"), self.title_tag]

    def read_scripts(self) -> dict[str, Any]:
        """The article-like object of any script, JavaScript that is no JSON included; it becomes :attr:`state`.

        For pages whose HTML holds no article: reading all scripts costs too much elsewhere.
        """
        if found := embedded_state.article_in(
            [*self.state_scripts, *filter(None, map(_assigned, self.other_scripts))], self._heads(), javascript_too=True
        ):
            self.state = found
        return self.state


_ITEMPROPS = etree.XPath("descendant::*[@itemprop]")
_STATE_IDS = {
    "__next_data__",
    "__nuxt_data__",
    "__initial_state__",
    "__apollo_state__",
    "serverapp-state",
    "ng-state",
    "__universal_data_for_rehydration__",
}
_STATE_MARK = re.compile(
    r"(__(?:INITIAL|PRELOADED|APOLLO|NEXT|NUXT|REDUX)(?=\w*?(?:STATE|DATA|__))\w*+|__data"
    r"|Fusion\.globalContent)"
    r"(?:[\"']\s*\])?\s*=\s*"
)


_ASSIGNED = re.compile(
    r"(?:(?:window|self|globalThis)\s*\.\s*|\b(?:var|let|const)\s+)(?P<name>[\w$]{1,60})\s*=\s*(?=[{\[(]|JSON\s*\.\s*parse|function\b)"
)


def read(tree: HtmlElement, url: str | None) -> Structured:
    """Everything the page declares, in one walk over the tree. Never raises for what a page contains."""
    found = Structured()
    blocks: list[Any] = []
    root = tree.getroottree().getroot()
    found.html_lang = clean(
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang")
    )
    for element in root.iter("meta", "link", "script", "title", "h1", "time"):
        tag = element.tag
        if tag == "meta":
            _meta(element, found)
        elif tag == "link":
            for rel in (element.get("rel") or "").lower().split():
                if element.get("href"):
                    found.links.setdefault(rel, []).append(element.get("href", "").strip())
        elif tag == "script":
            _script(element, blocks, found)
        elif tag == "title":
            parent = element.getparent()
            if not found.title_tag and (parent is None or parent.tag != "svg"):
                found.title_tag = clean(element.text_content())
        elif tag == "h1" and len(found.headings) < MAX_HEADINGS:
            text = clean(element.text_content())
            if text:
                found.headings.append((text, element))
        elif tag == "time" and len(found.times) < 200:
            found.times.append(element)
    found.objects = jsonld.objects(blocks)
    found.by_id = {
        item["@id"]: item for item in reversed(found.objects) if isinstance(item.get("@id"), str) and len(item) > 1
    }
    _microdata(root, found)
    addresses = [url or "", *found.links.get("canonical", ())[:1], *found.meta.get("og:url", ())[:1]]
    headlines = [text for text, _ in found.headings[:3]] + [found.first("og:title"), found.title_tag]
    found.article = jsonld.choose(found.objects, addresses, headlines)
    return found


def _meta(element: HtmlElement, found: Structured) -> None:
    content = element.get("content")
    if content is None:
        content = element.get("value")  # what templates, and scripts that save pages, write in its place
    if content is None or len(found.meta) > MAX_META:
        return
    value = clean(content)
    names = {(element.get(kind) or "").strip().lower() for kind in ("property", "name", "http-equiv")}
    for name in sorted(names - {""}):
        found.meta.setdefault(name, []).append(value)


def _script(element: HtmlElement, blocks: list[Any], found: Structured) -> None:
    text = element.text
    if not text:
        return
    kind = (element.get("type") or "").lower()
    if "ld+json" in kind:
        value = jsonld.parse(text)
        if value is not None:
            blocks.append(value)
        return
    if len(text) < 200 or len(text) > jsonld.MAX_BLOCK_CHARS:
        return
    name = (element.get("id") or "").lower()
    if "json" in kind and (name in _STATE_IDS or "state" in name or "data" in name):
        found.state_scripts.append((name, text))
    elif ("__" in (start := text[:2_000]) or "Fusion." in start) and (match := _STATE_MARK.search(start)):
        found.state_scripts.append((match.group(1).lower(), text[match.end() :]))
    elif "json" in kind:
        found.other_scripts.append((name, text))
    else:
        found.other_scripts.append((None, text))


def _assigned(script: tuple[str | None, str]) -> tuple[str, str] | None:
    """Name and text of the first object that a script assigns; None where it assigns none."""
    name, text = script
    if name is not None:
        return name, text
    match = _ASSIGNED.search(text)
    return (match["name"], text[match.end() :]) if match else None


def _microdata(root: HtmlElement, found: Structured) -> None:
    """Properties of the page's own items. An item inside a list or an aside is a recommended one and is left out."""
    foreign: dict[HtmlElement, bool] = {}
    for element in _ITEMPROPS(root)[:MAX_ITEMPROPS]:
        for prop in _WANTED.intersection(element.get("itemprop", "").split()):
            if _is_foreign(element, foreign):
                continue
            value = element.get("content") or element.get("datetime")
            if value is None and element.tag in ("a", "link") and prop in _ADDRESSES:
                value = element.get("href")
            if value is None:
                inner = (
                    element.xpath("(.//*[@itemprop='name'])[1]") if prop in ("author", "editor", "publisher") else []
                )
                value = (inner[0].get("content") or inner[0].text_content()) if inner else element.text_content()
            value = clean(value)
            if value and value not in found.microdata.setdefault(prop, []):
                found.microdata[prop].append(value)


_WANTED = frozenset(
    "headline datePublished dateModified dateCreated author editor articleSection keywords description inLanguage"
    " isAccessibleForFree publisher license mainEntityOfPage".split()
)
_ADDRESSES = frozenset(("license", "mainEntityOfPage"))


def _is_foreign(element: HtmlElement, known: dict[HtmlElement, bool]) -> bool:
    """Whether the property belongs to an item of a list, an aside or a comment instead of the page's article."""
    scope = element.getparent()
    while scope is not None and scope.get("itemscope") is None:
        scope = scope.getparent()
    if scope is None:
        return False
    if scope in known:
        return known[scope]
    answer = (scope.get("itemtype") or "").lower().endswith(("comment", "product", "offer", "listitem", "itemlist"))
    ancestor: HtmlElement | None = scope
    while ancestor is not None and not answer:
        answer = ancestor.tag in ("li", "aside", "nav", "footer") or "itemListElement" in (
            ancestor.get("itemprop") or ""
        )
        ancestor = ancestor.getparent()
    known[scope] = answer
    return answer
