"""What the fork server loads once, so that every extraction worker starts with it: libraries, models, compiled patterns.

Importing this module runs two small extractions, which is what loads the language model, stop words and the like: an article,
and a page with next to nothing on it, for which trafilatura asks jusText.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from importlib.machinery import ModuleSpec
from types import TracebackType

from newscrawl.extraction.worker import MAIN_NAME, MAIN_PATH, OWN_GROUP

# One page is one worker's: NumPy's linear algebra would take a thread, and tens of megabytes of address space, for each core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_ARTICLE = b"""<html lang="en"><head><title>A ship comes in</title></head><body><article><h1>A ship comes in</h1>
<p>By Ann Author, 3 March 2024, 10:15</p>
<p>The ship came into the harbour on Monday, three days late, with its holds full of grain and its crew in good health.</p>
<p>Its captain said that the storm had been the worst of the year, and that he would sail again before the week was out.</p>
</article></body></html>"""
_NEXT_TO_NOTHING = b"<p>A ship.</p>"


def _warm_up() -> None:
    previous = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        from newscrawl.extraction.pipeline import extract  # a fault here must not stop the fork server

        for page in (_ARTICLE, _NEXT_TO_NOTHING):
            extract(page)
    except Exception:  # the page that follows reports the same fault with its URL
        pass
    finally:
        logging.disable(previous)


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Without a word for a worker that starts while the run ends, and finds the pool's pipes and semaphores gone."""
    if not isinstance(error, (FileNotFoundError, EOFError, ConnectionError)):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _report
main_name, main_path = os.environ.pop(MAIN_NAME, ""), os.environ.pop(MAIN_PATH, "")
if main_name or main_path:
    # A worker runs its parent's main script, unless its own main module is that already (multiprocessing.spawn). Extraction needs
    # nothing of it, and a script without a guard would start its crawl once more in each worker.
    main = sys.modules["__main__"]
    main.__file__ = main_path or None
    main.__spec__ = ModuleSpec(main_name, None) if main_name else None
if os.environ.pop(OWN_GROUP, ""):
    # Ctrl-C, or `timeout`, signals the whole group; the workers are stopped by their parent, once their pages are done.
    os.setpgid(0, 0)
_warm_up()
# What was loaded lives as long as the workers: the collector need not look at it again, nor copy the pages that they share.
gc.collect()
gc.freeze()
