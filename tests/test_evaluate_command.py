"""``scrapy evaluate`` as a user runs it."""
from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from newscrawl.commands.evaluate import Command

ROOT = Path(__file__).parents[1]
TEXTS = ["one two three four five six", "今天天气很好我们出去玩", "a text that nobody found at all", "the last of the four texts here"]
GOLD = [
    {"url": f"https://{site}.example/{number}", "text": text, "title": f"Title {number}", "authors": ["A B"]}
    for number, (site, text) in enumerate(zip(("a", "a", "b", "b"), TEXTS, strict=True))
]
RECORDS: list[dict[str, Any]] = [
    {"url": "https://a.example/0", "requested_url": "https://a.example/0", "text": TEXTS[0] + " seven eight", "title": "TITLE 0", "authors": ["A B"]},
    {"url": "https://a.example/moved", "requested_url": "https://a.example/1", "text": TEXTS[1], "title": "Title 1", "authors": []},
    {"url": "https://b.example/3", "requested_url": "https://b.example/3", "text": TEXTS[3], "title": "Title 3", "authors": ["A B"]},
    {"url": "https://c.example/9", "requested_url": "https://c.example/9", "text": "of no interest", "title": None, "authors": []},
]


def evaluate(*args: object) -> subprocess.CompletedProcess[str]:
    settings = Settings()
    settings.setmodule("newscrawl.settings")
    command = Command()
    command.settings = settings
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    opts, rest = parser.parse_known_args([str(arg) for arg in args])
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        command.run(rest, opts)
    return subprocess.CompletedProcess(args, command.exitcode, out.getvalue(), err.getvalue())


def save(path: Path, rows: list[dict[str, Any]]) -> Path:
    data = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def measured(*args: object) -> dict[str, Any]:
    done = evaluate(*args, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def failed(done: subprocess.CompletedProcess[str], status: int, words: str) -> None:
    assert done.returncode == status, (done.stdout, done.stderr)
    assert words in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_the_figures_are_those_worked_out_by_hand(tmp_path):
    result = measured(save(tmp_path / "records.jsonl.gz", RECORDS), save(tmp_path / "x.gold.jsonl", GOLD))
    found = result["sets"]["x"]
    # precision: 3 of 5 shingles, 1 and 1, the page without a record not counted; recall: 1, 1, 0, 1
    assert found["body"]["precision"] == pytest.approx((3 / 5 + 1 + 1) / 3)
    assert found["body"]["recall"] == pytest.approx(3 / 4)
    assert (found["body"]["pages"], found["body"]["exact"], found["body"]["empty"]) == (4, 2, 1)
    low, high = found["body"]["intervals"]["f1"]
    assert low < found["body"]["f1"] < high
    assert found["without_record"] == ["https://b.example/2"]
    assert result["without_gold"] == ["https://c.example/9"]
    title = found["fields"]["title"]
    assert (title["judged"], title["exact"], title["normalised"]) == (4, 2 / 4, 3 / 4)
    assert found["fields"]["authors"]["normalised"] == 2 / 4
    assert found["sites"]["a.example"]["body"]["recall"] == 1
    assert found["sites"]["b.example"]["body"]["recall"] == 1 / 2


def test_what_got_better_and_worse_page_by_page(tmp_path):
    old = [dict(row) for row in RECORDS]
    old[0]["text"] = TEXTS[0]  # was right, has foreign words now
    old[1] = {**old[1], "text": "今天天气", "title": "wrong"}
    old[2]["authors"] = []
    gold, new = save(tmp_path / "x.jsonl", GOLD), save(tmp_path / "new.jsonl", RECORDS)
    against = save(tmp_path / "old.jsonl", old)
    found = measured(new, gold, "--against", against)["sets"]["x"]["against"]
    assert found["same"] == 1
    assert [(change["url"][-1], change["direction"], change["better"], change["worse"]) for change in found["changes"]] == [
        ("1", 1, ["title"], []), ("0", -1, [], []), ("3", 1, ["authors"], [])]
    assert found["interval"][0] < found["difference"] < found["interval"][1]
    text = evaluate(new, gold, "--against", against).stdout
    assert "2 pages better, 1 worse, 1 the same" in text
    assert "better F1 0.222 → 1.000  +title  https://a.example/1" in text
    assert "may be chance" in text
    same = measured(new, gold, "--against", new)["sets"]["x"]["against"]
    assert (same["changes"], same["same"], same["difference"]) == ([], 4, 0)


def test_a_thing_to_read_says_what_is_missing(tmp_path):
    done = evaluate(save(tmp_path / "r.jsonl", RECORDS), save(tmp_path / "x.jsonl", GOLD))
    lines = done.stdout.splitlines()
    assert lines[0] == "x: 4 pages, 1 without a record: https://b.example/2"
    assert lines[-1] == "1 record without gold: https://c.example/9"
    assert [line.split()[0] for line in lines if "[" in line] == ["shingles", "title", "authors", "b.example", "a.example"]


def test_segments_and_foreign_lines(tmp_path):
    gold = [{"url": "https://a.example/0", "with": ["one two", "five  six", "ten"], "without": ["seven eight", "Share"]}]
    found = measured(save(tmp_path / "r.jsonl", RECORDS), save(tmp_path / "x.jsonl", gold))["sets"]["x"]["body"]
    assert (found["measure"], found["precision"], found["recall"]) == ("segments", 2 / 3, 2 / 3)


def test_a_corpus_stands_alone_and_serves_as_gold(tmp_path):
    corpus = ROOT / "fixtures" / "demo-portal"
    found = measured(corpus)["sets"]["demo-portal"]
    assert (found["body"]["f1"], found["body"]["pages"]) == (1, 2)
    assert found["fields"]["rejected"]["normalised"] == 1
    url = "https://www.demo-portal.example/local/2026-03/08/c_1002.html"
    found = measured(save(tmp_path / "r.jsonl", [{"url": url, "text": "停产二十三年的恒源纱厂三号车间", "source": "临港晚报"}]), corpus)["sets"]["demo-portal"]
    assert found["body"]["precision"] == 1
    assert 0 < found["body"]["recall"] < 0.1
    assert found["fields"]["source"]["exact"] == 1


def test_the_benchmarks_own_form(tmp_path):
    truth = {"ab12": {"articleBody": TEXTS[0], "url": "https://a.example/0"}, "cd34": {"articleBody": TEXTS[3], "url": "https://b.example/3"}}
    (tmp_path / "ground-truth.json").write_text(json.dumps(truth))
    (tmp_path / "other.json").write_text(json.dumps({key: {"articleBody": row["articleBody"]} for key, row in truth.items()}))
    assert measured(save(tmp_path / "r.jsonl", RECORDS), tmp_path)["sets"][tmp_path.name]["body"]["recall"] == 1
    assert measured(tmp_path / "other.json", tmp_path)["sets"][tmp_path.name]["body"]["f1"] == 1  # by id: outputs have no URL


def test_user_errors_are_one_line_each(tmp_path):
    records, gold = save(tmp_path / "r.jsonl", RECORDS), save(tmp_path / "x.jsonl", GOLD)
    stranger = save(tmp_path / "stranger.jsonl", [{"url": "https://z.example/", "text": "z"}])
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"url": "https://a.example/0"}\n\n{"url": \n')
    failed(evaluate(records, stranger), 1, "no record is of a page of the gold")
    failed(evaluate(records, gold, "--against", stranger), 1, "stranger.jsonl: no record is of a page of the gold")
    failed(evaluate(broken, gold), 1, "broken.jsonl line 3: not JSON")
    failed(evaluate(records, broken), 1, "broken.jsonl line 3: not JSON")
    failed(evaluate(records, tmp_path / "nothing.jsonl"), 1, "nothing.jsonl: No such file or directory")
    failed(evaluate(records, save(tmp_path / "empty.jsonl", [])), 1, "there is no gold in it")
    failed(evaluate(records, save(tmp_path / "blank.jsonl", [{"url": GOLD[0]["url"]}])), 1, "the gold judges nothing")
    failed(evaluate(save(tmp_path / "odd.jsonl", [{"url": "https://a.example/0", "text": 5}]), gold), 1, "odd.jsonl line 1: text: expected a string")
    failed(evaluate(save(tmp_path / "odd.jsonl", [{"url": "https://a.example/0", "authors": 5}]), gold), 1, "odd.jsonl line 1: authors: expected a list of strings")
    failed(evaluate(records), 2, "name the GOLD")
    failed(evaluate(), 2, "name RECORDS and GOLD")
    failed(evaluate(records, gold, "--frobnicate"), 2, "unknown option --frobnicate")
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b"{}" * 9999)[:40])
    failed(evaluate(tmp_path / "cut.jsonl.gz", gold), 1, "cut.jsonl.gz")
