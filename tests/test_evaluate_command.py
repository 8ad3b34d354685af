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
TEXTS = [
    "one two three four five six",
    "今天天气很好我们出去玩",
    "a text that nobody found at all",
    "the last of the four texts here",
]
GOLD = [
    {"url": f"https://{site}.example/{number}", "text": text, "title": f"Title {number}", "authors": ["A B"]}
    for number, (site, text) in enumerate(zip(("a", "a", "b", "b"), TEXTS, strict=True))
]
RECORDS: list[dict[str, Any]] = [
    {
        "url": "https://a.example/0",
        "requested_url": "https://a.example/0",
        "text": TEXTS[0] + " seven eight",
        "title": "TITLE 0",
        "authors": ["A B"],
    },
    {
        "url": "https://a.example/moved",
        "requested_url": "https://a.example/1",
        "text": TEXTS[1],
        "title": "Title 1",
        "authors": [],
    },
    {
        "url": "https://b.example/3",
        "requested_url": "https://b.example/3",
        "text": TEXTS[3],
        "title": "Title 3",
        "authors": ["A B"],
    },
    {
        "url": "https://c.example/9",
        "requested_url": "https://c.example/9",
        "text": "of no interest",
        "title": None,
        "authors": [],
    },
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
    assert [
        (change["url"][-1], change["direction"], change["better"], change["worse"]) for change in found["changes"]
    ] == [("1", 1, ["title"], []), ("0", -1, [], []), ("3", 1, ["authors"], [])]
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
    assert [line.split()[0] for line in lines if "[" in line] == [
        "shingles",
        "title",
        "authors",
        "b.example",
        "a.example",
    ]


def test_the_confidence_of_records_is_held_against_what_they_are_worth(tmp_path):
    words = [" ".join(f"word{page}x{number}" for number in range(40)) for page in range(6)]
    gold = [{"url": f"https://a.example/{page}", "text": text} for page, text in enumerate(words)]
    found = {
        0: (0.98, words[0]),
        1: (0.92, words[1]),
        2: (0.9, words[2][:100]),
        3: (0.6, words[3][:60]),
        4: (0.31, words[4][:60]),
        5: (None, words[5]),
    }
    records = save(
        tmp_path / "r.jsonl",
        [
            {"url": f"https://a.example/{page}", "text": text, "confidence": sure}
            for page, (sure, text) in found.items()
        ],
    )
    result = measured(records, save(tmp_path / "x.jsonl", gold))["sets"]["x"]
    bands = {band["band"]: band for band in result["calibration"]["bands"]}
    assert [(name, band["records"]) for name, band in bands.items()] == [
        ("<0.5", 1),
        ("0.5-0.7", 1),
        ("0.7-0.9", 0),
        (">=0.9", 3),
    ]
    assert bands[">=0.9"]["confidence"] == pytest.approx((0.98 + 0.92 + 0.9) / 3)
    assert (bands[">=0.9"]["right"], bands["<0.5"]["right"], bands["0.7-0.9"]["right"]) == (2 / 3, 0, None)
    assert bands[">=0.9"]["f1"] == pytest.approx((2 + result["each"][2]["f1"]) / 3)
    assert (result["calibration"]["promise"]["records"], result["calibration"]["promise"]["right"]) == (3, 2 / 3)
    losses = result["calibration"]["losses"]
    assert [loss["url"][-1] for loss in losses] == ["3", "2"], "the worst first; one that was doubted is no silent loss"
    assert (losses[1]["confidence"], losses[1]["recall"]) == (0.9, result["each"][2]["recall"])
    assert [page.get("confidence") for page in result["each"]] == [0.98, 0.92, 0.9, 0.6, 0.31, None]
    lines = evaluate(records, tmp_path / "x.jsonl", "--pages", "1").stdout.splitlines()
    assert [line.split()[:4] for line in lines if line.startswith("  >=0.9")] == [[">=0.9", "3", "0.933", "66.7%"]]
    assert any(
        line.startswith("  of 3 records with at least 0.9, 66.7% [") and line.endswith("have F1 of 0.95 or more")
        for line in lines
    )
    assert "  silent losses (recall below 0.6, confidence of 0.5 or more): 2" in lines
    assert [line for line in lines if line.startswith("  loss ")] == [
        f"  loss   recall {losses[0]['recall']:.3f}, confidence 0.600  https://a.example/3",
        "  loss   … and 1 more (--pages, --json)",
    ]


def test_the_confidence_is_held_against_several_sets_together_too(tmp_path):
    records = save(tmp_path / "r.jsonl", [{**row, "confidence": 0.95} for row in RECORDS])
    first, second = save(tmp_path / "x.jsonl", GOLD[:2]), save(tmp_path / "y.jsonl", GOLD[2:])
    result = measured(records, first, second)
    assert [result["sets"][name]["calibration"]["promise"]["records"] for name in ("x", "y")] == [2, 1]
    assert (result["calibration"]["promise"]["records"], result["calibration"]["promise"]["right"]) == (3, 2 / 3)
    lines = evaluate(records, first, second).stdout.splitlines()
    assert any(
        line.startswith("  of 3 records with at least 0.9, 66.7% [")
        for line in lines[lines.index("all 2 sets together:") :]
    )


def test_records_without_confidence_and_gold_without_texts_have_no_calibration(tmp_path):
    records = save(tmp_path / "r.jsonl", [{**row, "confidence": 0.4} for row in RECORDS])
    titles = save(tmp_path / "t.jsonl", [{"url": row["url"], "title": row["title"]} for row in GOLD])
    gold = save(tmp_path / "x.jsonl", GOLD)
    assert measured(records, titles)["sets"]["t"]["calibration"] is None
    plain = save(tmp_path / "p.jsonl", RECORDS)
    assert measured(plain, gold)["sets"]["x"]["calibration"] is None
    assert "confidence" not in evaluate(plain, gold).stdout
    assert "  no record has a confidence of at least 0.9" in evaluate(records, gold).stdout.splitlines()
    for wrong in (1.5, "high", True):
        bad = save(tmp_path / "bad.jsonl", [{**RECORDS[0], "confidence": wrong}])
        failed(evaluate(bad, gold), 1, "bad.jsonl line 1: confidence: expected a number from 0 to 1")


def test_segments_and_foreign_lines(tmp_path):
    gold = [
        {"url": "https://a.example/0", "with": ["one two", "five  six", "ten"], "without": ["seven eight", "Share"]}
    ]
    found = measured(save(tmp_path / "r.jsonl", RECORDS), save(tmp_path / "x.jsonl", gold))["sets"]["x"]["body"]
    assert (found["measure"], found["precision"], found["recall"]) == ("segments", 2 / 3, 2 / 3)


def test_a_corpus_stands_alone_and_serves_as_gold(tmp_path):
    corpus = ROOT / "fixtures" / "demo-portal"
    found = measured(corpus)["sets"]["demo-portal"]
    assert (found["body"]["f1"], found["body"]["pages"]) == (1, 2)
    assert found["fields"]["rejected"]["normalised"] == 1
    url = "https://www.demo-portal.example/local/2026-03/08/c_1002.html"
    found = measured(
        save(tmp_path / "r.jsonl", [{"url": url, "text": "停产二十三年的恒源纱厂三号车间", "source": "临港晚报"}]),
        corpus,
    )["sets"]["demo-portal"]
    assert found["body"]["precision"] == 1
    assert 0 < found["body"]["recall"] < 0.1
    assert found["fields"]["source"]["exact"] == 1


def test_the_benchmarks_own_form(tmp_path):
    truth = {
        "ab12": {"articleBody": TEXTS[0], "url": "https://a.example/0"},
        "cd34": {"articleBody": TEXTS[3], "url": "https://b.example/3"},
    }
    (tmp_path / "ground-truth.json").write_text(json.dumps(truth))
    (tmp_path / "other.json").write_text(
        json.dumps({key: {"articleBody": row["articleBody"]} for key, row in truth.items()})
    )
    assert measured(save(tmp_path / "r.jsonl", RECORDS), tmp_path)["sets"][tmp_path.name]["body"]["recall"] == 1
    assert (
        measured(tmp_path / "other.json", tmp_path)["sets"][tmp_path.name]["body"]["f1"] == 1
    )  # by id: outputs have no URL


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
    failed(
        evaluate(save(tmp_path / "odd.jsonl", [{"url": "https://a.example/0", "text": 5}]), gold),
        1,
        "odd.jsonl line 1: text: expected a string",
    )
    failed(
        evaluate(save(tmp_path / "odd.jsonl", [{"url": "https://a.example/0", "authors": 5}]), gold),
        1,
        "odd.jsonl line 1: authors: expected a list of strings",
    )
    failed(evaluate(records), 2, "name the GOLD")
    failed(evaluate(), 2, "name RECORDS and GOLD")
    failed(evaluate(records, gold, "--frobnicate"), 2, "unknown option --frobnicate")
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b"{}" * 9999)[:40])
    failed(evaluate(tmp_path / "cut.jsonl.gz", gold), 1, "cut.jsonl.gz")
