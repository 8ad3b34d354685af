"""``scrapy fixture`` as a user runs it: freezing pages, noticing what changed, taking changes over, exchanging corpora."""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from newscrawl.commands.fixture import Command
from tests.archive.warc_maker import response, zipped

ROOT = Path(__file__).parents[1]
URL = "https://a.example/news/2026/harbour-opens.html"
BODY = [
    "The harbour opened again on Monday after a long winter, and several hundred people came to see what had become of it.",
    "Work on the harbour had taken the town two years and a good part of its savings, the mayor said in a short speech.",
    "Not everybody was pleased: neighbours of the harbour spoke of noise, of dust and of a bill that nobody had shown them.",
    "The council will decide in March whether the harbour is to stay open on Sundays, and what a visit will cost by then.",
]


def html(byline: str = "By Ada Lovelace", topic: str = "harbour", when: str = "3 hours ago") -> str:
    body = "".join(f"<p>{text.replace('harbour', topic)}</p>" for text in BODY)
    return (
        f'<html lang="en"><head><title>The {topic} opens again</title></head><body><article><h1>The {topic} opens again</h1>'
        f'<p class="byline">{byline}</p><time>{when}</time>{body}</article></body></html>'
    )


Done = subprocess.CompletedProcess[str]


def process(*args: object, cwd: Path = ROOT, **options: Any) -> Done:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "scrapy", "fixture", *map(str, args)]
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **{"stdin": subprocess.DEVNULL, **options},
    )


def fixture(*args: object) -> Done:
    """The command within this process, whose workers need not load the libraries each time."""
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


def save(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def frozen(folder: Path, text: str = html(), name: str = "harbour") -> Path:
    """A case whose page was fetched on 1 March at noon."""
    page = save(folder.parent / "pages" / f"{name}.html", text)
    os.utime(page, (1772366400, 1772366400))
    done = fixture("add", page, "--url", URL, "--dir", folder, "--name", name, "--yes")
    assert done.returncode == 0, done.stderr
    return folder / "a.example" / name


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def failed(done: Done, status: int, words: str) -> None:
    assert done.returncode == status, (done.stdout, done.stderr)
    assert [line for line in done.stderr.splitlines() if words in line], done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_a_page_is_frozen_with_its_record_and_still_gives_it(tmp_path):
    case = frozen(tmp_path / "fx")
    assert sorted(os.listdir(case)) == ["expected.json", "meta.json", "page.html.gz"]
    assert gzip.decompress((case / "page.html.gz").read_bytes()).decode() == html()
    assert (case / "page.html.gz").read_bytes()[4:8] == b"\0\0\0\0"  # no time: the same page is the same file
    meta = json.loads((case / "meta.json").read_text())
    assert (meta["url"], meta["fetched_at"]) == (URL, "2026-03-01T12:00:00+00:00")
    expected = json.loads((case / "expected.json").read_text())
    assert expected["text"] == BODY
    assert expected["published"].startswith("2026-03-01T09:00")  # three hours before the fetch, whenever it is checked
    assert not {"run_id", "extractor", "fetched_at", "content_hash", "confidence"} & expected.keys()
    done = fixture("check", tmp_path / "fx")
    assert done.returncode == 0
    assert re.fullmatch(rf"1 case, {len(expected)} fields: none differs; [\d.]+ s\n", done.stdout)


def test_a_broken_rule_is_named_by_exactly_the_fields_that_it_changed(tmp_path):
    """A copy of the program in which one word list lost a word: 来源 is no label of a source any more."""
    shutil.copytree(ROOT / "newscrawl", tmp_path / "newscrawl", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "scrapy.cfg", tmp_path)
    fixtures = ROOT / "fixtures" / "demo-portal"
    assert process("check", fixtures, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}).returncode == 0
    words = tmp_path / "newscrawl" / "extraction" / "data" / "bylines.toml"
    change(words, 'source = ["来源", ', "source = [")
    done = process("check", fixtures, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 3
    lines = done.stdout.splitlines()
    assert lines[0] == f"{fixtures / 'c_1002'}: source differs"
    assert lines[1] == "  source: {+来源：+}临港晚报"
    assert re.match(r"3 cases, \d+ fields: 1 differs \(source 1\)", lines[2])
    assert len(lines) == 3


def test_differences_are_shown_by_word_and_taken_over_field_by_field(tmp_path):
    case = frozen(tmp_path / "fx")
    change(case / "expected.json", "several hundred people", "several thousand people")
    change(case / "expected.json", '"Ada Lovelace"', '"Ada Byron"')
    change(case / "expected.json", "The harbour opens again", "The harbor opens again")
    done = fixture("check", case)
    assert done.returncode == 3
    assert done.stdout.splitlines()[:-1] == [
        f"{case}: title, authors, text differ",
        "  title: The [-harbor-]{+harbour+} opens again",
        '  authors: expected ["Ada Byron"], found ["Ada Lovelace"]',
        "  text, paragraph 1: …er a long winter, and several [-thousand-]{+hundred+} people came to see what had b…",
    ]
    assert fixture("check", case, "--fields", "section,language").returncode == 0
    assert fixture("accept", case, "--fields", "authors", "--yes").returncode == 0
    assert fixture("check", case).stdout.startswith(f"{case}: title, text differ")
    done = fixture("accept", tmp_path / "fx", "--yes")
    assert "1 case accepted" in done.stdout
    assert fixture("check", case).returncode == 0


def test_only_the_chosen_fields_are_expected_and_more_can_be_accepted(tmp_path):
    page = save(tmp_path / "p.html", html())
    assert (
        fixture("add", page, "--url", URL, "--dir", tmp_path / "fx", "--fields", "title,text", "--yes").returncode == 0
    )
    case = tmp_path / "fx" / "a.example" / "harbour-opens"
    assert list(json.loads((case / "expected.json").read_text())) == ["title", "text"]
    assert fixture("accept", case, "--fields", "authors", "--yes").returncode == 0
    assert json.loads((case / "expected.json").read_text())["authors"] == ["Ada Lovelace"]


def test_a_rejection_is_an_expectation_too(tmp_path):
    page = save(tmp_path / "p.html", "<html><title>Nothing</title><body><p></p></body></html>")
    done = fixture("add", page, "--url", "https://a.example/news/nothing", "--dir", tmp_path / "fx", "--yes")
    assert done.returncode == 0, done.stderr
    case = tmp_path / "fx" / "a.example" / "nothing"
    assert json.loads((case / "expected.json").read_text()) == {"reason": "empty"}
    assert fixture("check", case).returncode == 0
    save(case / "page.html.gz", gzip.compress(html().encode()))
    done = fixture("check", case)
    assert done.returncode == 3
    assert (
        done.stdout.splitlines()[1] == "  outcome: expected rejected: empty, found an article: The harbour opens again"
    )
    assert fixture("accept", case, "--yes").returncode == 0
    assert json.loads((case / "expected.json").read_text())["text"] == BODY


def test_a_url_is_fetched_through_the_projects_guards(tmp_path):
    demo = ("-s", f"REPLAY_DIR={ROOT / 'fixtures' / 'demo'}", "--dir", tmp_path / "fx", "--yes")
    done = process("add", "https://www.demo-portal.example/en/2026/03/08/night-trains-return", *demo)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "fx" / "demo" / "night-trains-return").is_dir()  # under the name of its site file
    failed(process("add", "https://www.demo-portal.example/local/2026-03/05/c_1404.html", *demo), 1, "http_404")
    failed(process("add", "http://127.0.0.1:9/x", "--dir", tmp_path, "--yes"), 1, "blocked_address")


def test_without_a_terminal_nothing_is_written_unless_told(tmp_path):
    page = save(tmp_path / "p.html", html())
    failed(fixture("add", page, "--url", URL, "--dir", tmp_path / "fx"), 2, "--yes")
    assert not (tmp_path / "fx").exists()


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("", 1)])
def test_on_a_terminal_it_asks(tmp_path, answer, status):
    page = save(tmp_path / "p.html", html())
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    done = process("add", page, "--url", URL, "--dir", tmp_path / "fx", stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert done.returncode == status, done.stderr
    assert BODY[0] in done.stdout
    assert "freeze it as" in done.stderr
    assert (tmp_path / "fx").exists() == (status == 0)


def archive(path: Path) -> Path:
    pages = [
        response(f"https://a.example/news/{topic}", html(topic=topic).encode())
        for topic in ("harbour", "library", "railway")
    ]
    return save(path, zipped(*pages, response("https://a.example/gone", b"", "404 Not Found")))


def test_an_archive_is_a_corpus_with_its_expectations_beside_it(tmp_path):
    warc = archive(tmp_path / "crawl.warc.gz")
    done = fixture("add", warc, "--yes")
    assert done.returncode == 0, done.stderr
    assert "3 article, 1 http_404" in done.stdout
    lines = tmp_path / "crawl.expected.jsonl"
    assert len(lines.read_text().splitlines()) == 4
    assert fixture("check", tmp_path).returncode == 0
    change(lines, "The library opens again", "The library is shut")
    done = fixture("check", warc)
    assert done.returncode == 3
    assert done.stdout.splitlines()[:2] == [
        f"{warc}#https://a.example/news/library: title differs",
        "  title: The library [-is shut-]{+opens again+}",
    ]
    assert fixture("check", f"{warc}#https://a.example/news/railway").returncode == 0
    before = lines.read_text().splitlines()
    assert fixture("accept", warc, "--yes").returncode == 0
    after = lines.read_text().splitlines()
    assert fixture("check", warc).returncode == 0
    assert [number for number in range(4) if json.loads(before[number]) != json.loads(after[number])] == [1]


def test_one_page_of_an_archive_becomes_a_case(tmp_path):
    warc = archive(tmp_path / "crawl.warc.gz")
    done = fixture("add", f"{warc}#https://a.example/news/library", "--dir", tmp_path / "fx", "--yes")
    assert done.returncode == 0, done.stderr
    assert (
        json.loads((tmp_path / "fx" / "a.example" / "library" / "meta.json").read_text())["url"]
        == "https://a.example/news/library"
    )


def test_user_errors_are_one_line_each(tmp_path):
    warc = archive(tmp_path / "crawl.warc.gz")
    other = save(tmp_path / "none.warc.gz", gzip.compress(b"hello"))
    page = save(tmp_path / "p.html", html())
    (tmp_path / "empty").mkdir()
    add = ("--dir", tmp_path / "fx", "--yes")
    failed(fixture("add", f"{warc}#https://a.example/nowhere", *add), 1, "no such URL: https://a.example/nowhere")
    failed(fixture("add", f"{other}#https://a.example/", *add), 1, "no WARC archive")
    failed(fixture("add", other, "--yes"), 1, "no WARC archive")
    failed(fixture("add", tmp_path / "missing.html", *add), 1, "missing")
    failed(fixture("add", page, "--fields", "titel", *add), 2, "unknown field 'titel'")
    failed(fixture("add", page, "--site", "../up", *add), 2, "--site ../up")
    failed(fixture("check", tmp_path / "empty"), 1, "no fixtures in this folder")
    failed(fixture("check", tmp_path / "nowhere"), 1, "no such file or folder")
    failed(fixture("check", warc), 1, "crawl.expected.jsonl is missing")
    failed(fixture("chekc"), 2, "'chekc' is none of add, check")
    failed(fixture("check", "--name", "x"), 2, "takes no --name")
    failed(fixture("import", tmp_path), 1, "ground-truth.json is missing")
    assert not (tmp_path / "fx").exists()
    assert fixture("add", page, "--url", "http://[::1/", *add).returncode == 0, (
        "an odd URL names no case, and the page is as good"
    )


def test_broken_cases_are_named_and_the_others_checked(tmp_path):
    folder = tmp_path / "fx"
    first = frozen(folder, name="first")
    for name in ("second", "third", "fourth", "fifth", "sixth"):
        shutil.copytree(first, first.with_name(name))
    (first.with_name("second") / "page.html.gz").unlink()
    (first.with_name("third") / "meta.json").unlink()
    save(first.with_name("fourth") / "expected.json", '{\n "title": "The harbour opens again"\n "text": 1\n}')
    save(first.with_name("fifth") / "page.html.gz", (first / "page.html.gz").read_bytes()[:100])
    save(first.with_name("sixth") / "meta.json", '{"url": 5}')
    done = fixture("check", folder)
    assert done.returncode == 3
    said = done.stderr.replace(f"{first.parent}{os.sep}", "").splitlines()
    for words in (
        "fifth/page.html.gz: ",
        "fourth/expected.json line 3: not JSON",
        "second: page.html.gz is missing",
        "sixth/meta.json: Expected `str",
        "third: meta.json is missing",
    ):
        assert [line for line in said if words in line], (words, said)
    assert len(said) == 5
    assert "1 case, " in done.stdout and "none differs, 5 could not be checked" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_case_that_is_there_stays(tmp_path):
    case = frozen(tmp_path / "fx")
    before = (case / "expected.json").read_bytes()
    page = save(tmp_path / "p.html", html(byline="By Grace Hopper"))
    failed(
        fixture("add", page, "--url", URL, "--dir", tmp_path / "fx", "--name", "harbour", "--yes"),
        1,
        "there is one already",
    )
    assert (case / "expected.json").read_bytes() == before


def benchmark(folder: Path) -> Path:
    truth = {}
    for topic in ("harbour", "library"):
        key = f"{len(topic):02}{topic}"
        save(folder / "html" / f"{key}.html.gz", gzip.compress(html(topic=topic).encode(), mtime=0))
        truth[key] = {"articleBody": "\n\n".join(BODY).replace("harbour", topic), "url": f"https://a.example/{topic}"}
    save(folder / "ground-truth.json", json.dumps(truth))
    return folder


def test_a_benchmark_survives_import_and_export(tmp_path):
    source = benchmark(tmp_path / "aeb")
    done = fixture("import", source, "--dir", tmp_path / "fx")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "fx" / "aeb" / "07" / "07harbour" / "page.html.gz").exists()  # sharded
    assert fixture("check", tmp_path / "fx").returncode == 0
    done = fixture("export", tmp_path / "out", tmp_path / "fx", "--format", "aeb")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "ground-truth.json").read_text()) == json.loads(
        (source / "ground-truth.json").read_text()
    )
    for page in sorted((source / "html").iterdir()):
        assert gzip.decompress((tmp_path / "out" / "html" / page.name).read_bytes()) == gzip.decompress(
            page.read_bytes()
        )


def test_what_others_would_misread_is_recoded_on_export(tmp_path):
    """The benchmark's tools read pages as UTF-8; a GBK page of ours must not reach them as noise."""
    done = fixture("export", tmp_path / "out", ROOT / "fixtures" / "demo-portal")
    assert done.returncode == 0, done.stderr
    assert "1 left out, for they expect no text" in done.stdout
    truth = json.loads((tmp_path / "out" / "ground-truth.json").read_text())
    pages = {
        key: gzip.decompress((tmp_path / "out" / "html" / f"{key}.html.gz").read_bytes()).decode("utf-8")
        for key in truth
    }
    assert any("恒源纱厂建于一九二一年" in page for page in pages.values())
    assert fixture("import", tmp_path / "out", "--dir", tmp_path / "fx").returncode == 0
    assert fixture("check", tmp_path / "fx").returncode == 0


def test_a_page_that_takes_too_long_is_no_change_to_accept(tmp_path):
    case = frozen(tmp_path / "fx")
    before = (case / "expected.json").read_bytes()
    long = (
        "<html><body><article>" + "<p>One sentence of a long story, which goes on and on.</p>" * 60_000
    )  # some seconds on any machine
    (case / "page.html.gz").write_bytes(gzip.compress(long.encode(), 1, mtime=0))
    slow = ("-s", "EXTRACT_TIMEOUT=0.2", "--yes")
    done = process("accept", case, *slow)
    assert done.returncode == 1
    assert "could not be checked: rejected: extract_timeout" in done.stderr
    assert (case / "expected.json").read_bytes() == before
