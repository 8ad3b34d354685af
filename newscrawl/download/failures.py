"""What a failed request means: exceptions of the middlewares here and of Scrapy to rejections.

    IgnoreRequest (Scrapy's: no retry, no traceback)
    └── Refused                 carries the rejection's class and detail
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

from newscrawl.download.guard import not_public, refused_address
from newscrawl.rejections import (
    BadResponse,
    BadScheme,
    BlockedAddress,
    ConnectionFailed,
    Rejection,
    Timeout,
    TlsError,
    TooLarge,
)
from newscrawl.urls import host


class Refused(IgnoreRequest):
    """A request that a middleware ends, with the rejection it ends as; ``detail`` is for a person."""

    def __init__(self, kind: type[Rejection], detail: str | None = None) -> None:
        super().__init__(f"{kind.reason}: {detail}" if detail else kind.reason)
        self.kind = kind
        self.detail = detail


def rejection(url: str, error: BaseException | None, asked: str | None = None) -> Rejection:
    """The rejection of a request for ``url`` that failed with ``error``; ``asked`` is the last URL of its redirects."""
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
            return BadResponse, "the answer ends too early or is broken"
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
    return BadResponse, f"{type(error).__name__}: {text}"


def _reasons(error: BaseException) -> list[BaseException]:
    """The exceptions behind Twisted's: a ``ResponseFailed`` lists Failures as its reasons."""
    cause = error.__cause__ or error
    return [reason.value for reason in getattr(cause, "reasons", None) or [] if hasattr(reason, "value")] or [cause]


def _tls(error: BaseException) -> str | None:
    for cause in _reasons(error):
        module = type(cause).__module__
        if module.startswith(("OpenSSL", "service_identity", "ssl")) or type(cause).__name__ == "VerificationError":
            parts = [part for entry in cause.args if isinstance(entry, (list, tuple)) for row in entry
                     for part in (row if isinstance(row, (list, tuple)) else [row]) if isinstance(part, str) and part]
            return "; ".join(parts) or str(cause) or type(cause).__name__
    return None


def _lost(error: BaseException) -> bool:
    return any(type(cause).__name__ in ("ConnectionLost", "ConnectionDone", "ConnectionAborted") for cause in _reasons(error))


def _causes(error: BaseException) -> str:
    return "; ".join(" ".join(f"{type(cause).__name__}: {cause}".split()) for cause in _reasons(error))[:300]
