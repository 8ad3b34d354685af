"""``scrapy learn``: one command makes a better extractor from a user's own pages, the same one each time, and every error is a line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.extraction.body import block_model
from tests.extraction.pages import HEADLINE, PROSE

ROOT = Path(__file__).parents[1]
FURNITURE = "<div class=box><h3>Related</h3><ul><li><a href=/a>An old ferry is sold to a museum</a></li><li><a href=/b>Night bus gets a second line</a></li></ul></div>"
LANGUAGES = ("en", "de", "fr", "es", "it", "ru")


def run(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *map(str, args)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of six sites, each in its own layout, with the text that they are to give."""
    folder = tmp_path_factory.mktemp("corpus")
    for at, lang in enumerate(LANGUAGES):
        for number in range(5):
            texts = [*PROSE[lang][number:], *PROSE[lang][:number]]
            layout = (
                "".join(f"<p>{text}</p>" for text in texts)
                if at % 2
                else "".join(f"<div class=t{at}>{text}</div>" for text in texts)
            )
            page = f"<html lang={lang}><body><nav><a href=/>Home</a> <a href=/s>Sport</a></nav><h1>{HEADLINE[lang]} {number}</h1><article>{layout}</article>{FURNITURE}<footer>© Example {at}</footer></body></html>"
            name = f"{lang}{number}"
            (folder / f"{name}.html").write_text(page, encoding="utf-8")
            (folder / f"{name}.json").write_text(
                json.dumps({"url": f"https://site{at}.example/{name}", "paragraphs": texts}), encoding="utf-8"
            )
    return folder


def test_a_model_is_learned_measured_used_and_the_same_again(corpus: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.msgpack", tmp_path / "two.msgpack"
    done = run("learn", corpus, "-o", one, "--no-peers", "--folds", 2, "--fold-models", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "learned from 30 pages" in last_line(done)
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.startswith("corpus")] == [[corpus.name, "30"]]
    assert run("learn", corpus, "-o", two, "--no-peers", "--folds", 2, "--workers", 1).returncode == 0
    assert one.read_bytes() == two.read_bytes(), "same data, same seed: the same model, however many workers"
    told = json.loads(Path(f"{one}.json").read_text())
    assert "30 pages of 6 sites" in told["provenance"]["corpora"]
    assert len(told["figures"]["pages"]) == 30
    assert (tmp_path / "0.model").exists() and (tmp_path / "1.model").exists()
    page = corpus / "en0.html"
    for option in (("--model", one), ("-s", f"MODEL={one}")):
        done = run("extract", page, *option)
        assert done.returncode == 0, done.stderr
        record = json.loads(done.stdout)
        assert record["extractor"]["model"] == block_model.read(one).name
        assert record["text"].split("\n\n") == json.loads((corpus / "en0.json").read_text())["paragraphs"]


def test_another_seed_is_another_model(corpus: Path, tmp_path: Path) -> None:
    files = []
    for seed in (1, 2):
        assert (
            run("learn", corpus, "-o", tmp_path / f"{seed}", "--no-peers", "--folds", 2, "--seed", seed).returncode == 0
        )
        files.append(block_model.decode_file((tmp_path / f"{seed}").read_bytes()))
    assert files[0].first != files[1].first


def test_errors_are_one_line_each(corpus: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for name in ("en0.html", "en0.json"):
        (few / name).write_bytes((corpus / name).read_bytes())
    gold = tmp_path / "lonely.gold.jsonl"
    gold.write_text('{"url": "https://a.example/", "text": "x"}\n')
    broken = tmp_path / "broken.msgpack"
    broken.write_bytes(b"no model")
    for args, words, status in (
        (("learn",), "at least one CORPUS", 2),
        (("learn", tmp_path / "none"), "no such file", 1),
        (("learn", few), "at least 20 pages", 1),
        (("learn", gold), "lonely.warc.gz is missing", 1),
        (("learn", corpus, "-o", tmp_path / "no" / "m"), "its folder does not exist", 2),
        (("learn", corpus, "--folds", 1), "at least 2", 2),
        (("extract", corpus / "en0.html", "--model", broken), "no block model", 2),
        (("extract", corpus / "en0.html", "-s", f"MODEL={tmp_path / 'none'}"), "No such file", 2),
    ):
        done = run(*args)
        assert (done.returncode, words in last_line(done)) == (status, True), (args, done.stderr)
