"""Which offset a page's naive times have: the site's own zone, or the marks that mainland-Chinese law puts on a page."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newscrawl import urls
from newscrawl.extraction.document import Document
from newscrawl.extraction.read.structured import Structured

# ICP filing, public-security filing, licence for internet news: only sites of mainland China bear them.
_LEGAL_MARK = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]\s?ICP\s?[备证]|ICP\s?[备证]\s?案?\s?[\d京沪粤浙苏]|公网安备|互联网新闻信息服务(?:许可证|备案)|信息网络传播视听节目许可证"
)
# Countries with one zone: a page on such a domain, in the country's language, keeps that time.
_ONE_ZONE = {
    "cn": "Asia/Shanghai",
    "tw": "Asia/Taipei",
    "hk": "Asia/Hong_Kong",
    "jp": "Asia/Tokyo",
    "kr": "Asia/Seoul",
    "sg": "Asia/Singapore",
}


@lru_cache(maxsize=64)
def named(name: str) -> tzinfo | None:
    """The IANA zone of that name, or None for a name nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_for(doc: Document, s: Structured) -> tzinfo | None:
    """The zone of the page's naive times: the site file's, else Asia/Shanghai on a mainland-Chinese page, else none."""
    configured = getattr(doc.site, "time_zone", None) if doc.site is not None else None
    if configured and (zone := named(str(configured))):
        return zone
    address = doc.url or (s.links.get("canonical") or s.meta.get("og:url") or [""])[0]
    suffix = urls.host(address).rsplit(".", 1)[-1]
    if suffix in _ONE_ZONE:
        return named(_ONE_ZONE[suffix])
    return (
        named("Asia/Shanghai")
        if has_legal_marks(doc) or any(_LEGAL_MARK.search(text) for _, text in s.state_scripts)
        else None
    )


def has_legal_marks(doc: Document) -> bool:
    """Whether the page bears a mainland-Chinese filing number: a short line of it, wherever the template puts its foot."""
    return any(
        _LEGAL_MARK.search(b.text)
        for b in reversed(doc.blocks)
        if len(b.text) < 1_500 and ("ICP" in b.text or "公网安备" in b.text or "许可证" in b.text)
    )


def localise(moment: datetime, zone: tzinfo | None) -> datetime:
    """A naive moment on the zone's clock; aware ones and a missing zone leave it as it is."""
    return moment.replace(tzinfo=zone) if moment.tzinfo is None and zone is not None else moment
