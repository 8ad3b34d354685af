"""Tells what a failed request means: turns exceptions of the middlewares here and of Scrapy into rejections.

IgnoreRequest (Scrapy's: no retry, no traceback)
└── Refused                 carries the rejection's class and detail
_DataLoss (Twisted's)
└── ExcessBody
"""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from newscrawl.download.certificates import BadCertificate
from newscrawl.download.guard import not_public, refused_address
from newscrawl.download.scrapy_internals import DataLoss
from newscrawl.rejections import (
    BadResponse,
    BadScheme,
    BlockedAddress,
    ConnectionFailed,
    ExtractCrash,
    HostLeftAlone,
    HttpStatus,
    LimitReached,
    Rejection,
    Timeout,
    TlsError,
    TooLarge,
)
from newscrawl.urls import host


class Refused(IgnoreRequest):
    """A middleware ends a request, with the rejection it ends as; ``detail`` is for a person.

    ``transient``: a later run may find it otherwise, although ``kind`` alone would be final (a robots.txt that could not be asked).
    """

    def __init__(self, kind: type[Rejection], detail: str | None = None, *, transient: bool = False) -> None:
        super().__init__(f"{kind.reason}: {detail}" if detail else kind.reason)
        self.kind = kind
        self.detail = detail
        self.transient = transient


class ExcessBody(DataLoss):
    """An answer goes on behind the length that it stated: which of the two is wrong nobody knows, so the page may be cut."""


def transient(error: BaseException | None, rejected: Rejection) -> bool:
    """Returns whether a page that failed with ``error`` (None: it came, with a status) and ended as ``rejected`` may be asked again in a later run.

    True of what a server or the way to it may mend by itself: no answer in time, no connection, a bad certificate, statuses of 500 and
    above, 408, 425 and 429, robots.txt that could not be asked, a host that is left alone, a run that was stopped. So of the machine's
    own trouble: the kernel, short of memory, stops whichever worker it finds. A page that breaks the extraction does so in every run.
    """
    if isinstance(error, Refused) and error.transient:
        return True
    if isinstance(rejected, HttpStatus):
        return rejected.status >= 500 or rejected.status in (408, 425, 429)
    if isinstance(rejected, ExtractCrash):
        return rejected.passing
    return isinstance(rejected, (Timeout, ConnectionFailed, TlsError, HostLeftAlone, LimitReached))


def rejection(url: str, error: BaseException | None, asked: str | None = None) -> Rejection:
    """Returns the rejection of a request for ``url`` that failed with ``error``; ``asked`` is the last URL of its redirects."""
    if isinstance(error, Refused):
        return error.kind(url=url, detail=error.detail)
    if isinstance(error, CannotResolveHostError):
        address = refused_address(host(asked or url))
        if address:
            return BlockedAddress(url=url, detail=not_public(host(asked or url), address))
        return ConnectionFailed(url=url, detail=f"host {host(asked or url)} not found")
    kind, detail = _kind(error or RuntimeError("no reason given"))
    return kind(url=url, detail=detail)


def _kind(error: BaseException) -> tuple[type[Rejection], str]:
    text = " ".join(str(error).split())[:300] or type(error).__name__
    tls = _tls(error)
    if tls:
        return TlsError, tls
    match error:
        case DownloadTimeoutError() | TimeoutError():
            return Timeout, "no whole answer in time"
        case DownloadCancelledError():
            return TooLarge, "larger than the limit"
        case IgnoreRequest() if "max" in text.lower() and "size" in text.lower() or "exceeded" in text.lower():
            return TooLarge, "larger than the limit once decompressed"
        case ResponseDataLossError():
            excess = next((str(cause) for cause in _reasons(error) if isinstance(cause, ExcessBody)), None)
            return BadResponse, excess or "the answer ends too early or is broken"
        case DownloadConnectionRefusedError():
            return ConnectionFailed, "connection refused"
        case UnsupportedURLSchemeError() | NotSupported():
            return BadScheme, text
        case DownloadFailedError():
            return (ConnectionFailed, "connection lost") if _lost(error) else (BadResponse, _causes(error) or text)
        case OSError():
            return BadResponse, f"broken compression: {text}"
    if type(error).__module__.startswith("twisted.internet"):
        return ConnectionFailed, text
    return BadResponse, _words(error)[:300]


def _reasons(error: BaseException) -> list[BaseException]:
    """Returns the exceptions behind Twisted's: a ``ResponseFailed`` lists Failures as its reasons."""
    cause = error.__cause__ or error
    return [reason.value for reason in getattr(cause, "reasons", None) or [] if hasattr(reason, "value")] or [cause]


def _tls(error: BaseException) -> str | None:
    for cause in _reasons(error):
        if isinstance(cause, BadCertificate):
            return str(cause)
        module = type(cause).__module__
        if module.startswith(("OpenSSL", "service_identity", "ssl")) or type(cause).__name__ == "VerificationError":
            parts = [
                part
                for entry in cause.args
                if isinstance(entry, (list, tuple))
                for row in entry
                for part in (row if isinstance(row, (list, tuple)) else [row])
                if isinstance(part, str) and part
            ]
            return "; ".join(parts) or str(cause) or type(cause).__name__
    return None


def _lost(error: BaseException) -> bool:
    return any(
        type(cause).__name__ in ("ConnectionLost", "ConnectionDone", "ConnectionAborted") for cause in _reasons(error)
    )


def _causes(error: BaseException) -> str:
    return "; ".join(map(_words, _reasons(error)))[:300]


def _words(error: BaseException) -> str:
    """Returns an exception in words; our own need no name before them."""
    own = type(error).__module__.startswith("newscrawl.")
    return " ".join((str(error) if own else f"{type(error).__name__}: {error}").split())
