"""The extractors' word lists: data in ``data/*.toml``, read once a process."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words(name: str) -> dict[str, Any]:
    """The word list ``data/<name>.toml`` as plain values."""
    return tomllib.loads(files("newscrawl.extraction").joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))


@cache
def word_set(name: str, *keys: str) -> frozenset[str]:
    """One list of a word file, case folded, for membership tests."""
    value: Any = words(name)
    for key in keys:
        value = value[key]
    return frozenset(str(word).casefold() for word in value)


@cache
def name_list(key: str) -> tuple[str, ...]:
    """One list of ``data/declared_names.toml``: the names under which pages declare a field, in the order in which they are asked."""
    return tuple(words("declared_names")[key])
