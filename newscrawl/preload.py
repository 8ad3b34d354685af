"""What the fork server loads once, so that every extraction worker starts with it: libraries, models, compiled patterns.

Importing this module runs one small extraction, which is what loads the language model and the like.
"""
from __future__ import annotations

import logging

_PAGE = """<html lang="en"><head><title>A ship comes in</title></head><body><article><h1>A ship comes in</h1>
<p>By Ann Author, 3 March 2024, 10:15</p>
<p>The ship came into the harbour on Monday, three days late, with its holds full of grain and its crew in good health.</p>
<p>Its captain said that the storm had been the worst of the year, and that he would sail again before the week was out.</p>
</article></body></html>"""


def _warm_up() -> None:
    previous = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        from newscrawl.assembly import extract  # noqa: PLC0415 - a fault here must not stop the fork server

        extract(_PAGE.encode())
    except Exception:  # noqa: BLE001, S110 - the page that follows reports the same fault with its URL
        pass
    finally:
        logging.disable(previous)


_warm_up()
