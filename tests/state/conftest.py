"""A state in a file, whose clock the test turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from newscrawl.state.store import Store

BEGIN = 1_800_000_000.0


@dataclass
class Shelf:
    """One site's state file, opened and closed run by run."""

    path: Path
    now: float = BEGIN
    open: list[Store] = field(default_factory=list)

    def run(self, full: bool = False) -> Store:
        """The next run."""
        store = Store(self.path, lambda: self.now)
        store.begin_run(f"run-{len(self.open)}", full)
        self.open.append(store)
        return store

    def end(self, store: Store) -> None:
        """A run that ends by itself."""
        store.end_run()
        store.close()

    def die(self, store: Store) -> None:
        """A run that is killed: what was not committed is lost, and nobody says goodbye."""
        store.rollback()
        store.close()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    found = Shelf(tmp_path / "state" / "site.sqlite")
    yield found
    for store in found.open:
        store.close()
