"""Reads a robots.txt by RFC 9309, and tells what its rules refuse.

Groups are put together here because Protego 0.7 takes the beginning of a product token for the whole, does not find a group whose
token has a version (``name/1.0``), lets an unknown line divide the agents of a group, and tells ``%2F`` in a query from a slash.
Protego matches the paths.
"""

from __future__ import annotations

import math
import re
from urllib.parse import quote

import msgspec
from protego import Protego

from newscrawl.download.failures import Refused
from newscrawl.rejections import (
    BlockedAddress,
    ConnectionFailed,
    HostLeftAlone,
    LimitReached,
    Rejection,
    RobotsForbidden,
    TlsError,
)

ROBOTS_BYTES = 500 * 1024
"""So many bytes are read of a robots.txt (RFC 9309 §2.5)."""
LARGE = 2000
"""A file of more rules is more than anybody writes by hand."""

# Unknown lines and comments do not divide groups (§2.2.4); the misspellings are the ones that Google and Protego take.
_LINE = re.compile(
    r"\s*(user[ -]?agent|allow|dis+al+ow|diasllow|disallaw|site-?maps?|crawl[ -]delay|request[ -]rate)\s*(?::|\s)\s*(.*)",
    re.I,
)
_TOKEN = re.compile(r"[A-Za-z_-]+(?![0-9A-Za-z])")
_RATE = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})\s*([smhd]?)\b", re.I)
_PRINTABLE = "".join(map(chr, range(33, 127)))
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


class Rules(msgspec.Struct, kw_only=True):
    """What a robots.txt says to one product token, as it is remembered."""

    rules: list[tuple[bool, str]] = []
    """Allowed or not, and the path pattern in ASCII."""
    delay: float | None = None
    """Crawl-delay in seconds, or the same from Request-rate, whichever is slower."""
    sitemaps: list[str] = []

    @property
    def forbids_all(self) -> bool:
        """Returns whether nothing may be asked."""
        return not any(allowed for allowed, _ in self.rules) and any(
            pattern in ("/", "/*", "*") for _, pattern in self.rules
        )


def parse(text: str, agent: str) -> Rules:
    """Returns the rules for a product token (§2.2.1): of its own groups taken together, else of the groups for ``*``. Sitemap lines belong to no group."""
    own = _token(agent) or agent.lower()
    # Of the groups only those that may count are kept: a file of 500 KiB has room for millions of pairs of agent and rule.
    groups: dict[str, Rules] = {}
    current: set[str] = set()
    in_rules = False
    sitemaps: list[str] = []
    for line in re.split(r"\r\n|\r|\n", text):
        found = _LINE.fullmatch(line.partition("#")[0])
        if not found:
            continue
        name, value = re.sub("[ -]", "", found[1].lower()), found[2].strip()
        if name.startswith("sitemap"):
            sitemaps += [value] if value else []
        elif name == "useragent":
            current = set() if in_rules else current
            in_rules = False
            if (token := _token(value)) in (own, "*"):
                current.add(token)
                groups.setdefault(token, Rules())
        else:
            in_rules = True
            for token in current:
                _add(groups[token], name, value)
    chosen = groups.get(own) or groups.get("*") or Rules()
    return Rules(rules=chosen.rules, delay=chosen.delay, sitemaps=sitemaps)


def _token(value: str) -> str | None:
    if value.split(None, 1)[:1] == ["*"]:
        return "*"
    found = _TOKEN.match(value)
    return found[0].lower() if found else None


def _add(group: Rules, name: str, value: str) -> None:
    if name in ("crawldelay", "requestrate"):
        seconds = _seconds(name, value)
        if seconds is not None:
            group.delay = max(group.delay or 0.0, seconds)
    elif value:
        # In ASCII: Protego divides lines at U+0085, U+2028 and the like too.
        pattern = quote(value.encode("utf-8", "surrogateescape"), safe=_PRINTABLE)
        group.rules += [(name == "allow", spelling) for spelling in _spellings(pattern)]


def _seconds(name: str, value: str) -> float | None:
    if name == "requestrate":
        rate = _RATE.match(value)
        return int(rate[2]) * _UNITS[rate[3].lower()] / int(rate[1]) if rate and int(rate[1]) else None
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _spellings(pattern: str) -> list[str]:
    """Returns the pattern in the spellings that Protego is asked with: a slash in a query means the same written as %2F (§2.2.2)."""
    path, mark, query = pattern.partition("?")
    decoded = path + mark + re.sub("%2f", "/", query, flags=re.I)
    if not mark and "*" in pattern and "%2f" in pattern.lower():  # the star may reach into the query
        return [pattern, re.sub("%2f", "/", pattern, flags=re.I)]
    return [decoded]


class Robots:
    """The rules of one host: what may be asked, and why not; the sitemaps that it names; the pace that it wants."""

    def __init__(self, rules: Rules | None = None, unreachable: Rejection | None = None) -> None:
        self._rules = rules or Rules()
        lines = [f"{'Allow' if allowed else 'Disallow'}: {pattern}" for allowed, pattern in self._rules.rules]
        self._matcher = Protego.parse("\n".join(["User-agent: *", *lines]))
        self.unreachable = unreachable
        """Why robots.txt could not be asked; None when it could."""
        self.sitemaps: list[str] = list(self._rules.sitemaps)

    @property
    def delay(self) -> float | None:
        """Crawl-delay in seconds as the file has it; None without one."""
        return self._rules.delay

    @property
    def forbids_all(self) -> bool:
        """Returns whether the file forbids every page."""
        return self._rules.forbids_all

    @property
    def large(self) -> bool:
        """Returns whether there are so many rules that comparing them with a URL is no work for the event loop (70 ms at 20,000 with stars)."""
        return len(self._rules.rules) > LARGE

    def refusal(self, url: str) -> Refused | None:
        """Returns why a URL may not be asked; None when it may. ``transient`` where only the asking failed."""
        gone = self.unreachable
        if gone is None:
            path, mark, query = url.partition("?")
            allowed = self._matcher.can_fetch(path + mark + re.sub("%2f", "/", query, flags=re.I), "*")
            return None if allowed else Refused(RobotsForbidden, "forbidden by robots.txt")
        # A host that cannot be reached at all is named as such, one that answers without rules as forbidden.
        if isinstance(gone, (BlockedAddress, ConnectionFailed, TlsError, HostLeftAlone, LimitReached)):
            return Refused(type(gone), gone.detail, transient=not isinstance(gone, BlockedAddress))
        detail = f" ({gone.detail})" if gone.detail else ""
        return Refused(RobotsForbidden, f"robots.txt could not be asked: {gone.name}{detail}", transient=True)


def decode(body: bytes) -> str:
    """Returns the file as text: UTF-8 (a broken byte stays itself), or UTF-16 with its mark; NULs dropped; cut at the end of a line after 500 KiB."""
    if len(body) > ROBOTS_BYTES:
        body = body[:ROBOTS_BYTES].rpartition(b"\n")[0]
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = body.decode("utf-16", "replace")
    else:
        text = body.decode("utf-8", "surrogateescape")
    return text.lstrip("\ufeff").replace("\x00", "")
