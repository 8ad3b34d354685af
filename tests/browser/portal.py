"""A portal whose pages show themselves in different ways, some of them only in a browser."""

from __future__ import annotations

import json
import time

from tests.local_portal import Answer, Handler, status

TITLE = "The harbour bridge opens after nine years of work"
TEXTS = [
    f"Paragraph {part} of the report on the harbour bridge tells what the council decided on day {part}, why it did so, and what the "
    "people who live beside the river say of it now."
    for part in range(1, 6)
]
HEAD = f"<meta charset='utf-8'><title>{TITLE}</title>"
HALF = (
    "<h1>{}</h1><p class='by'>By Ada Lindqvist</p><time datetime='2026-03-01T09:30:00+01:00'>1 March 2026, 09:30</time>"
)
BODY = HALF.format(TITLE) + "".join(f"<p>{text}</p>" for text in TEXTS)


def page(body: str, head: str = HEAD) -> str:
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{body}</body></html>"


def server_rendered(words: str = "") -> str:
    return page(f"<div id='app'><article>{BODY}{words}</article></div><script src='/app.js'></script>")


def embedded() -> str:
    state = {
        "props": {
            "article": {
                "title": TITLE,
                "author": "Ada Lindqvist",
                "publishTime": "2026-03-01T09:30:00+01:00",
                "content": "".join(f"<p>{text}</p>" for text in TEXTS),
                "source": "",
            }
        }
    }
    return page(
        f"<div id='app'></div><script id='__NEXT_DATA__' type='application/json'>{json.dumps(state)}</script><script src='/app.js'></script>"
    )


def shell(script: str = "", body: str = "", head: str = HEAD) -> str:
    """An empty page whose script asks for its article under the path with ``.json``."""
    return page(f"{body}<div id='app'></div><script src='/app.js'></script><script>{script or 'show()'}</script>", head)


# What a program does: it asks for the article and writes it into the page.
APP = """
window.render = html => { document.getElementById('app').innerHTML = '<article>' + html + '</article>' }
window.show = (path = location.pathname + '.json') => fetch(path).then(answer => answer.json()).then(found => setTimeout(() => render(found.html), 150))
"""


def slowly(seconds: float, body: str = "") -> Answer:
    def send(handler: Handler) -> None:
        time.sleep(seconds)
        status(200, body)(handler)

    return send


def told(words: str = "") -> str:
    return json.dumps({"html": BODY + words})


def story(number: int) -> str:
    """The JSON of an article of its own."""
    texts = "".join(f"<p>{text} This is story {number} of the series.</p>" for text in TEXTS)
    return json.dumps({"html": HALF.format(f"{TITLE}, part {number} of the series") + texts})
