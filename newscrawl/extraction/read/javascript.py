"""Reads values written as JavaScript: the literals that front ends leave in their scripts. Nothing is run.

``window.__NUXT__=(function(a,b){return {title:a,content:b}}("…","…"))`` is Nuxt's way to write state that is no JSON: names without
quotes, ``!0``, ``void 0``, and what repeats passed as an argument. Only literals, such functions and ``JSON.parse("…")`` are read.

The reader is our own because chompjs 1.4 leaves ``!0`` as a string, gives the names of arguments in place of their values and cannot
read the escapes in ``JSON.parse``. The json5 packages refuse all of these, and json5 0.17 takes ten seconds for 35 kB.
"""

from __future__ import annotations

import json
import re
from collections import ChainMap
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote as percent

MAX_CHARS = 1_000_000
MAX_DEPTH = 120
MIN_STRING = 200
_SKIP = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.S)
# A script holds megabytes of quotes and escapes: nothing here may be tried twice in the same place.
_STRING = re.compile(r'"(?:[^"\\\n]++|\\.)*"|\'(?:[^\'\\\n]++|\\.)*\'|`(?:[^`\\]++|\\.)*`', re.S)
# Outside of strings too an escape is passed over as a whole: after a quote that is never closed each escaped one would open a string.
_TOKEN = re.compile(_STRING.pattern + r"|\\.|[\[\](){}]", re.S)
_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.S)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_FUNCTION = re.compile(
    r"\({0,9}\s*+(?:function\s*+\w*+\s*+\((?P<names>[\w$,\s]*+)\)|\((?P<arrow>[\w$,\s]*+)\)\s*+=>)\s*+(?P<open>\{|\()"
)
_PARSE = re.compile(r"JSON\s*\.\s*parse\s*\(\s*(?:decodeURIComponent\s*\(\s*)?")
_RETURN = re.compile(r"\breturn\s*(?=[\[{(\"'])")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "undefined": None, "NaN": None, "Infinity": None}


class Unreadable(ValueError):
    """The text is no value of the kinds that are read here."""


def value_of(text: str) -> Any:
    """The value that the text begins with. :raises Unreadable: where it is none, or too long or too deep."""
    if len(text) > MAX_CHARS:
        raise Unreadable("too long")
    return _Reader(text, ChainMap()).value(_SKIP.match(text).end(), 0)[0]  # type: ignore[union-attr]


def strings(text: str) -> Iterator[str]:
    """The long string literals of a script."""
    if len(text) <= MAX_CHARS:
        yield from (unquote(match[0]) for match in _TOKEN.finditer(text) if len(match[0]) > MIN_STRING)


def unquote(literal: str) -> str:
    """A string literal's text, surrogate pairs joined."""
    inner = literal[1:-1]
    if "\\" not in inner:
        return inner
    plain = _ESCAPE.sub(_unescape, inner)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        return chr(int(code, 16)) if int(code, 16) < 0x110000 else "\ufffd"
    return _SIMPLE.get(match[4], match[4])


class _Reader:
    """Reads values at positions of one text; ``names`` are the arguments of the functions around it."""

    def __init__(self, text: str, names: ChainMap[str, Any]) -> None:
        self.text = text
        self.names = names

    def skip(self, at: int) -> int:
        match = _SKIP.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        """The value that begins at the position, and where it ends."""
        if depth > MAX_DEPTH:
            raise Unreadable("too deep")
        head = self.text[at : at + 1]
        if head == "{":
            return self._object(at + 1, depth)
        if head == "[":
            return self._list(at + 1, "]", depth)
        if match := _STRING.match(self.text, at):
            return unquote(match[0]), match.end()
        if match := _NUMBER.match(self.text, at):
            return _number(match[0]), match.end()
        if match := _FUNCTION.match(self.text, at):
            return self._call(match, depth)
        if match := _PARSE.match(self.text, at):
            return self._parsed(match.end())
        return self._word(at, depth)

    def _word(self, at: int, depth: int) -> tuple[Any, int]:
        if self.text.startswith("!", at):
            inner, end = self.value(at + 1, depth + 1)
            return not inner, end
        if self.text.startswith("(", at):
            inner, end = self.value(self.skip(at + 1), depth + 1)
            return inner, self._after(self.skip(end), ")")
        match = _NAME.match(self.text, at)
        if match is None:
            raise Unreadable(f"no value at {at}")
        if match[0] == "void":
            return None, self.value(self.skip(match.end()), depth + 1)[1]
        if match[0] in _WORDS:
            return _WORDS[match[0]], match.end()
        if match[0] in self.names:
            return self.names[match[0]], match.end()
        return None, self._past_call(match.end())

    def _past_call(self, at: int) -> int:
        """The end of ``new Date(1)``, ``Object.create(null)`` or a name nobody gave, whose value is unknown."""
        depth = 0
        while at < len(self.text):
            char = self.text[at]
            if char in "\"'`" and (match := _STRING.match(self.text, at)):
                at = match.end()
                continue
            if char == "\\":
                at += 1
            if char in "([{":
                depth += 1
            elif char in ")]}":
                if not depth:
                    return at
                depth -= 1
            elif char in ",;" and not depth:
                return at
            at += 1
        return at

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        at = self.skip(at)
        while not self.text.startswith("}", at):
            if match := _STRING.match(self.text, at):
                key = unquote(match[0])
            elif match := _NAME.match(self.text, at) or _NUMBER.match(self.text, at):
                key = match[0]
            else:
                raise Unreadable(f"no name at {at}")
            at = self.skip(match.end())
            if self.text.startswith(":", at):
                found[key], at = self.value(self.skip(at + 1), depth + 1)
            else:
                found[key] = self.names.get(key)
            at = self.skip(at)
            if self.text.startswith(",", at):
                at = self.skip(at + 1)
            elif not self.text.startswith("}", at):
                raise Unreadable(f"no end of an object at {at}")
        return found, at + 1

    def _list(self, at: int, end: str, depth: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        at = self.skip(at)
        while not self.text.startswith(end, at):
            if self.text.startswith(",", at):
                found.append(None)
            else:
                value, at = self.value(at, depth + 1)
                found.append(value)
                at = self.skip(at)
            if self.text.startswith(",", at):
                at = self.skip(at + 1)
            elif not self.text.startswith(end, at):
                raise Unreadable(f"no end of a list at {at}")
        return found, at + 1

    def _after(self, at: int, mark: str) -> int:
        if not self.text.startswith(mark, at):
            raise Unreadable(f"no {mark} at {at}")
        return at + 1

    def _call(self, match: re.Match[str], depth: int) -> tuple[Any, int]:
        """What a function that is called at once returns: its arguments are read first, then the value after ``return``."""
        start = match.end() - 1
        end = self._closing(start)
        at = self.skip(end)
        while self.text.startswith(")", at):
            at = self.skip(at + 1)
        arguments: list[Any] = []
        if self.text.startswith("(", at):
            arguments, at = self._list(at + 1, ")", depth + 1)
        names = [name.strip() for name in (match["names"] or match["arrow"] or "").split(",")]
        # The function's own text alone, and the names around it as they are: copies of either would be made for each function.
        inner = _Reader(self.text[start:end], self.names.new_child(dict(zip(names, arguments, strict=False))))
        if match["open"] == "(":
            return inner.value(inner.skip(1), depth + 1)[0], at
        returned = _RETURN.search(inner.text)
        if returned is None:
            raise Unreadable("a function without a value")
        return inner.value(inner.skip(returned.end()), depth + 1)[0], at

    def _closing(self, at: int) -> int:
        """The position after the bracket that closes the one at the position."""
        depth = 0
        for match in _TOKEN.finditer(self.text, at):
            if match[0] in ("(", "[", "{"):
                depth += 1
            elif match[0] in (")", "]", "}"):
                depth -= 1
                if not depth:
                    return match.end()
        raise Unreadable("an open bracket")

    def _parsed(self, at: int) -> tuple[Any, int]:
        match = _STRING.match(self.text, at)
        if match is None:
            raise Unreadable("JSON.parse of no literal")
        text = unquote(match[0])
        try:
            value = json.loads(percent(text) if text[:1] == "%" else text, strict=False)
        except (ValueError, RecursionError) as error:
            raise Unreadable(str(error)) from error
        return value, self.skip(match.end()) + 1


def _number(text: str) -> int | float | None:
    try:
        return int(text, 0) if re.fullmatch(r"-?(?:0[xX][0-9a-fA-F]+|0|[1-9]\d*)", text) else float(text)
    except (ValueError, OverflowError):
        return None
