"""Why a candidate did not become a record: one class a reason, one line each in ``X.rejects.jsonl``.

Rejection
├── NotFetched          refused or failed before there was a page
│   ├── RobotsForbidden, BlockedAddress, BadScheme, OffSite, LimitReached, HttpStatus (http_404, http_503, …), Timeout, ConnectionFailed
│   └── TlsError, TooLarge, BadResponse, RedirectLoop, Redirect, HostLeftAlone, Gone, Quarantined
├── NotReadable         bytes that are no page
│   └── NotHtml, Undecodable, Truncated, ParseLimit, ExtractTimeout, ExtractMemory, ExtractCrash, Missing
├── NotAnArticle        a page, but not an article
│   └── Empty, ListPage, HomePage, VideoOnly, PicturesOnly, LicenceOnly, ConsentWall, BotWall, SoftNotFound, LoginPage, Duplicate
└── Unsure              an article whose text may be wrong
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from newscrawl.printable import printable

DETAIL = 500
"""Characters of a detail that are written."""


class Rejection(msgspec.Struct, kw_only=True):
    """A page that is not in the output, and why. ``url`` is the URL as it was found; ``detail`` names the field and the value."""

    reason: ClassVar[str] = "rejected"

    url: str | None = None
    detail: str | None = None
    fetched_at: str | None = None
    run_id: str | None = None

    @property
    def name(self) -> str:
        """The reason as it is written; ``HttpStatus`` adds the status."""
        return self.reason

    @classmethod
    def meaning(cls) -> str:
        """What the reason means, in a sentence for a person."""
        return " ".join((cls.__doc__ or "").split())

    def row(self) -> dict[str, str | None]:
        """The line's keys in order: url, reason, detail, fetched_at, run_id."""
        url = printable(self.url) if self.url else self.url
        detail = printable(" ".join(self.detail.split()))[:DETAIL] if self.detail else self.detail
        return {"url": url, "reason": self.name, "detail": detail, "fetched_at": self.fetched_at, "run_id": self.run_id}


class Refused(Exception):
    """Carries a rejection up through functions that return something else: ``raise Refused(NotHtml(detail="image/png"))``."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(f"{rejection.name}: {rejection.detail or 'no detail'}")
        self.rejection = rejection


class NotFetched(Rejection):
    """Refused before a request, or no usable response came."""


class RobotsForbidden(NotFetched):
    """robots.txt forbids it, or could not be asked (RFC 9309 §2.3.1.4)."""

    reason = "robots"


class BlockedAddress(NotFetched):
    """The host resolves to an address that is not public and not in ``PRIVATE_HOSTS``."""

    reason = "blocked_address"


class BadScheme(NotFetched):
    """Neither http nor https, or a URL with user info, or one that cannot be parsed."""

    reason = "bad_scheme"


class OffSite(NotFetched):
    """Redirected, or linked as an article, to a host that does not belong to the site."""

    reason = "off_site"


class LimitReached(NotFetched):
    """A bound of the run (pages, minutes, depth) left it over."""

    reason = "limit"


class HttpStatus(NotFetched):
    """An answer other than 200; the reason carries the status: ``http_404``."""

    reason = "http"
    status: int = 0

    @property
    def name(self) -> str:
        return f"http_{self.status}"


class Timeout(NotFetched):
    """No whole answer within the time limit."""

    reason = "timeout"


class ConnectionFailed(NotFetched):
    """Name not resolved, connection refused or lost."""

    reason = "connection"


class TlsError(NotFetched):
    """The certificate is expired, self-signed or another host's."""

    reason = "tls"


class TooLarge(NotFetched):
    """The body, compressed or not, is larger than the limit."""

    reason = "too_large"


class BadResponse(NotFetched):
    """The answer breaks HTTP: headers without end, broken compression, cut chunks."""

    reason = "bad_response"


class RedirectLoop(NotFetched):
    """Redirected in a ring or too often."""

    reason = "redirect_loop"


class Redirect(NotFetched):
    """Redirected to a page that has its own record or rejection; ``detail`` is the target."""

    reason = "redirect"


class HostLeftAlone(NotFetched):
    """The host failed too often, or asked for a longer rest than the run has; the page is asked for again in a later run."""

    reason = "host_left_alone"


class Gone(NotFetched):
    """A written article that its site has withdrawn: 404 or 410 at two looks; ``detail`` is the record's id, as is the line's ``id``."""

    reason = "gone"

    def row(self) -> dict[str, str | None]:
        return {**super().row(), "id": self.detail}


class Quarantined(NotFetched):
    """Two runs died while they worked on it; ``scrapy state forget URL`` gives it another chance."""

    reason = "quarantined"


class NotReadable(Rejection):
    """Bytes that give no page."""


class NotHtml(NotReadable):
    """Not HTML or text: an image, a PDF, a feed; ``detail`` is the type that was found."""

    reason = "not_html"


class Undecodable(NotReadable):
    """No encoding fits the bytes."""

    reason = "undecodable"


class Truncated(NotReadable):
    """An archive or a body that ends too early."""

    reason = "truncated"


class ParseLimit(NotReadable):
    """Too large or too deeply nested to be parsed whole."""

    reason = "parse_limit"


class ExtractTimeout(NotReadable):
    """Extraction took longer than the limit; its worker was replaced."""

    reason = "extract_timeout"


class ExtractMemory(NotReadable):
    """Extraction needed more memory than the limit."""

    reason = "extract_memory"


class ExtractCrash(NotReadable):
    """The worker died, or extraction raised; ``detail`` has the exception."""

    reason = "extract_crash"
    passing: bool = False
    """The machine's trouble and not the page's: something else stopped its worker, or no worker could be had."""


class Missing(NotReadable):
    """An input that is not there or cannot be read."""

    reason = "missing"


class NotAnArticle(Rejection):
    """A page that was read and is no article."""

    shell: bool = False
    """The page is the shell of a program: its text may come only when its scripts run."""


class Empty(NotAnArticle):
    """No text that could be an article's."""

    reason = "empty"


class ListPage(NotAnArticle):
    """A section, tag, search or other page that lists articles."""

    reason = "list_page"


class HomePage(NotAnArticle):
    """The front page of a site."""

    reason = "home_page"


class VideoOnly(NotAnArticle):
    """A video with at most a caption."""

    reason = "video_only"


class PicturesOnly(NotAnArticle):
    """Pictures with at most captions."""

    reason = "pictures_only"


class LicenceOnly(NotAnArticle):
    """Only copyright, licence or company text."""

    reason = "licence_only"


class ConsentWall(NotAnArticle):
    """A cookie or consent dialogue in the article's place."""

    reason = "consent_wall"


class BotWall(NotAnArticle):
    """A captcha or 'checking your browser' page."""

    reason = "bot_wall"


class SoftNotFound(NotAnArticle):
    """A 'not found' page sent with status 200."""

    reason = "soft_404"


class LoginPage(NotAnArticle):
    """A form to log in or register."""

    reason = "login_page"


class Duplicate(NotAnArticle):
    """The same article as one already written; ``detail`` is that article's id."""

    reason = "duplicate"


class Unsure(Rejection):
    """An article whose text is less likely to be right than ``MIN_CONFIDENCE`` wants it; ``detail`` has both figures."""

    reason = "unsure"
    confidence: float = 0.0
    """As the record would have it, from 0 to 1."""
