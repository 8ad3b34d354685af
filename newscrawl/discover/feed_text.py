"""Repairs feeds that are no well-formed XML as far as text goes: encoding, control characters, ampersands, entities, prefixes.

What is repaired here is read by the strict reader, which keeps offsets of dates and order; only what stays broken (elements that
overlap or never end) is left to feedparser.
"""

from __future__ import annotations

import re
from html.entities import html5

from chardet import detect
from w3lib.encoding import http_content_type_encoding, read_bom, resolve_encoding

_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']", re.I)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_AMPERSAND = re.compile(r"&(?!(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_CONTROL_REFERENCE = re.compile(r"&#(?:x0*(?:[0-8bceBCE]|1[0-9a-fA-F])|0*(?:[0-8]|1[124-9]|2\d|3[01]));")
_DECLARED_PREFIX = re.compile(r"xmlns:([A-Za-z][\w.-]*)")
_PREFIX = re.compile(r"<([A-Za-z][\w.-]*):[A-Za-z]")
_XML = frozenset(("amp", "lt", "gt", "quot", "apos"))
_SAMPLE = 200_000


def text_of(body: bytes, content_type: str = "") -> str:
    """Returns the feed's text without its XML declaration: the first of byte order mark, declaration, header and detection that fits the bytes."""
    marked, mark = read_bom(body)
    if marked and mark:
        return _DECLARATION.sub("", body[len(mark) :].decode(marked, "replace"))
    declared = _DECLARED.match(body[:512])
    names = [declared[1].decode("ascii") if declared else None, http_content_type_encoding(content_type), "utf-8"]
    encodings = [found for name in names if name and (found := resolve_encoding(name))]
    for encoding in encodings:
        try:
            return _DECLARATION.sub("", body.decode(encoding))
        except (UnicodeDecodeError, LookupError):
            continue
    # A byte or two of another encoding (a pasted name) do not make the whole another's.
    first = body.decode(encodings[0], "replace")
    if first.count("\ufffd") <= 3 + len(first) // 10_000:
        return _DECLARATION.sub("", _patched(body) if encodings[0] == "utf-8" else first)
    guess = resolve_encoding(str(detect(body[:_SAMPLE]).get("encoding") or "")) or encodings[0]
    return _DECLARATION.sub("", body.decode(guess, "replace"))


def _patched(body: bytes) -> str:
    """Decodes UTF-8 with single bytes of Windows' western encoding in it."""
    text = body.decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda found: bytes([ord(found[0]) - 0xDC00]).decode("cp1252", "replace"), text)


def repaired(text: str) -> str:
    """Returns the text with control characters out, bare ampersands escaped, HTML's entities resolved and missing prefixes declared."""
    text = _CONTROL.sub("", text)
    parts = _around_cdata(text)
    for at in range(0, len(parts), 2):
        part = _CONTROL_REFERENCE.sub("", _AMPERSAND.sub("&amp;", parts[at]))
        parts[at] = _ENTITY.sub(_resolved, part)
    return _with_prefixes("".join(parts))


def _around_cdata(text: str) -> list[str]:
    """Returns the text in turns: what stands outside of CDATA sections, and a section; one that never ends is none."""
    parts: list[str] = []
    at = 0
    while (start := text.find("<![CDATA[", at)) >= 0 and (end := text.find("]]>", start)) >= 0:
        parts += [text[at:start], text[start : end + 3]]
        at = end + 3
    return [*parts, text[at:]]


def _resolved(found: re.Match[str]) -> str:
    name = found[1]
    if name in _XML:
        return found[0]
    known = html5.get(name + ";")
    return known.replace("&", "&amp;").replace("<", "&lt;") if known else "&amp;" + name + ";"


def _with_prefixes(text: str) -> str:
    """Declares on the root the prefixes that nothing declares; elements are told by local name, so any address will do."""
    root = re.search(r"<(?![?!])[\w:.-]+", text)
    if root is None:
        return text
    missing = set(_PREFIX.findall(text)) - set(_DECLARED_PREFIX.findall(text)) - {"xml"}
    declarations = "".join(f' xmlns:{prefix}="urn:undeclared:{prefix}"' for prefix in sorted(missing)[:50])
    return text[: root.end()] + declarations + text[root.end() :]
