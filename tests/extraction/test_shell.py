"""Which pages are a program's empty shell: those that only a browser can fill, and no others."""

from __future__ import annotations

import pytest

from newscrawl import extract
from newscrawl.extraction.pipeline import shell
from newscrawl.items import RawPage
from newscrawl.rejections import NotAnArticle

SCRIPT = "<script src='/app.js'></script>"
MENU = "".join(
    f"<li><a href='/{word}'>{word} and what belongs to it</a></li>"
    for word in (
        "world politics economy culture science sport weather travel opinion local letters archive contact jobs imprint privacy terms"
    ).split()
)
TEXT = (
    "<p>The council of the town decided on the second day to open the bridge, and said why it took so long to do so.</p>"
    * 5
)


def is_shell(body: str) -> bool:
    return shell(
        RawPage(
            body=f"<html><head><title>A title</title></head><body>{body}</body></html>".encode(),
            url="https://a.example/news/1",
        )
    )


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<div id='root'></div>{SCRIPT}", id="react"),
        pytest.param(f"<div id='app'><div class='spinner'>Loading…</div></div>{SCRIPT}", id="vue"),
        pytest.param(f"<app-root></app-root>{SCRIPT}", id="angular"),
        pytest.param(
            f"<ul>{MENU}</ul><div id='__nuxt'></div><footer>Copyright of the paper</footer>{SCRIPT}",
            id="with-a-menu-from-the-server",
        ),
        pytest.param(
            f"<noscript>You need to enable JavaScript to run this app, which is a sentence of some length.</noscript><div id='root'></div>{SCRIPT}",
            id="noscript",
        ),
        pytest.param("<div id='app'></div><script type='module'>import '/assets/main.js'</script>", id="module"),
        pytest.param("<div id='app'></div><script type='module'>start()</script>", id="module-that-only-starts"),
        pytest.param(
            "<div id='app'></div><script>import('/assets/main.js').then(it => it.start())</script>",
            id="import-of-a-classic-script",
        ),
        pytest.param(
            "<script>document.write('<div id=app></div><scr'+'ipt src=/app.js></scr'+'ipt>')</script>",
            id="document-write",
        ),
        pytest.param(
            "<div id='app'></div><script>fetch('/api/1').then(r => r.text()).then(t => { app.innerHTML = t })</script>",
            id="inner-html",
        ),
        pytest.param("<div class='x'></div><script>" + "load('/api/article/1');" * 20 + "</script>", id="long-script"),
    ],
)
def test_shells(body: str) -> None:
    assert is_shell(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<p>Nothing here.</p>", id="no-script"),
        pytest.param("<div id='app'></div><script type='application/ld+json'>{}</script>", id="only-data"),
        pytest.param("<p>Nothing here.</p><script type='module'> </script>", id="empty-module"),
        pytest.param(
            "<p>Nothing here.</p><script>dataLayer = []; function gtag() { dataLayer.push(arguments) }</script>",
            id="a-counter",
        ),
        pytest.param(
            "<p>Nothing here.</p><footer><script>document.write(new Date().getFullYear())</script></footer>",
            id="the-year-is-written",
        ),
        pytest.param(
            "<p>Nothing here, © <b id='y'></b></p><script>y.innerHTML = new Date().getFullYear()</script>",
            id="the-year-is-put-in",
        ),
        pytest.param(
            "<p>Nothing here.</p><script>if (document.body.innerHTML == '') important('x')</script>",
            id="html-is-only-read",
        ),
        pytest.param(
            '<p>Nothing here.</p><script type=\'application/ld+json\'>{"a": "import {x}, b.innerHTML = 1"}</script>',
            id="data-that-looks-like-it",
        ),
        pytest.param(f"<div id='app'><ul>{MENU}</ul>{TEXT}</div>{SCRIPT}", id="filled"),
        pytest.param(f"<ul>{MENU}</ul><p>Page not found.</p>{SCRIPT}", id="a-page-without-a-place"),
    ],
)
def test_no_shells(body: str) -> None:
    assert not is_shell(body)


def test_a_verdict_says_so() -> None:
    found = extract(
        f"<html><head><title>A title</title></head><body><div id='root'></div>{SCRIPT}</body></html>",
        url="https://a.example/news/1",
    )
    assert isinstance(found, NotAnArticle) and found.shell and "shell" not in found.row()
