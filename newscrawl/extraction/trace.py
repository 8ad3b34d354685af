"""What the field finders note of their choices where somebody asks (``scrapy explain``); everywhere else the trace is None.

They note which candidates they had beside the one that they took. Nothing is decided here, and nothing that decides reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from newscrawl.extraction.document import Document, Found


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value that a finder met; ``why`` says why it cannot serve, empty where it could have."""

    value: Any
    origin: str
    where: str = ""
    raw: str | None = None
    why: str = ""


@dataclass(slots=True)
class Trace:
    """The notes of one extraction."""

    fields: dict[str, list[Candidate]] = field(default_factory=dict)
    """By field, in the order in which the finder asks; the first that can serve is mostly the one it took."""

    def met(self, name: str, value: Any, origin: str, where: str = "", raw: str | None = None, why: str = "") -> None:
        """Notes a candidate of a field."""
        self.fields.setdefault(name, []).append(Candidate(value, origin, where, raw, why))


def settle(doc: Document, name: str, candidates: Iterable[Found], empty: Any = None) -> Found:
    """The first candidate with a value, else an empty :class:`Found`; with a trace, all others are asked for too and noted."""
    rest: Iterator[Found] = iter(candidates)
    if doc.trace is None:
        return next((found for found in rest if found.value), None) or Found(empty)
    every = list(rest)
    doc.trace.fields[name] = [
        Candidate(found.value, found.origin, found.where, found.raw, "" if found.value else "nothing usable in it")
        for found in every
        if found.value or found.raw
    ]
    return next((found for found in every if found.value), None) or Found(empty)


def watched(
    doc: Document, name: str, witnesses: Iterator[Any], plausible: Callable[[Any, Document], bool]
) -> Iterator[Any]:
    """The witnesses of a date as they came; with a trace, all of them are noted first."""
    if doc.trace is None:
        return witnesses
    every = list(witnesses)
    for witness in every:
        why = "" if plausible(witness.stamp, doc) else "later than a day after the fetch"
        doc.trace.met(name, witness.stamp.iso(), witness.origin, witness.where, witness.stamp.raw, why)
    return iter(every)
