"""Pictures with caption and credit; no icons, trackers or thumbnails of other stories."""

from __future__ import annotations

from typing import Any

import pytest

from newscrawl.extraction.fields.images import find_images, split_credit

TEXT = "The committee met on Tuesday, and after a long debate it agreed on the plan for the coast. " * 3
START, END = f"<div class=story><p>{TEXT}</p>", f"<p>{TEXT}</p></div>"


def images(page: Any, inner: str, head: str = "") -> list[Any]:
    doc, facts = page(f"<h1>Storm hits the coast</h1>{START}{inner}{END}", head)
    doc.body = [block for block in doc.blocks if block.text.startswith("The committee")]
    return find_images(doc, facts)


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ('<img src="/i/a.jpg">', "https://news.example/i/a.jpg"),
        ('<img src="data:image/gif;base64,R0" data-src="/i/a.jpg">', "https://news.example/i/a.jpg"),
        ('<img src="/i/blank.gif" data-original="//cdn.example/a.jpg">', "https://cdn.example/a.jpg"),
        (
            '<picture><source srcset="/i/a-400.jpg 400w, /i/a-1200.jpg 1200w"><img></picture>',
            "https://news.example/i/a-1200.jpg",
        ),
        ('<img srcset="/i/a-400.jpg 1x, /i/a-800.jpg 2x">', "https://news.example/i/a-800.jpg"),
    ],
)
def test_addresses(page: Any, inner: str, expected: str) -> None:
    assert [image.url for image in images(page, inner)] == [expected]


@pytest.mark.parametrize(
    "inner",
    [
        '<img src="/i/logo.png">',
        '<img src="/t/pixel.gif">',
        '<img src="/i/a.jpg" width="16" height="16">',
        '<img src="data:image/png;base64,AAAA">',
        '<img src="javascript:x">',
        "<img>",
        '<aside><img src="/i/other.jpg"></aside>',
        '<div class="related-stories related"><img src="/i/other.jpg"></div>',
        '<div class="author"><img src="/i/jane.jpg"></div>',
        '<img src="http://[bad/a.jpg">',
        '<img src="/img/qrcode.png">',
    ],
)
def test_no_pictures(page: Any, inner: str) -> None:
    assert images(page, inner) == []


def test_caption_and_credit(page: Any) -> None:
    found = images(
        page,
        '<figure><img src="/i/a.jpg"><figcaption>Waves at the pier. <span class="credit">Jane Doe/AP</span></figcaption></figure>',
    )
    assert (found[0].caption, found[0].credit) == ("Waves at the pier.", "Jane Doe/AP")


def test_the_declared_lead_picture_comes_first_and_once(page: Any) -> None:
    head = '<meta property="og:image" content="/i/lead.jpg">'
    assert [image.url for image in images(page, '<img src="/i/a.jpg">', head)] == [
        "https://news.example/i/lead.jpg",
        "https://news.example/i/a.jpg",
    ]
    assert len(images(page, '<img src="/i/lead.jpg">', head)) == 1
    assert images(page, "", '<meta property="og:image" content="/assets/logo.png">') == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Waves at the pier. Photo: Jane Doe/AP", ("Waves at the pier.", "Jane Doe/AP")),
        ("Waves at the pier (Photo by Jane Doe)", ("Waves at the pier", "Jane Doe")),
        ("Wellen am Pier. Foto: dpa", ("Wellen am Pier.", "dpa")),
        ("Waves at the pier © Getty Images", ("Waves at the pier", "Getty Images")),
        ("台风中的外滩。图片来源：新华社", ("台风中的外滩。", "新华社")),
        ("Waves at the pier", ("Waves at the pier", None)),
        ("A photo album from the coast", ("A photo album from the coast", None)),
    ],
)
def test_credits_at_a_captions_end(text: str, expected: tuple[str | None, str | None]) -> None:
    assert split_credit(text) == expected
