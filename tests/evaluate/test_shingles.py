"""The measure of a body, on values worked out by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.evaluate.shingles import score, tokens

SCORER = Path(__file__).parents[3] / "shared" / "bench" / "score.py"
GOLD = "one two three four five six"  # three shingles: 1234 2345 3456


@pytest.mark.parametrize(
    ("found", "precision", "recall"),
    [
        (GOLD, 1, 1),
        (
            "One two three four five six",
            1 / 3 * 2,
            2 / 3,
        ),  # case counts: the shingle that holds the word is lost on both sides
        ("one, two – three: four; five six!", 1, 1),  # punctuation does not
        ("one two three four five", 1, 2 / 3),
        (GOLD + " seven eight", 3 / 5, 1),
        ("six five four three two one", 0, 0),  # order counts
        ("", 0, 0),
        ("one two three", 0, 0),  # shorter than a shingle, it is one of its own
        (GOLD + " " + GOLD, 3 / 9, 1),  # said twice: the second time is foreign, as are the three shingles across
    ],
)
def test_a_body_against_its_gold(found: str, precision: float, recall: float) -> None:
    assert score(GOLD, found)[:2] == pytest.approx((precision, recall))


def test_chinese_counts_by_character() -> None:
    assert tokens("看新闻 2026年 news") == ["看", "新", "闻", "2026", "年", "news"]
    # six shingles of gold; the last four-character run of five found is foreign
    assert score("今天天气很好", "今天天气很坏")[:2] == pytest.approx((2 / 3, 2 / 3))


def test_width_and_ligatures_are_folded() -> None:
    assert score("ＡＢＣ one two three", "ABC one two three").exact
    assert score("ﬁve six seven eight", "five six seven eight").exact


def test_nothing_where_nothing_is_wanted_is_right() -> None:
    assert score("", "")[:2] == (1, 1)
    assert score("", "some text here now")[:2] == (0, 0)


@pytest.mark.skipif(not SCORER.exists(), reason="../shared/bench is not here")
def test_it_agrees_with_the_benchs_own_scorer(tmp_path: Path) -> None:
    from newscrawl.evaluate.evaluation import Records, evaluate, field_figures, figures

    gold = [
        {
            "url": "https://a.example/1",
            "text": GOLD,
            "title": "A  Title",
            "authors": ["B", "A"],
            "published": "2026-03-01T08:00:00+00:00",
        },
        {
            "url": "https://a.example/2",
            "text": "今天天气很好，我们出去玩。",
            "title": "标题",
            "authors": [],
            "published": "2026-03-01 09:00",
        },
        {
            "url": "https://b.example/3",
            "text": "it has no record at all",
            "title": "None",
            "authors": ["C"],
            "published": "2026-03-02",
        },
        {"url": "https://b.example/4", "text": "short", "title": "T", "authors": ["D"], "source": "The Paper"},
    ]
    records = [
        {
            "url": "https://a.example/1",
            "text": GOLD + " Share this",
            "title": "a title",
            "authors": ["A", "B"],
            "published": "2026-03-01T16:00:00+08:00",
        },
        {
            "url": "https://a.example/2",
            "text": "今天天气很好，我们不出去玩。",
            "title": "标题",
            "authors": ["E"],
            "published": "2026-03-01T09:00:00+08:00",
        },
        {"url": "https://b.example/4", "text": "", "title": None, "authors": ["D"], "source": "the paper"},
    ]
    (tmp_path / "x.gold.jsonl").write_text("\n".join(map(json.dumps, gold)))
    (tmp_path / "records.jsonl").write_text("\n".join(map(json.dumps, records)))
    command = [sys.executable, str(SCORER), str(tmp_path / "records.jsonl"), "--gold", str(tmp_path), "--json"]
    theirs = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["x"]
    pages = evaluate(gold, Records(records))
    ours = figures(pages)
    assert ours is not None
    assert [round(value, 4) for value in (ours.precision, ours.recall, ours.f1)] == [
        round(theirs[name], 4) for name in ("precision", "recall", "f1")
    ]
    assert (ours.empty, ours.exact / ours.pages) == (theirs["empty"], theirs["exact"])
    fields = field_figures(pages)
    names = {
        "title": "title",
        "authors": "authors",
        "source": "source",
        "published day": "day",
        "published instant": "instant",
    }
    assert {there: f"{fields[here].normalised:.3f} ({fields[here].judged})" for here, there in names.items()} == {
        name: theirs[name] for name in names.values()
    }
