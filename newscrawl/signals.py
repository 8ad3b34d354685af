"""Signals of newscrawl's spiders, beside Scrapy's own; connect to them as to these: ``crawler.signals.connect(handler, page_rejected)``."""

from __future__ import annotations

page_rejected = object()
"""Sent for each candidate that became no record, when its line is on its way to ``X.rejects.jsonl``. Handlers get ``rejection`` (a
:class:`newscrawl.rejections.Rejection`) and ``spider``. A rejection is no item: it passes no item pipeline."""
