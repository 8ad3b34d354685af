"""robots.txt as text: what its rules allow (RFC 9309)."""
from __future__ import annotations

import pytest

from newscrawl.middlewares import Robots
from newscrawl.rejections import ConnectionFailed, HttpStatus, RobotsForbidden

PAGE = "https://example.com/news/1?id=2"


@pytest.mark.parametrize(("text", "allowed"), [
    ("", True),
    ("<html><body>welcome</body></html>", True),
    ("User-agent: *\nDisallow: /", False),
    ("User-agent: *\nDisallow: /\nAllow: /news/", True),
    ("User-agent: *\nAllow: /news/\nDisallow: /news/1", False),
    ("User-agent: *\nDisallow: /news\nAllow: /news", True),
    ("User-agent: *\nDisallow: /*?id=", False),
    ("User-agent: *\nDisallow: /news/1$", True),
    ("User-agent: *\nDisallow:", True),
    ("User-agent: *\nDisallow: /\n\nUser-agent: NewsCrawl\nDisallow: /private", True),
    ("User-agent: newscrawler\nDisallow: /", True),
    ("User-agent: newscrawl\nsomething: new\nUser-agent: other\nDisallow: /", False),
    ("user-agent : newscrawl # us\n disallow : /", False),
])
def test_rules(text: str, allowed: bool) -> None:
    assert (Robots(text).refusal(PAGE, "newscrawl") is None) == allowed


def test_a_host_without_an_answer_is_left_alone_with_the_true_reason() -> None:
    error = Robots(unreachable=HttpStatus(status=503)).refusal(PAGE, "newscrawl")
    dead = Robots(unreachable=ConnectionFailed(detail="connection refused")).refusal(PAGE, "newscrawl")
    assert error is not None
    assert dead is not None
    assert (error.kind, "http_503" in str(error)) == (RobotsForbidden, True)
    assert (dead.kind, dead.detail) == (ConnectionFailed, "connection refused")


def test_sitemaps_are_named_outside_groups() -> None:
    assert Robots("Sitemap: https://example.com/a.xml\nUser-agent: *\nSitemap: https://example.com/b.xml").sitemaps == [
        "https://example.com/a.xml", "https://example.com/b.xml"]
