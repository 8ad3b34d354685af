"""Tells the empty shell of a program from a page: scripts, a place where they put what they show, and next to nothing there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

BARE = 300
"""Letters (:func:`newscrawl.writing.length`) of a page that shows nothing but a name, a menu, 'loading'."""
FULL = 6000
"""A page that shows more is no shell, whatever of it is empty."""
HOLLOW = 60
"""Letters in the place where a program shows itself, as 'Loading, please wait'."""
# Names that frameworks' starters give to that place; a custom element (`app-root`, `news-app`) has a hyphen by definition.
_MOUNTS = re.compile(
    r"(?:_{0,3}(?:next|nuxt|gatsby|layout|svelte|app|root|main|page|spa|vue|react|ember|mount|container|content|wrapper))(?:[-_]?(?:app|root|main|view|container|content))?",
    re.I,
)
# A short script that fetches a program, or writes a page itself; what writes the year below a page does neither.
_LOADS = re.compile(r"""\bimport\s*[('"{*]""")
_WRITES = re.compile(
    r"""document\.write(?:ln)?\s*\([^)]*<|\.(?:inner|outer)HTML\s*\+?=(?!=)|\.insertAdjacentHTML\s*\("""
)
_TIME = re.compile(r"\bnew\s+Date\b")
_SILENT = frozenset(("script", "style", "noscript", "template", "head", "title", "svg", "iframe"))


def is_shell(tree: Any, size: int) -> bool:
    """Whether a page with ``size`` letters of visible text (an ``lxml`` element) may show more when its scripts run."""
    if size >= FULL or not _scripted(tree):
        return False
    if size < BARE:
        return True
    lengths = _lengths(tree)
    return any(lengths[place] < HOLLOW for place in _places(tree))


def _scripted(tree: Any) -> bool:
    """Whether there are scripts that could build a page."""
    return any(_builds(script) for script in tree.iter("script"))


def _builds(script: Any) -> bool:
    """Whether a script could build a page: one that is loaded, a module, a long one, one that loads or writes."""
    kind, text = (script.get("type") or "").lower(), script.text or ""
    if "json" in kind:
        return False
    if script.get("src") or len(text) > 200 or (kind.strip() == "module" and text.strip()):
        return True
    return bool(_LOADS.search(text) or (_WRITES.search(text) and not _TIME.search(text)))


def _places(tree: Any) -> Iterator[Any]:
    """Elements in which a program shows itself."""
    for element in tree.iter("div", "main", "section", "article"):
        name = element.get("id") or ""
        if (name and _MOUNTS.fullmatch(name)) or any(
            key in element.attrib for key in ("data-reactroot", "ng-app", "v-cloak", "data-v-app")
        ):
            yield element
    body = tree.find(".//body")
    for element in body if body is not None else ():
        if isinstance(element.tag, str) and "-" in element.tag:
            yield element


def _lengths(tree: Any) -> dict[Any, int]:
    """Characters of text below each element that a reader without scripts sees, white space aside; places lie in places."""
    found: dict[Any, int] = {}
    for element in reversed(list(tree.iter())):  # children before their parents
        if not isinstance(element.tag, str) or element.tag in _SILENT:
            found[element] = 0
            continue
        own = _letters(element.text)
        found[element] = own + sum(found[child] + _letters(child.tail) for child in element)
    return found


def _letters(text: str | None) -> int:
    return len("".join(text.split())) if text else 0


def shown_text(element: Any) -> Iterator[str]:
    """The text below an element that a reader without scripts sees, piece by piece, without its white space."""
    stack = [element]
    while stack:
        here = stack.pop()
        if not isinstance(here.tag, str) or here.tag in _SILENT:
            continue
        if here.text:
            yield "".join(here.text.split())
        for child in here:
            if child.tail:
                yield "".join(child.tail.split())
            stack.append(child)
