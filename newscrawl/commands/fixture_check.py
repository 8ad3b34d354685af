"""``scrapy fixture check`` and ``accept``: what the frozen pages give now, against what they were to give."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newscrawl.commands.corpus_run import TROUBLES, again
from newscrawl.commands.terminal import CommandError, coloured, confirm, refuse, say, show
from newscrawl.evaluate.corpus import Broken, Case
from newscrawl.evaluate.differences import CHOICES, OUTCOME, REASON, Difference, chosen, described, differences
from newscrawl.evaluate.fixture_case import folded, replace, write_expected
from newscrawl.evaluate.word_diff import marked, paragraph_diff, word_diff
from newscrawl.output.read_lines import read_rows

FINE, DIFFERENT = 0, 3
_UNSAID = "(not expected yet)"


@dataclass(slots=True)
class _Tally:
    """What a check has seen."""

    cases: int = 0
    fields: int = 0
    different: Counter[str] = field(default_factory=Counter)
    cases_different: int = 0
    broken: list[Broken] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def take(self, expected: dict[str, Any], found: list[Difference]) -> None:
        """Counts a case."""
        self.cases += 1
        self.fields += len(expected)
        self.different.update(difference.field for difference in found)
        self.cases_different += bool(found)

    def summary(self) -> str:
        """One line."""
        names = ", ".join(f"{name} {count}" for name, count in self.different.most_common())
        differ = (
            f"{self.cases_different} differ{'s' * (self.cases_different == 1)} ({names})" if names else "none differs"
        )
        broken = f", {len(self.broken)} could not be checked" if self.broken else ""
        plural = "s" * (self.cases != 1)
        return f"{self.cases} case{plural}, {self.fields} fields: {differ}{broken}; {time.monotonic() - self.started:.1f} s"


def parse_fields(text: str | None) -> tuple[str, ...] | None:
    """``--fields a,b``. Raises :class:`CommandError` for a name that no record has."""
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in CHOICES]
    if unknown or not names:
        refuse(
            f"--fields: {f'unknown field {unknown[0]!r}' if unknown else 'no field'}; there are: {', '.join(CHOICES)}"
        )
    return names


def check(paths: list[str], opts: argparse.Namespace, settings: Any) -> int:
    """Reports every difference; the exit status."""
    tally = _Tally()
    for case, _, found in _compared(paths, opts, settings, tally):
        if found:
            _report(case, found)
    show(tally.summary())
    return DIFFERENT if tally.cases_different or tally.broken else FINE


def accept(paths: list[str], opts: argparse.Namespace, settings: Any) -> int:
    """Shows every difference, asks, and makes what came out the expectation; the exit status."""
    tally = _Tally()
    lines: dict[Path, dict[int, dict[str, Any]]] = {}
    taken = left = 0
    answer = ""
    for case, row, found in _compared(paths, opts, settings, tally, adding=True):
        if not found or answer == "q":
            left += bool(found)
            continue
        _report(case, found)
        if answer != "a":
            answer = confirm("accept?", opts.yes, "ynaq")
        if answer in ("n", "q"):
            left += 1
            continue
        expected = _accepted(case.expected, row, found, parse_fields(opts.fields))
        if case.line:
            lines.setdefault(case.place, {})[case.line] = expected
        else:
            write_expected(case.place, expected)
        taken += 1
    for path, changed in lines.items():
        _rewrite(path, changed)
    show(f"{taken} case{'s' * (taken != 1)} accepted, {left} left as {'it was' if left == 1 else 'they were'}")
    return DIFFERENT if left or tally.broken else FINE


def _compared(
    paths: list[str], opts: argparse.Namespace, settings: Any, tally: _Tally, adding: bool = False
) -> Iterator[tuple[Case, dict[str, Any], list[Difference]]]:
    names = parse_fields(opts.fields)
    for case, row in again(paths, settings, opts.workers, tally.broken):
        expected = case.expected
        if row.get(REASON) in TROUBLES and row[REASON] != expected.get(REASON):
            # A busy machine's timeout says nothing of the extractor's rules.
            tally.broken.append(Broken(case.source, f"{case.source}: could not be checked: {described(row)}"))
            say(tally.broken[-1].why)
            continue
        if names and REASON not in expected:
            expected = {name: value for name, value in expected.items() if name in names}
        found = differences(expected, row) if expected else []
        if adding and names and REASON not in row and REASON not in case.expected:
            found += [
                Difference(name, _UNSAID, row[name]) for name in names if name not in case.expected and name in row
            ]
        tally.take(expected, found)
        yield case, row, found
    if not tally.cases:
        raise CommandError("no case could be checked")


def _accepted(
    expected: dict[str, Any], row: dict[str, Any], found: list[Difference], names: tuple[str, ...] | None
) -> dict[str, Any]:
    if any(difference.field == OUTCOME for difference in found):
        return chosen(row, names)
    merged = expected | {difference.field: row.get(difference.field) for difference in found}
    # In the record's order, wherever a new field came in.
    return {name: merged[name] for name in CHOICES if name in merged} | merged


def _rewrite(path: Path, changed: dict[int, dict[str, Any]]) -> None:
    """An archive's expectations with some lines exchanged."""
    out = [
        json.dumps({**row, "expected": folded(changed[number])} if number in changed else row, ensure_ascii=False)
        for number, row in read_rows(path)
    ]
    replace(path, ("\n".join(out) + "\n").encode("utf-8", "backslashreplace"))


def _report(case: Case, found: list[Difference]) -> None:
    colour = coloured()
    verb = "differs" if len(found) == 1 else "differ"
    show(f"{case.source}: {', '.join(difference.field for difference in found)} {verb}")
    for difference in found:
        for line in _lines(difference, colour):
            show(f"  {line}")


def _lines(difference: Difference, colour: bool) -> Iterator[str]:
    name, wanted, found = difference.field, difference.wanted, difference.found
    if name == "text" and isinstance(wanted, str) and isinstance(found, str) and wanted != _UNSAID:
        changes = paragraph_diff(wanted, found)
        for change in changes:
            yield f"text, paragraph {change.number}: {marked(change.changes, colour)}"
    elif isinstance(wanted, str) and isinstance(found, str) and name not in (OUTCOME, REASON) and wanted != _UNSAID:
        yield f"{name}: {marked(word_diff(wanted, found), colour)}"
    else:
        yield f"{name}: expected {_shown(wanted)}, found {_shown(found)}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
