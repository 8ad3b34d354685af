"""What is asked of a browser, and what it gives. Knows no browser, so that a run that needs none loads none."""
from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from newscrawl.sites.registry import Site


@dataclass(frozen=True, kw_only=True)
class Order:
    """A page to be rendered: its document as the plain way brought it, and what is known of its site."""

    url: str
    body: bytes
    content_type: str
    user_agent: str
    site: Site
    allowed: Callable[[str], Awaitable[bool]]
    """Whether a further request may be made: robots.txt, hosts that are left alone."""
    listing: bool = False
    """A page that lists articles: it is scrolled to its end within the site file's steps."""


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """A page as the browser showed it."""

    html: str
    browser: str
    """Name and version."""
    asked: dict[str, int] = field(default_factory=dict)
    """Further requests that the page made, by host (``urls.origin``)."""
    stopped: dict[str, int] = field(default_factory=dict)


class RenderFailed(Exception):
    """A page that the browser could not show; the text says why. ``passing``: it may in another run."""

    def __init__(self, why: str, *, passing: bool = True) -> None:
        super().__init__(why)
        self.passing = passing
