"""Makes the extractor doubt the pages that ask for it, for tests/test_confidence.py: every Python whose path names this folder loads it.

``DOUBT=0.31`` in a page's text is the confidence that its record gets; all other pages get 0.97.
"""

from __future__ import annotations

import re
from typing import Any

from newscrawl.extraction import drafting

_read = drafting.read


def _doubting(*args: Any, **more: Any) -> drafting.Draft:
    draft = _read(*args, **more)
    told = re.search(r"DOUBT=([\d.]*\d)", " ".join(draft.paragraphs))
    draft.confidence = float(told[1]) if told else 0.97
    return draft


drafting.read = _doubting
