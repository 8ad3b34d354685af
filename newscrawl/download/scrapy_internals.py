"""The private names of Scrapy and its libraries that newscrawl uses, because there is no public way; tests say when one is gone.

Checked with Scrapy 2.19.0, Twisted 26.10.0 and scrapy-playwright 0.0.48. What can be imported is imported from here alone; attributes and
methods are listed in :data:`ATTRIBUTES` with what they are needed for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import _BindAddressAgent as BindAddressAgent
from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory as LenientHTTP11ClientFactory
from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientProtocol as LenientHTTP11ClientProtocol
from scrapy.core.downloader.handlers.http11 import _LenientHTTPClientParser as LenientHTTPClientParser
from scrapy.core.downloader.handlers.http11 import _ScrapyAgent as ScrapyAgent
from scrapy.utils._download_handlers import normalize_bind_address, wrap_twisted_exceptions
from twisted.web._newclient import HEADER, STATUS, BadResponseVersion, ParseError
from twisted.web.http import _DataLoss as DataLoss
from twisted.web.http import _IdentityTransferDecoder as IdentityTransferDecoder

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = [
    "HEADER",
    "STATUS",
    "BadResponseVersion",
    "BindAddressAgent",
    "DataLoss",
    "IdentityTransferDecoder",
    "LenientHTTP11ClientFactory",
    "LenientHTTP11ClientProtocol",
    "LenientHTTPClientParser",
    "ParseError",
    "ScrapyAgent",
    "let_close",
    "normalize_bind_address",
    "wrap_twisted_exceptions",
]

ATTRIBUTES = {
    # The bounded parser and the guarded agent take the places of Scrapy's own in its handler.
    "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler": (
        "_pool",
        "_contextFactory",
        "_bind_address",
        "_default_maxsize",
        "_default_warnsize",
        "_fail_on_dataloss",
        "_crawler",
    ),
    "scrapy.core.downloader.handlers.http11._ScrapyAgent": (
        "_get_agent",
        "_cb_bodyready",
        "_contextFactory",
        "_bindAddress",
        "_pool",
    ),
    "twisted.web.client.HTTPConnectionPool": ("_factory",),
    "twisted.web.client._HTTP11ClientFactory": ("_quiescentCallback",),
    "twisted.web._newclient.HTTP11ClientProtocol": ("_parser", "_finishResponse"),
    "twisted.web._newclient.HTTPClientParser": ("_transferDecoders",),
    "twisted.protocols.basic.LineReceiver": ("_buffer",),
    # The name of a certificate, to say which name it lacks (download/certificates.py).
    "twisted.internet._sslverify.ClientTLSOptions": ("_hostnameASCII", "_hostnameIsDnsName"),
    # A redirect is refused or followed where Scrapy has made its request (middlewares.py).
    "scrapy.downloadermiddlewares.redirect.BaseRedirectMiddleware": ("_redirect",),
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": ("_ignore_tags",),
    # `let_close` below.
    "scrapy.core.scraper.Scraper": ("_check_if_closing",),
    # A browser with its own proxy and profile, several in a run (browser/browser.py).
    "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler": ("_launch", "_maybe_launch_browser"),
}
"""Class and the private attributes of it that are used."""


def let_close(crawler: Crawler) -> None:
    """Scrapy's scraper, asked to close while an item of ``Spider.start()`` is with the pipelines, does not look again when that is done."""
    scraper = crawler.engine.scraper if crawler.engine else None
    slot = scraper.slot if scraper else None
    if scraper is not None and slot is not None and slot.closing is not None and not slot.closing.called:
        scraper._check_if_closing()
