"""URLs: normal form, identity and scope. Nothing here fetches.

The normal form is for comparing, never for asking: a request keeps the URL as it was found.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, quote, unquote, unquote_to_bytes, urlencode, urljoin, urlsplit

import tldextract

_REST = re.compile(r"[\w.]+")
"""What may follow the prefix of a tracking parameter."""
_VARIANT_STEPS = {"amp", "print", "m", "mobile", "wap"}
_MOBILE_HOST = re.compile(r"^((www|m|mobile|wap|amp|3g|touch)\.)+(?=[^.]+\.)")
_MOBILE_LABEL = re.compile(r"(?<=[\w-])\.(m|mobile|amp)(?=\.[\w-]+\.[\w.-]+$)")  # en.m.news.example
_SESSION_STEP = re.compile(r"\((?:[A-Za-z]\([\w-]{8,}\))+\)")  # ASP.NET: /(S(1a2b3c4d5e6f))/
_INDEX_FILE = re.compile(r"/(index|default)\.(s?html?|php|aspx?|jsp)$", re.I)
_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
# Control characters, marks that turn the direction of writing, halves of surrogate pairs: a browser sends them escaped.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
MAX_HOST = 253
"""Longer host names do not exist (RFC 1035 §2.3.4): they are kept as they stand, for what looks at their labels takes its time over each."""
MAX_LENGTH = 2083
"""Longer URLs are no articles' (the old limit of Internet Explorer, which sites still keep to)."""


def split(url: str | None) -> SplitResult:
    """The parts of an address as a page writes it; all of them empty where it cannot be parsed (``http://[link]``)."""
    try:
        return urlsplit(url or "")
    except ValueError:
        return SplitResult("", "", "", "", "")


def joined(base: str | None, link: str) -> str:
    """A link as a page writes it, resolved against an address and otherwise left as it is; "" where it cannot be parsed."""
    try:
        return urljoin(base or "", link)
    except ValueError:
        return ""


def host(url: str | None) -> str:
    """The URL's host name in lower case, without port; empty when there is none."""
    return (split(url).hostname or "").lower().rstrip(".")


def origin(url: str) -> str:
    """Scheme, host and port (``https://news.example:443``): what pace, stops and robots.txt go by (RFC 9309 §2.3). It is empty when unparsable."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    scheme, name = parts.scheme.lower(), (parts.hostname or "").lower().rstrip(".")
    place = f"[{name}]" if ":" in name else name
    return f"{scheme}://{place}:{port or (443 if scheme == 'https' else 80)}"


@lru_cache(maxsize=4096)
def registrable(name: str) -> str:
    """The registrable domain of a host name by the bundled public suffix list; an address or a single label stays itself.

    A top-level domain that the list does not name is a suffix (publicsuffix.org's rule ``*``): ``www.portal.example`` → ``portal.example``.
    """
    if len(name) > MAX_HOST:
        return name
    found = _SUFFIXES(name)
    if found.top_domain_under_public_suffix or found.suffix or is_address(name):
        return found.top_domain_under_public_suffix or name
    return ".".join(name.split(".")[-2:])


def same_site(one: str, other: str) -> bool:
    """Whether two URLs belong to one registrable domain."""
    first, second = host(one), host(other)
    return bool(first) and registrable(first) == registrable(second)


def problem(url: str) -> str | None:
    """Why a URL may not be asked for: scheme, user info, no host, length, unparsable. None when it may."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return f"cannot be parsed: {error}"
    if parts.scheme.lower() not in ("http", "https"):
        return f"scheme {parts.scheme or 'missing'}"
    if not parts.hostname:
        return "no host"
    if parts.username is not None or parts.password is not None:
        return "user info"
    if len(url) > MAX_LENGTH:
        return f"{len(url)} characters"
    return None


def absolute(base: str, link: str) -> str | None:
    """A link as found on ``base``, absolute, without fragment and surrounding space; None when it cannot be parsed."""
    try:
        # Browsers drop line breaks and tabs inside an href (WHATWG URL, "basic URL parser").
        found = urljoin(base, re.sub(r"[\t\r\n]", "", link.strip())).split("#", 1)[0].replace(" ", "%20")
    except ValueError:
        return None
    return (
        found if found.isprintable() else _UNSEEN.sub(lambda letter: quote(letter[0], safe="", errors="replace"), found)
    )


@lru_cache(maxsize=4096)
def normalise(url: str) -> str:
    """The form in which two spellings of one page are equal.

    https, no ``www.``/``m.``, no default port, no fragment, no tracking parameters, no AMP, mobile or print dress, no index
    file, no trailing slash, percent-escapes in one spelling, parameters sorted. Parameters that matter (``id``, ``page``) stay.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url.strip()
    if parts.scheme.lower() not in ("http", "https"):
        return url.strip()
    name = _plain_host(parts.hostname or "")
    path = _plain_path(parts.path)
    # Latin-1 stands for the bytes: as UTF-8 two different values in GBK would become one.
    given = quote(parts.query, safe="%&=+;!$'()*,/:?@~-._#[]|{}\"^`\\", encoding="utf-8", errors="replace")
    pairs = [
        (key, value)
        for key, value in parse_qsl(given, keep_blank_values=True, encoding="latin-1")
        if not _irrelevant(key, value)
    ]
    query = urlencode(sorted(pairs), encoding="latin-1")
    place = f"[{name}]" if ":" in name else name
    if port is not None and port not in (80, 443):
        place += f":{port}"
    return f"https://{place}{path}" + (f"?{query}" if query else "")


def identity(url: str, canonical: str | None = None) -> str:
    """The article's id: 16 hex digits over the normalised URL.

    ``canonical`` (what the page declares) counts where it stays on the site and is no front page; else the fetched URL does.
    """
    return hashlib.sha256(normalise(chosen(url, canonical)).encode("utf-8", "replace")).hexdigest()[:16]


def chosen(url: str, canonical: str | None) -> str:
    """The URL that identifies the page: the canonical one where it holds up, else ``url``."""
    if (
        canonical
        and problem(canonical) is None
        and same_site(url, canonical)
        and (not is_front(canonical) or is_front(url))
    ):
        return canonical
    return url


def is_front(url: str) -> bool:
    """Whether the URL is a site's front page: no path beside an index file, no query that matters."""
    normal = split(normalise(url))
    return normal.path in ("", "/") and not normal.query


def _plain_host(name: str) -> str:
    name = name.lower().rstrip(".")
    if len(name) > MAX_HOST:
        return name
    try:
        name = name.encode("idna").decode("ascii") if not name.isascii() else name
    except UnicodeError:
        return name
    # A bare m.com stays: only a label in front of a registrable domain is a dress.
    without = _MOBILE_LABEL.sub("", _MOBILE_HOST.sub("", name))
    return without if without != name and "." in registrable(without) else name


def _plain_path(path: str) -> str:
    path = re.sub(r"/{2,}", "/", path)
    path = re.sub(r";(jsessionid|phpsessid|sid)=[^/]*", "", path, flags=re.I)
    path = _SESSION_STEP.sub("", path)
    path = re.sub(r"[._-]amp(?=(\.s?html?)?$)|\.amp(?=\.s?html?$)", "", path, flags=re.I)
    path = _INDEX_FILE.sub("/", re.sub(r"/{2,}", "/", path))
    # unquote and quote: one spelling of escapes; "/" stays escaped where it was.
    steps = [quote(unquote_to_bytes(step), safe="!$&'()*+,;=:@~-._") for step in path.split("/")]
    kept: list[str] = []
    for step in steps:
        if step == "..":
            del kept[-1:]
            kept = kept or [""]
        elif step != ".":
            kept.append(step)
    steps = [step for step in kept if step]
    if len(steps) > 1 and steps[0].lower() in _VARIANT_STEPS:
        steps = steps[1:]
    if len(steps) > 1 and steps[-1].lower() in _VARIANT_STEPS:
        steps = steps[:-1]
    return "/" + "/".join(steps) if steps else "/"


def _irrelevant(name: str, value: str) -> bool:
    """Whether a query parameter does not tell which page is shown (``urls.toml``)."""
    name = name.lower()
    exact, prefixes = _parameters()
    if any(values.fullmatch(value) for values in exact.get(name, ())):
        return True
    return any(name.startswith(prefix) and _REST.fullmatch(name, len(prefix)) for prefix in prefixes)


@cache
def _parameters() -> tuple[dict[str, list[re.Pattern[str]]], tuple[str, ...]]:
    """The values with which a parameter is irrelevant, by its name; and the prefixes of names that are irrelevant with any value."""
    table = tomllib.loads(resources.files("newscrawl").joinpath("urls.toml").read_text("utf-8"))
    exact: dict[str, list[re.Pattern[str]]] = {}
    prefixes = tuple(name.removesuffix("*") for name in table["tracking"] if name.endswith("*"))
    for name in table["tracking"]:
        if not name.endswith("*"):
            exact[name] = [re.compile(".*", re.S)]
    for rule in table["parameter"]:
        values = re.compile(rule.get("pattern") or "|".join(map(re.escape, rule["values"])), re.I)
        for name in rule["names"]:
            exact.setdefault(name, []).append(values)
    return exact, prefixes


def is_address(name: str) -> bool:
    """Whether a host name is an IP address in its usual spelling."""
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def leads_back(target: str, url: str) -> bool:
    """Whether a redirect's target names in its query where it came from: a gate (consent, login, welcome) rather than a page."""
    path, query = split(url).path, unquote(unquote(split(target).query))
    return len(path) > 1 and path in query
