"""Access and rights: what the page declares, and what a wall shows."""

from __future__ import annotations

from typing import Any

import pytest

from newscrawl.extraction.fields.access import find_access, find_rights

H1 = "<h1>Storm hits the coast</h1>"
TEXT = "The committee met on Tuesday, and after a long debate it agreed on the plan for the coast. " * 3


def ld(properties: str, kind: str = "NewsArticle") -> str:
    return f'<script type="application/ld+json">{{"@type": "{kind}", "headline": "Storm hits the coast", {properties}}}</script>'


def with_body(page: Any, body: str, head: str = "", **fields: Any) -> Any:
    doc, facts = page(H1 + body, head, **fields)
    doc.body = [block for block in doc.blocks if block.text.startswith("The committee")]
    last = doc.body[-1].index if doc.body else 0
    doc.footer = [block for block in doc.blocks if block.index > last]
    return doc, facts


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (ld('"isAccessibleForFree": false'), "", "paywalled"),
        (ld('"isAccessibleForFree": "False"'), "", "paywalled"),
        (ld('"isAccessibleForFree": true'), "", "free"),
        (ld('"isAccessibleForFree": "http://schema.org/True"'), "", "free"),
        ('<meta property="article:content_tier" content="locked">', "", "paywalled"),
        ('<meta property="article:content_tier" content="free">', "", "free"),
        (ld('"isAccessibleForFree": true') + '<meta property="article:content_tier" content="locked">', "", "free"),
        ("", f"<p>{TEXT}</p><p>Subscribe now to continue reading</p>", "paywalled"),
        ("", f"<p>{TEXT}</p><p>Jetzt weiterlesen mit F+</p>", "paywalled"),
        ("", f"<p>{TEXT}</p><p>この記事は有料会員限定です。残り612文字</p>", "paywalled"),
        ("", f"<p>{TEXT}</p><p>Sign up for our newsletter</p>", None),
        ("", f"<p>{TEXT}</p>", None),
    ],
)
def test_access(page: Any, head: str, body: str, expected: str | None) -> None:
    assert find_access(*with_body(page, body or f"<p>{TEXT}</p>", head)).value == expected


def test_rights_are_kept_verbatim(page: Any) -> None:
    head = (
        ld('"license": "https://creativecommons.org/licenses/by/4.0/"')
        + '<meta name="robots" content="noai, max-snippet:-1"><meta name="tdm-reservation" content="1">'
    )
    rights = find_rights(
        *with_body(page, f"<p>{TEXT}</p><p>Copyright © 2016 Kankanews.com Inc. All Rights Reserved.</p>", head)
    ).value
    assert rights.license == "https://creativecommons.org/licenses/by/4.0/"
    assert rights.notice == "Copyright © 2016 Kankanews.com Inc. All Rights Reserved."
    assert (rights.robots, rights.tdm_reservation) == ("noai, max-snippet:-1", "1")


def test_nothing_declared_is_nothing(page: Any) -> None:
    assert find_rights(*with_body(page, f"<p>{TEXT}</p>")).value is None


def test_of_a_footer_in_one_line_only_the_claim_is_the_notice(page: Any) -> None:
    foot = "<footer><span>About us</span><span>Terms of use</span><span>© 2012–2026 Chaoxin Media. All rights reserved.</span></footer>"
    assert (
        find_rights(*with_body(page, f"<p>{TEXT}</p>{foot}")).value.notice
        == "© 2012–2026 Chaoxin Media. All rights reserved."
    )
