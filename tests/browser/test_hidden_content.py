"""What a page shows and its HTML does not have: lists that hold no more than they show, shadow roots, frames."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.browser.conftest import Crawler
from tests.browser.portal import TEXTS, page, shell, story
from tests.local_portal import Answer

Start = Callable[[dict[str, Answer]], Crawler]
LINE = '<p style="height:300px"><a href="/news/${n}">A headline of quite some length for story ${n}</a></p>'
GROWS = f"""let n = 0; const list = document.getElementById('app').appendChild(document.createElement('div'));
    const add = () => {{ for (let end = Math.min(n + 4, 12); n < end;) {{ n++; list.insertAdjacentHTML('beforeend', `{LINE}`) }} }}; add();"""
ON_BOX = """list.addEventListener("scroll", () => { if (list.clientHeight + list.scrollTop >= list.scrollHeight - 10) setTimeout(add, 100) })"""


def article(number: int) -> str:
    return str(json.loads(story(number))["html"])


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(GROWS + "list.style = 'height: 600px; overflow-y: auto';" + ON_BOX, id="box"),
        pytest.param(GROWS + "list.className = 'box';" + ON_BOX, id="box-by-style-sheet"),
        pytest.param(
            GROWS
            + """addEventListener('scroll', () => setTimeout(() => { add(); while (list.children.length > 4) list.children[0].remove() }, 100))""",
            id="rows-are-taken-away",
        ),
        pytest.param(
            """const list = document.getElementById('app'); list.style = 'position: relative; height: 7200px';
        const draw = () => { const at = Math.floor(scrollY / 600); list.innerHTML = ''
            for (let n = at + 1; n <= Math.min(at + 4, 12); n++) list.innerHTML +=
                `<p style="position: absolute; top: ${(n - 1) * 600}px"><a href="/news/${n}">A headline of quite some length for story ${n}</a></p>` }
        addEventListener('scroll', draw); draw()""",
            id="rows-by-position",
        ),
    ],
)
def test_a_long_list_is_read_to_its_end(crawler: Start, script: str) -> None:
    pages: dict[str, Answer] = {"/": shell(script)}
    pages |= {f"/news/{number}": page(f"<article>{article(number)}</article>") for number in range(1, 13)}
    run = crawler(pages).run(browser="[]steps = 8")
    assert {record["url"].rsplit("/", 1)[-1] for record in run.records} == {str(number) for number in range(1, 13)}, (
        run.log
    )


def test_links_that_a_list_has_taken_away_keep_what_they_were(crawler: Start) -> None:
    """Without a pattern for articles, a link is judged by its words and its place; 'nofollow' holds."""
    script = """let n = 0; const list = document.getElementById('app');
        const add = () => { n++; list.innerHTML = `<h2><a href="/story-${n}.html">The council of the town decides on bridge ${n} at last</a></h2>
            <p><a rel="nofollow" href="/story-9${n}.html">The council of the town sells its bridge ${n} to you now</a></p>` }
        add(); addEventListener('scroll', () => { if (n < 4) setTimeout(add, 100) })"""
    pages: dict[str, Answer] = {"/": shell(script)}
    pages |= {
        f"/story-{number}.html": page(f"<article>{article(number)}</article>")
        for number in (*range(1, 5), *range(91, 95))
    }
    crawl = crawler(pages)
    crawl.site(browser="[]steps = 8")
    file = crawl.folder / "sites" / "local.toml"
    file.write_text(file.read_text().replace("articles = ['/news/']\n", ""))
    run = crawl.run()
    assert {record["url"].rsplit("/", 1)[-1] for record in run.records} == {
        f"story-{number}.html" for number in range(1, 5)
    }, run.log


def test_shadow_roots_and_frames_are_read(crawler: Start) -> None:
    """A frame only where the page shows nothing itself."""
    shadow = """const root = document.querySelector('news-app').attachShadow({mode: 'open'})
        root.innerHTML = '<style>p { color: red }</style><news-frame><div class="inner"></div></news-frame><slot name="end"></slot><slot>nothing</slot>'
        const frame = root.querySelector('news-frame').attachShadow({mode: 'open'}); frame.innerHTML = '<main><slot></slot></main>'
        fetch(location.pathname + '.json').then(answer => answer.json()).then(found => setTimeout(() => {
            root.querySelector('.inner').innerHTML = '<article>' + found.html + '</article>' }, 300))"""
    host = "<news-app><p slot='end'>A last word that stands in the page itself, and is shown behind the whole of the report.</p></news-app>"
    frame = """const frame = document.createElement('iframe'); frame.src = '/frame.html'; document.getElementById('app').append(frame)"""
    written = """const frame = document.createElement('iframe'); document.getElementById('app').append(frame)
        fetch(location.pathname + '.json').then(answer => answer.json()).then(found => { frame.contentDocument.body.innerHTML = found.html })"""
    poll = (
        "<p>What do you think of the bridge, and would you walk over it on a Sunday? Your vote is counted, and told here tomorrow.</p>"
        * 4
    )
    run = crawler(
        {
            "/news/shadow": shell(shadow, host),
            "/news/shadow.json": story(1),
            "/news/frame": shell(frame),
            "/frame.html": page(f"<article>{article(2)}</article>"),
            "/news/written": shell(written),
            "/news/written.json": story(3),
            "/news/both": shell("show()", "<iframe src='/poll.html'></iframe>"),
            "/news/both.json": story(4),
            "/poll.html": page(poll),
        }
    ).run()
    for number, name in enumerate(("shadow", "frame", "written", "both"), 1):
        text = run.record(name)["text"]
        assert f"This is story {number} of the series." in text and text.count(TEXTS[0]) == 1 and TEXTS[-1] in text
        assert "color: red" not in text and "Your vote" not in text
