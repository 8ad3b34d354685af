"""What an extraction notes of its own decisions where somebody asks (``scrapy explain``); everywhere else the trace is None.

Two things are noted: which step gave a block its reason, found by comparing the reasons before and after each step, and which candidates
a field's finder had beside the one that it took. Nothing is decided here, and nothing that decides reads it.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from newscrawl.extract.document import Document, Found

if TYPE_CHECKING:
    from newscrawl.extract.document import Block
    from newscrawl.extract.page import Container


@dataclass(frozen=True, slots=True)
class Step:
    """A step that changed a block's reason. ``cause`` is the block that set it off (a heading), ``note`` what the step counted."""

    rule: str
    reason: str | None
    cause: Block | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value that a finder met; ``why`` says why it cannot serve, empty where it could have."""

    value: Any
    origin: str
    where: str = ""
    raw: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """How the body was cut out of one list of blocks: the container that holds it, and the first and last block of its run."""

    main: Container | None
    first: int
    last: int
    reached: frozenset[int]
    """Indexes of the blocks that could become body: those in the container, and their continuations beside it."""
    support: dict[int, float]
    """For each of these, trafilatura's share of the prose in blocks of its shape, 0 to 1."""
    given: bool = False
    """A site file named the body's elements."""


@dataclass(slots=True)
class Trace:
    """The notes of one extraction."""

    steps: dict[int, list[Step]] = field(default_factory=dict)
    """By ``id`` of the block: indexes change where a page's embedded state is read. The steps in order, the last one holds."""
    fields: dict[str, list[Candidate]] = field(default_factory=dict)
    """By field, in the order in which the finder asks; the first that can serve is mostly the one it took."""
    selections: list[tuple[frozenset[int], Selection]] = field(default_factory=list)
    """Each with the ``id``\\ s of the blocks it was cut from."""
    from_state: bool = False
    """The article was read from the page's embedded state; its blocks follow those of the HTML."""
    _known: dict[int, str | None] = field(default_factory=dict)

    def step(self, rule: str, blocks: Iterable[Block], cause: Block | None = None, note: str = "") -> None:
        """Notes the blocks whose reason is another than at the last step."""
        for block in blocks:
            if self._known.get(id(block)) != block.reason:
                self._known[id(block)] = block.reason
                self.steps.setdefault(id(block), []).append(Step(rule, block.reason, cause, note))

    def selected(self, blocks: Iterable[Block], selection: Selection) -> None:
        """Notes how the body was cut out of the blocks."""
        self.selections.append((frozenset(map(id, blocks)), selection))

    def selection_of(self, block: Block) -> Selection | None:
        """The selection that the block went through."""
        return next((selection for ids, selection in self.selections if id(block) in ids), None)

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
        for found in every if found.value or found.raw]
    return next((found for found in every if found.value), None) or Found(empty)


def watched(doc: Document, name: str, witnesses: Iterator[Any], plausible: Callable[[Any, Document], bool]) -> Iterator[Any]:
    """The witnesses of a date as they came; with a trace, all of them are noted first."""
    if doc.trace is None:
        return witnesses
    every = list(witnesses)
    for witness in every:
        why = "" if plausible(witness.stamp, doc) else "later than a day after the fetch"
        doc.trace.met(name, witness.stamp.iso(), witness.origin, witness.where, witness.stamp.raw, why)
    return iter(every)
