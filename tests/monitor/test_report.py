"""Run reports on disk: valid, whole, there from the first moment; and what people and Prometheus read of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import msgspec
import pytest

from newscrawl.monitor import history_page, prometheus, report_file
from newscrawl.monitor.report_text import history, table, width
from newscrawl.monitor.reports import Alert, Counts, Delays, Event, RunReport, SiteReport, Starts

NAUGHTY = 'a"b\\c\nd</script><b>新闻'


def run(number: int = 1, *labels: str, outcome: str = "healthy") -> RunReport:
    sites = [
        SiteReport(
            label=label,
            counts=Counts(listed=9, candidates=4, fetched=4, articles=3, records=3, rejected=1),
            reasons={"empty": 1},
            fill={"title": 1.0, "text": 1.0},
            median_length=900,
            removed_share=0.1,
            confidence={"<0.5": 1, "0.5-0.7": 0, "0.7-0.9": 1, ">=0.9": 1},
            delays=Delays(articles=3, median=60.0, p90=90.0),
            requests=7,
            bytes=5000,
            statuses={"200": 7},
            events=[Event(at="2026-03-01T00:00:00+00:00", kind="backoff", what="news.example, status 503")],
            starts=Starts(asked=1, listed=1),
            newest="2026-03-01T00:00:00+00:00",
            examples={"reason/empty": "https://news.example/1"},
            alerts=[
                Alert(
                    site=label,
                    kind="field",
                    field="authors",
                    what="w",
                    since="2026-03-01T00:00:00+00:00",
                    now="0%",
                    example="javascript:alert(1)",
                )
            ],
        )
        for label in labels or ("news",)
    ]
    found = RunReport(
        run_id=f"20260301T0000{number:02}Z-0000",
        spider="portal",
        began=f"2026-03-01T00:00:{number:02}+00:00",
        sites=sites,
    )
    if outcome != "began":
        found.outcome, found.words, found.exit_status, found.ended, found.seconds = (
            "healthy",
            "healthy",
            0,
            found.began,
            1.5,
        )
    return found


def test_the_committed_schema_is_the_structs() -> None:
    assert report_file.SCHEMA_PATH.read_text("utf-8") == report_file.as_text(), (
        "python -m newscrawl.monitor.report_file"
    )


@pytest.mark.parametrize("outcome", ["began", "healthy"])
def test_reports_are_valid(outcome: str) -> None:
    schema = json.loads(report_file.SCHEMA_PATH.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    row = json.loads(msgspec.json.encode(run(outcome=outcome)))
    validator.validate(row)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**row, "surplus": 1})


def test_a_report_is_there_at_once_and_whole_at_the_end(tmp_path: Path) -> None:
    begun = run(outcome="began")
    file = report_file.ReportFile(tmp_path, begun)
    assert [one.outcome for one in report_file.read(tmp_path)] == ["began"]
    assert report_file.running(tmp_path, begun)
    file.end(run())
    assert [one.outcome for one in report_file.read(tmp_path)] == ["healthy"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{begun.run_id}.json"]


def test_a_killed_run_is_told_from_one_that_goes_on(tmp_path: Path) -> None:
    program = (
        "import sys, os, time; from pathlib import Path; from newscrawl.monitor.report_file import ReportFile; from tests.monitor.test_report import run\n"
        "file = ReportFile(Path(sys.argv[1]), run(outcome='began')); print('begun', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout and process.stdout.readline() == "begun\n"
        begun = next(report_file.read(tmp_path))
        assert report_file.running(tmp_path, begun)
        process.kill()
    assert begun.outcome == "began"
    assert not report_file.running(tmp_path, begun)


def test_a_full_disk_leaves_the_report_its_own_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = report_file.ReportFile(tmp_path, run(outcome="began"))

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(report_file, "write_whole", full)
    before = next(tmp_path.glob("*.json")).stat().st_blocks
    file.end(run())
    path = next(tmp_path.glob("*.json"))
    assert path.stat().st_blocks <= before
    assert msgspec.json.decode(path.read_bytes(), type=RunReport).outcome == "healthy"


def test_only_the_newest_reports_are_kept_and_foreign_files_hurt_nothing(tmp_path: Path) -> None:
    for number in range(5):
        report_file.ReportFile(tmp_path, run(number, outcome="began")).end(run(number))
    (tmp_path / "20250101T000000Z-0000.json").write_text("{torn")
    report_file.prune(tmp_path, kept=3)
    assert [one.run_id[13:15] for one in report_file.read(tmp_path)] == ["04", "03", "02"]


_SAMPLE = re.compile(r'(newscrawl_[a-z0-9_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (-?[0-9.e+]+)')


def test_metrics_keep_to_the_text_format_whatever_sites_are_called() -> None:
    """Strictly by the grammar of the exposition format: each family's HELP and TYPE once, before its samples, and no sample twice."""
    text = prometheus.render([run(2, NAUGHTY), run(1, "other", NAUGHTY)])
    assert text.endswith("\n")
    described: list[str] = []
    samples = set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            described.append(line.split()[2])
        elif line.startswith("# TYPE "):
            assert line.split()[2:] == [described[-1], "gauge"]
        else:
            match = _SAMPLE.fullmatch(line)
            assert match, line
            assert match[1] == described[-1]
            assert (match[1], match[2]) not in samples
            samples.add((match[1], match[2]))
    assert len(described) == len(set(described)) > 10
    assert {labels.split(",spider")[0] for _, labels in samples} == {
        'site="other"',
        'site="a\\"b\\\\c\\nd</script><b>新闻"',
    }


def test_metrics_keep_the_last_run_of_each_site() -> None:
    newer, older = run(9, "a"), run(1, "a", "b")
    newer.sites[0].counts.articles = 77
    text = prometheus.render([run(10, "a", outcome="began"), newer, older])
    assert 'newscrawl_last_run_articles{site="a",spider="portal"} 77\n' in text
    assert 'newscrawl_last_run_articles{site="b",spider="portal"} 3\n' in text


def test_the_share_of_sure_texts_is_in_the_table_and_their_bands_are_on_the_page() -> None:
    before = run(1, "a")
    before.sites[0].confidence = {}  # of a version that knew none
    head, *rows = [line.split() for line in history([before, run(2, "a")])]
    assert [row[head.index("sure")] for row in rows] == ["-", "33%"]
    page = history_page.render([before, run(2, "a")], ["a"])
    assert "Articles a day by confidence" in page and "&gt;=0.9 1, 0.7-0.9 1, &lt;0.5 1" in page
    assert "by confidence" not in history_page.render([before], ["a"])


def test_tables_are_aligned_for_wide_letters_too() -> None:
    lines = table(
        ("site", "new", "outcome"),
        [("新闻网站", "7", "fine"), ("news", "12345", "fine"), ("é" + "e\u0301", "1", "fine")],
    )
    assert {width(line[: line.rindex("fine")]) for line in lines[1:]} == {width(lines[0][: lines[0].index("outcome")])}


def test_the_history_has_no_control_characters() -> None:
    assert not [line for line in history([run(1, "a\x1b[31mb\r\n")]) if re.search(r"[\x00-\x1f\x7f]", line)]


def test_the_page_asks_for_nothing_and_runs_nothing() -> None:
    page = history_page.render([run(1, NAUGHTY, "b"), run(2, NAUGHTY, "b")], [NAUGHTY, "b"])
    assert "<b>新闻" not in page and "&lt;b&gt;新闻" in page
    assert not re.search(r"<script|<link|<img|@import|url\(|\son\w+=|href=\"(?!#|https?://)", page)
    assert "javascript:alert(1)" in page  # as text, so that nothing is hidden
