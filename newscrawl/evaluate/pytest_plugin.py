"""Frozen pages as tests: each case a collector, each expected field a test of its own.

The project's own fixtures run with its tests (``fixtures/conftest.py``). For a folder of your own, put the same line into its
``conftest.py``, or run ``python -m pytest -p newscrawl.evaluate.pytest_plugin FOLDER``::

    from newscrawl.evaluate.pytest_plugin import pytest_collect_directory, pytest_collect_file  # noqa: F401

The clock is frozen: what depends on the time counts from the fetch that ``meta.json`` or the archive names, and extraction reads no
other. Corpora of thousands of pages are faster with ``scrapy fixture check``, which extracts each page once, on all cores.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import newscrawl
from newscrawl.evaluate.corpus import Broken, Case, cases, row_of
from newscrawl.evaluate.differences import OUTCOME, Difference, differences
from newscrawl.evaluate.fixture_case import LINES, is_case
from newscrawl.evaluate.word_diff import marked, paragraph_diff
from newscrawl.items import RawPage


class CaseDirectory(pytest.Directory):
    """One case."""

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each field."""
        yield from _tests(self, str(self.path), "")


class ExpectationsFile(pytest.File):
    """An archive's expectations."""

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each field of each page."""
        yield from _tests(self, str(self.path), "#")


class FieldTest(pytest.Item):
    """That a field is as expected; or, without a case, that there is none because it is broken."""

    def __init__(self, *, frozen: Frozen | Broken, field: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._frozen = frozen
        self._field = field

    def runtest(self) -> None:
        """Compares."""
        if isinstance(self._frozen, Broken):
            pytest.fail(self._frozen.why, pytrace=False)
        found = {difference.field: difference for difference in self._frozen.differences}
        difference = found.get(OUTCOME) or found.get(self._field)
        if difference is not None:
            pytest.fail(_words(difference), pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is, for pytest's reports."""
        return self.path, None, self.name


class Frozen:
    """A case that is extracted when its first field is tested."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @functools.cached_property
    def differences(self) -> list[Difference]:
        """What is not as expected."""
        found = self.case.found
        outcome = newscrawl.extract(found, site=_site(found.url)) if isinstance(found, RawPage) else found
        return differences(self.case.expected, row_of(outcome))


def _tests(parent: pytest.Collector, place: str, mark: str) -> Iterator[pytest.Item]:
    for number, case in enumerate(cases([place])):
        url = f"{case.source.partition('#')[2]} " if mark else ""
        if isinstance(case, Broken):
            yield FieldTest.from_parent(parent, name=f"{url or number} broken", frozen=case, field="")
            continue
        frozen = Frozen(case)
        for field in case.expected:
            yield FieldTest.from_parent(parent, name=f"{url}{field}", frozen=frozen, field=field)


def _words(difference: Difference) -> str:
    wanted, found = difference.wanted, difference.found
    if difference.field == "text" and isinstance(wanted, str) and isinstance(found, str):
        changes = [
            f"paragraph {change.number}: {marked(change.changes, colour=False)}"
            for change in paragraph_diff(wanted, found)
        ]
        return "\n".join(["text differs", *changes])
    return f"{difference.field}: expected {wanted!r}, found {found!r}"


@functools.cache
def _sites() -> Any:
    """The site files that the project's commands have (setting ``NEWSCRAWL_SITES``)."""
    from scrapy.utils.project import get_project_settings

    from newscrawl.commands.batch import Sites

    return Sites(get_project_settings().get("NEWSCRAWL_SITES"))


def _site(url: str | None) -> Any:
    return _sites().of(url)


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A folder that is a case."""
    return CaseDirectory.from_parent(parent, path=path) if is_case(path) else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """An archive's expectations."""
    return ExpectationsFile.from_parent(parent, path=file_path) if file_path.name.endswith(LINES) else None
