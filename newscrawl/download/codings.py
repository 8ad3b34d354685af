"""Decodes the content codings of live answers (gzip, deflate, brotli, zstd), and checks that a page came whole.

Scrapy's own middleware takes what could be decompressed of cut data for the whole page, logs the names of unknown encodings as
they came, and fails on a plain body that is announced as gzip.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from newscrawl.archive.http_message import BadMessage, decompress
from newscrawl.download.failures import Refused
from newscrawl.download.http import READ_AT_MOST
from newscrawl.rejections import BadResponse, TooLarge, Truncated

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

ACCEPTED = b"gzip, deflate, br, zstd"
_AT_ONCE = 256 * 1024
"""So many compressed bytes are unpacked on the event loop; more, or what may become more than a page, goes to a thread."""
_END = re.compile(rb"</(html|body)\s*>|</(rss|feed|rdf:rdf|urlset|sitemapindex)\s*>", re.I)


class ContentCodingMiddleware:
    """Takes the place of Scrapy's HttpCompressionMiddleware."""

    def __init__(self, crawler: Crawler) -> None:
        self._limit: int = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ContentCodingMiddleware:
        """Makes the object for a crawler, as Scrapy asks for it."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Tells the server which codings are understood. Of an answer that will be cut nothing could be unpacked."""
        request.headers.setdefault("Accept-Encoding", b"identity" if READ_AT_MOST in request.meta else ACCEPTED)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Returns the response with its page's own bytes. Raises :class:`Refused` for bombs and for what is broken or cut."""
        codings = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        if codings and response.body:
            response = _plain(response, await self._unpacked(codings, response.body, request))
        if "partial" in response.flags and response.status == 200 and not _ends(response.body):
            raise Refused(Truncated, "the answer states no length and stops before the page's end")
        return response

    async def _unpacked(self, codings: str, body: bytes, request: Request) -> bytes:
        limit = request.meta.get("download_maxsize") or self._limit
        try:
            if len(body) > _AT_ONCE or limit > self._limit:
                data = await asyncio.to_thread(decompress, codings, body, limit)
            else:
                data = decompress(codings, body, limit)
        except BadMessage as error:
            raise Refused(BadResponse, str(error)) from error
        if len(data) > limit:
            raise Refused(TooLarge, f"{len(body)} bytes that are more than {limit} once decompressed")
        return data


def _plain(response: Response, body: bytes) -> Response:
    headers = response.headers.copy()
    del headers["Content-Encoding"]
    kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
    # Not by `replace`, which guesses an encoding from the compressed bytes to hand it on, which takes 2 ms a page.
    kept = {name: getattr(response, name) for name in Response.attributes if name not in ("headers", "body")}
    return kind(**kept, headers=headers, body=body)


def _ends(body: bytes) -> bool:
    """Returns whether bytes whose end only the connection's end marks are whole, as far as they say: mark-up has its last tag."""
    return not re.search(rb"<(!doctype|html|head|body)[\s>]", body[:4096], re.I) or bool(_END.search(body[-4096:]))
