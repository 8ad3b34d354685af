"""Every regular expression of the package, and strings made to hold each of them up: what it repeats, repeated, and then no end."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import newscrawl

STAGES = ("newscrawl.extraction", "newscrawl.discover", "newscrawl.urls")
_METHODS = frozenset(("search", "match", "fullmatch", "finditer", "findall", "sub", "split"))
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_LONG = 20
"""Repetitions from which a part counts as repeated without an end."""
_OF_CATEGORY = {"DIGIT": "1", "NOT_DIGIT": "a", "SPACE": " ", "NOT_SPACE": "a1", "WORD": "a1新", "NOT_WORD": " -"}


def modules() -> list[str]:
    """The names of the modules that read pages."""
    return [
        info.name for info in pkgutil.walk_packages(newscrawl.__path__, "newscrawl.") if info.name.startswith(STAGES)
    ]


def patterns(module_name: str) -> dict[str, tuple[re.Pattern[Any], frozenset[str]]]:
    """A module's patterns and the methods by which they are used: its variables, what its cached functions hold, calls of ``re``."""
    module = importlib.import_module(module_name)
    found: dict[str, tuple[re.Pattern[Any], frozenset[str]]] = {}
    for name, value in vars(module).items():
        if (
            hasattr(value, "cache_info")
            and getattr(value, "__module__", "") == module_name
            and not inspect.signature(value).parameters
        ):
            value = value()
        if not name.startswith("__"):
            for at, pattern in enumerate(_inside(value)):
                found[f"{name}[{at}]" if at else name] = (
                    pattern,
                    _used().get(name, frozenset()) & _METHODS or frozenset(("search", "fullmatch")),
                )
    for at, (method, pattern) in enumerate(_calls(module)):
        found[f"{method}-{at}: {pattern.pattern[:30]!r}"] = pattern, frozenset((method,))
    return found


def _inside(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _inside(inner)
    elif isinstance(value, dict):
        yield from _inside(list(value.values()))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from _inside([getattr(value, member.name) for member in dataclasses.fields(value)])


@cache
def _used() -> dict[str, frozenset[str]]:
    """The attributes of each name of a variable, in the whole package."""
    found: dict[str, set[str]] = {}
    for path in Path(newscrawl.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
                owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                found.setdefault(owner, set()).add(node.attr)
    return {name: frozenset(attributes) for name, attributes in found.items()}


def _calls(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Calls such as ``re.sub("…", …)`` with a pattern that is known where the module is loaded."""
    for node in ast.walk(ast.parse(Path(module.__file__ or "").read_text("utf-8"))):
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value) == "re"
            and node.func.attr in _METHODS
        ):
            continue
        try:
            pattern = eval(ast.unparse(node.args[0]), dict(vars(module)))
        except NameError:
            continue
        flags = [ast.unparse(argument) for argument in (*node.args[2:], *(keyword.value for keyword in node.keywords))]
        yield node.func.attr, re.compile(pattern, re.I if "re.I" in flags else 0)


def attacks(pattern: re.Pattern[Any]) -> set[tuple[str, str]]:
    """Beginnings, and what is repeated after them."""
    flags = pattern.flags & ~re.U if isinstance(pattern.pattern, bytes) else pattern.flags
    return {(before, unit) for before, unit in _attacks(_parser.parse(pattern.pattern, flags), "") if unit}


def _attacks(parts: Iterable[tuple[Any, Any]], before: str) -> Iterator[tuple[str, str]]:
    for kind, value in parts:
        if kind in _REPEATS:
            if value[1] is _constants.MAXREPEAT or value[1] >= _LONG:
                for pick in range(2):
                    unit = _sample(value[2], pick)
                    yield before, unit
                    yield "", before + unit
            yield from _attacks(value[2], before)
        elif kind is _constants.SUBPATTERN:
            yield from _attacks(value[3], before)
        elif kind is _constants.ATOMIC_GROUP:
            yield from _attacks(value, before)
        elif kind is _constants.BRANCH:
            for choice in value[1]:
                yield from _attacks(choice, before)
        before += _sample([(kind, value)], 0)


def _sample(parts: Iterable[tuple[Any, Any]], pick: int) -> str:
    """A text that the parts of a pattern match, or nearly."""
    text = ""
    for kind, value in parts:
        if kind is _constants.LITERAL:
            text += chr(value)
        elif kind is _constants.NOT_LITERAL:
            text += "a" if value != ord("a") else "b"
        elif kind is _constants.ANY:
            text += "a"
        elif kind is _constants.IN:
            letters = _letters(value)
            text += letters[pick % len(letters)]
        elif kind is _constants.BRANCH:
            text += _sample(value[1][pick % len(value[1])], pick)
        elif kind is _constants.SUBPATTERN:
            text += _sample(value[3], pick)
        elif kind is _constants.ATOMIC_GROUP:
            text += _sample(value, pick)
        elif kind in _REPEATS:
            text += _sample(value[2], pick) * min(value[0], 60)
    return text


def _letters(items: list[tuple[Any, Any]]) -> str:
    """A few letters of a class."""
    letters = ""
    for kind, value in items:
        if kind in (_constants.LITERAL, _constants.RANGE):
            letters += chr(value if kind is _constants.LITERAL else value[0])
        elif kind is _constants.CATEGORY:
            letters += _OF_CATEGORY[str(value).removeprefix("CATEGORY_").removeprefix("UNI_")]
    if items[0][0] is _constants.NEGATE:
        return "".join(letter for letter in "a1 .,-/新\"'<(x\x02" if letter not in letters)[:4] or "\x03"
    return letters[:6] or "a"
