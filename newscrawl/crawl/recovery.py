"""What a run that died leaves to the next: lines that were decided and may not be on disk."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import Any

import msgspec

from newscrawl.crawl.outcomes import Delivery, Outcomes
from newscrawl.items import Article
from newscrawl.output.jsonl import LineWriter, encode_article
from newscrawl.output.tail import mark_of, marks_behind
from newscrawl.rejections import Rejection
from newscrawl.state.outbox import RECORD, Line, Output

logger = logging.getLogger(__name__)


class Remembered(Rejection):
    """A rejection that an earlier run decided and this one writes."""

    reason_: str = msgspec.field(name="reason", default="rejected")
    id: str | None = None

    @property
    def name(self) -> str:
        return self.reason_

    def row(self) -> dict[str, str | None]:
        """As it was decided."""
        return super().row() | ({"id": self.id} if self.id else {})


@dataclass(slots=True)
class Inheritance:
    """The lines that are this run's to write."""

    undecided: list[Delivery]
    """Articles that have not passed the user's item pipelines, or on which one of these failed: they are offered to them again."""
    decided: list[Delivery]
    """Lines as the pipelines left them, and rejections: they pass nothing any more."""


def inherit(outcomes: Outcomes) -> Inheritance:
    """Brings the dead run's outputs up to date; what had no lasting output is handed back, for this run's outputs.

    That is the case of an overwritten file, of which a dead run leaves nothing, and of formats that cannot be continued.
    """
    lines, store = outcomes.outbox.pending(), outcomes.store
    passed = [line for line in lines if line.passed]
    lasting = [output for output in outcomes.outbox.outputs() if output.lines]
    done = [line.row for line in passed] if lasting and passed and _completed(passed, lasting) else []
    found = Inheritance([], [])
    for line in lines:
        if line.row in done:
            continue
        if store.full and line.kind != RECORD:
            done.append(line.row)  # a full run meets its rejections again
            continue
        item = _item(line)
        if line.kind == RECORD:
            id_, _, version = line.mark.rpartition("/")
            outcomes.articles.inherited(id_)
        outcomes.outbox.adopt(line)
        delivery = Delivery(
            item, outcomes.outbox, outcomes.stats, row=line.row, changed=line.kind == RECORD and version != "1"
        )
        (found.decided if line.passed else found.undecided).append(delivery)
    outcomes.outbox.done(done)
    return found


def _completed(lines: list[Line], outputs: list[Output]) -> bool:
    """Writes to each output what it lacks; False when one cannot be written any more."""
    try:
        for output in outputs:
            for path, length, kind in (
                (output.path, output.length, True),
                (output.rejects, output.rejects_length, False),
            ):
                wanted = [(mark_of(line.data), line) for line in lines if (line.kind == RECORD) is kind]
                there = marks_behind(path, length, {mark for mark, _ in wanted}) if wanted else Counter()
                missing = []
                for mark, line in wanted:
                    if mark is not None and there[mark]:
                        there[mark] -= 1  # of lines that item pipelines made alike, each counts
                    else:
                        missing.append(line)
                if missing:
                    with LineWriter(path) as writer:
                        for line in missing:
                            writer.write(line.data)
                    logger.info("%s: wrote %d lines that a run which died had decided", path, len(missing))
    except OSError as error:
        logger.warning(
            "%s cannot be completed (%s): its lines go to this run's outputs", error.filename, error.strerror
        )
        return False
    return True


def _item(line: Line) -> Any:
    """The article or rejection of a line; of one that has passed item pipelines what these made."""
    if line.kind != RECORD:
        return msgspec.json.decode(line.data, type=Remembered)
    return rebuilt(line.data) if line.passed else msgspec.json.decode(line.data, type=Article)


def rebuilt(data: bytes) -> Any:
    """The item that a line was made of: an article, or a dict where it has not an article's fields, no more and no less."""
    try:
        article = msgspec.json.decode(data, type=Article)
    except msgspec.ValidationError:
        return msgspec.json.decode(data)
    return article if encode_article(article) == data else msgspec.json.decode(data)
