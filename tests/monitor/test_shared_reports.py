"""Reports of many sites in one STATE_DIR: each site keeps a past of its own, and a run reads no more than it needs."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from newscrawl.monitor import health, prometheus, report_file
from newscrawl.monitor.reports import Counts, RunReport, SiteReport, Starts

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def write(folder: Path, hour: float, *labels: str, articles: int = 20, outcome: str = "healthy") -> RunReport:
    """The report of a run of these sites, so many hours after the first."""
    when = BEGIN + timedelta(hours=hour)
    sites = [
        SiteReport(
            label=label,
            counts=Counts(listed=30, candidates=articles, fetched=articles, articles=articles, records=articles),
            fill={"title": 1.0},
            starts=Starts(asked=1, listed=1),
        )
        for label in labels
    ]
    run = RunReport(
        run_id=f"{when:%Y%m%dT%H%M%SZ}-{'-'.join(labels) or 'none'}",
        spider="portal",
        began=when.isoformat(),
        sites=sites,
    )
    if outcome == "healthy":
        run.outcome, run.words, run.exit_status, run.ended, run.seconds = "healthy", "healthy", 0, run.began, 1.5
    folder.mkdir(exist_ok=True)
    (folder / f"{run.run_id}.json").write_bytes(msgspec.json.encode(run))
    return run


def labels_of(runs: list[RunReport]) -> list[str]:
    return ["+".join(site.label for site in run.sites) for run in runs]


def test_other_sites_do_not_push_a_past_out(tmp_path: Path) -> None:
    """Ten hourly crontabs share the folder; after eight days the one whose site has gone silent is told of."""
    names = [f"site{number}" for number in range(10)]
    for hour in range(8 * 24 + 1):
        for at, name in enumerate(names):
            write(tmp_path, hour + at / 60, name)
    report_file.prune(tmp_path)
    silent = write(tmp_path, 8 * 24 + 1, "site7", articles=0)
    assert [alert.kind for alert in health.alerts(silent, list(report_file.read(tmp_path)))] == ["articles"]
    assert [alert.kind for alert in health.alerts(silent, list(report_file.read(tmp_path, labels=["site7"])))] == [
        "articles"
    ]


def test_each_site_keeps_its_newest_and_a_common_run_stays_while_one_needs_it(tmp_path: Path) -> None:
    for hour in range(5):
        write(tmp_path, hour, "rare", "often")
    for hour in range(5, 20):
        write(tmp_path, hour, "often")
    write(tmp_path, 20)
    (tmp_path / "20250101T000000Z-0000.json").write_text("{torn")
    for _ in range(2):  # by the reports themselves, and by the index
        report_file.prune(tmp_path, kept=3)
        assert labels_of(list(report_file.read(tmp_path))) == ["", *["often"] * 3, *["rare+often"] * 3]
        assert (tmp_path / "20250101T000000Z-0000.json").exists()
    write(tmp_path, 21, "often")
    report_file.prune(tmp_path, kept=3)
    assert labels_of(list(report_file.read(tmp_path))) == ["often", "", *["often"] * 2, *["rare+often"] * 3]


def test_a_run_opens_its_own_sites_reports_and_the_last_of_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour in range(30):
        for name in ("a", "b", "c"):
            write(tmp_path, hour, name, articles=hour)
    report_file.prune(tmp_path)
    write(tmp_path, 30, "c", outcome="began")
    opened: list[str] = []
    read_bytes = Path.read_bytes

    def reading(path: Path) -> bytes:
        opened.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", reading)
    found = list(report_file.read(tmp_path, labels=["b"]))
    assert sorted(labels_of(found)) == ["a", *["b"] * 30, "c"]
    assert len([name for name in opened if name.endswith(".json")]) <= 33
    assert [
        f'newscrawl_last_run_articles{{site="{name}",spider="portal"}} 29' in prometheus.render(found)
        for name in ("a", "b", "c")
    ] == [True] * 3
    opened.clear()
    report_file.prune(tmp_path)
    assert len([name for name in opened if name.endswith(".json")]) <= 1, "whose reports they are is known"


@pytest.mark.parametrize("broken", [b"", b"\x00" * 99, b'["x.json"', b'{"a":1}\n', None])
def test_a_broken_index_is_made_anew(tmp_path: Path, broken: bytes | None) -> None:
    for hour in range(6):
        write(tmp_path, hour, "ab"[hour % 2])
    report_file.prune(tmp_path)
    index = next(path for path in tmp_path.iterdir() if path.suffix != ".json")
    whole = index.read_bytes()
    if broken is None:
        index.unlink()
    else:
        index.write_bytes(broken)
    assert labels_of(list(report_file.read(tmp_path, labels=["a"]))) == ["b", "a", "a", "a"]
    report_file.prune(tmp_path)
    assert index.read_bytes() == whole


def test_only_old_temporary_files_are_taken_for_a_killed_runs(tmp_path: Path) -> None:
    for name in range(9):
        (tmp_path / f".{name}.tmp").write_text("x")
        if name % 2:
            os.utime(tmp_path / f".{name}.tmp", (1_000_000_000, 1_000_000_000))
    report_file.prune(tmp_path)
    assert sorted(path.name for path in tmp_path.glob(".*.tmp")) == [f".{name}.tmp" for name in range(0, 9, 2)], (
        "others are being written in this moment"
    )
