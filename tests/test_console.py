"""The program ``newscrawl``: pages to standard output, the commands without a project, a new project, and where settings come from."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy.settings import Settings

import newscrawl
from newscrawl import addon, configuration
from newscrawl.console import print_pages, project
from newscrawl.console.main import COMMANDS, main
from newscrawl.items import RawPage
from newscrawl.rejections import ExtractTimeout
from newscrawl.sites import registry
from tests.local_portal import Handler, Portal, article, section, serve, status

ROOT = Path(__file__).parents[1]
LOCAL = {"NEWSCRAWL_PRIVATE_HOSTS": "127.0.0.1"}
TITLES = {number: f"The council of town number {number} decides" for number in range(1, 10)}


def start(
    *args: object, cwd: Path, environment: dict[str, str] | None = None, module: str = "newscrawl"
) -> subprocess.Popen[bytes]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSCRAWL_", "SCRAPY_"))}
    variables = {**own, "PYTHONPATH": str(ROOT), **(environment or {})}
    command = [sys.executable, "-m", module, *map(str, args)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=cwd, env=variables, stdin=pipe, stdout=pipe, stderr=pipe)


def run(
    *args: object,
    cwd: Path,
    stdin: str = "",
    environment: dict[str, str] | None = None,
    code: int = 0,
    module: str = "newscrawl",
) -> tuple[str, str]:
    """What a command prints, and what it says of errors."""
    process = start(*args, cwd=cwd, environment=environment, module=module)
    output, errors = process.communicate(stdin.encode(), timeout=120)
    assert process.returncode == code, errors.decode()
    assert b"Traceback" not in errors
    return output.decode(), errors.decode()


def records(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    pages = {f"/{number}.html": article(number) for number in TITLES}

    def late(handler: Handler) -> None:
        time.sleep(1)
        status(200, article(1))(handler)

    robots = {"/robots.txt": "User-agent: *\nDisallow: /private/\n", "/private/1.html": article(1)}
    with serve({**pages, **robots, "/list": section("/1.html", "/2.html"), "/late": late}) as running:
        yield running


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(article(1))
    return path


def test_a_page_becomes_a_record(portal: Portal, tmp_path: Path) -> None:
    output, errors = run("-s", "PRIVATE_HOSTS=127.0.0.1", portal.url("/1.html"), cwd=tmp_path)
    (record,) = records(output)
    assert (record["title"], record["url"], errors) == (TITLES[1], portal.url("/1.html"), "")
    assert record["run_id"] and record["fetched_at"]
    assert not list(tmp_path.iterdir()), "nothing is written beside the output"


def test_a_list_on_standard_input_is_printed_in_its_order_and_what_is_no_article_is_said(
    portal: Portal, tmp_path: Path, page: Path
) -> None:
    urls = [portal.url(path) for path in ("/late", "/nothing", "/private/1.html", "/list", "/2.html")]
    listed = "\n".join(["# of today", "", *urls, "ftp://news.example/1", ""])
    output, errors = run("-", page, cwd=tmp_path, stdin=listed, environment=LOCAL, code=3)
    assert [record["url"] for record in records(output)] == [urls[0], urls[4], page.as_uri()]
    said = [line.split(": ") for line in errors.splitlines()]
    assert [(line[0], line[1], line[2]) for line in said] == [
        ("newscrawl", urls[1], "http_404"),
        ("newscrawl", urls[2], "robots"),
        ("newscrawl", urls[3], said[2][2]),
        ("newscrawl", "ftp://news.example/1", "bad_scheme"),
    ]
    again, _ = run(cwd=tmp_path, stdin=urls[4], environment=LOCAL)
    assert [record["title"] for record in records(again)] == [TITLES[2]], "without arguments the list is read too"


def test_no_request_leaves_for_a_private_address_that_nobody_allowed(portal: Portal, tmp_path: Path) -> None:
    before = portal.asked.total()
    output, errors = run(portal.url("/1.html"), cwd=tmp_path, code=3)
    assert output == "" and ": blocked_address: " in errors
    assert portal.asked.total() == before


def test_a_signal_ends_it_with_what_was_printed(portal: Portal, tmp_path: Path) -> None:
    urls = [portal.url(f"/{number}.html") for number in range(1, 10)]
    process = start(*urls, cwd=tmp_path, environment=LOCAL)
    assert process.stdout is not None and process.stderr is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert json.loads(first)["url"] == urls[0]
    assert process.returncode == 130, errors.decode()
    assert errors.decode() == "newscrawl: stopped by a signal before the end\n"
    assert len(output.splitlines()) < 8


def test_nobody_reads_on(portal: Portal, tmp_path: Path) -> None:
    process = start(*[portal.url(f"/{number}.html") for number in range(1, 10)], cwd=tmp_path, environment=LOCAL)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (141, b"")


@pytest.mark.parametrize(
    ("form", "first", "last"),
    [
        ("markdown", "---", "it now ."),
        ("text", TITLES[1], "it now ."),
        ("html", "<!DOCTYPE html>", "</html>"),
    ],
)
def test_forms_for_people(page: Path, form: str, first: str, last: str) -> None:
    output, _ = run("--format", form, page, page, cwd=page.parent)
    assert output.startswith(f"{first}\n") and output.endswith(f"{last}\n")
    assert output.count("Paragraph 5 of story 1 tells") == 2
    assert output.count("<!DOCTYPE html>") == (form == "html")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nowhere.html"], "nowhere.html is neither a URL (https://…) nor a file; newscrawl --help lists the commands"),
        (["--frmat", "text", "x"], "unknown option --frmat"),
        (["--format", "pdf", "x"], "argument --format: invalid choice: 'pdf'"),
        (["-", "-"], "- can be read only once"),
        (["-"], "there is no URL on standard input"),
        (["--url", "https://a.example/", "https://b.example/"], "--url is for a single page in a file"),
        (["-s", "EXTRACT_TIMEOUT=soon", "x"], "-s EXTRACT_TIMEOUT=soon: expected a number of at least 0"),
        (["-s", "EXTRACT_TIMEOUT", "x"], "Invalid -s value, use -s NAME=VALUE"),
        (["extract"], "no PATH: name pages, archives or folders, or - for standard input"),
        (["state"], "say what to do: state list | show URL"),
        (["crawl", "portal"], "newscrawl startproject DIR makes one"),
    ],
)
def test_a_users_error_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCRAPY_SETTINGS_MODULE", raising=False)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    try:
        code = main(args)
    except SystemExit as end:
        code = int(str(end.code))
    finally:
        gc.enable()
    output, errors = capsys.readouterr()
    assert code == 2
    assert said in errors and errors.startswith("newscrawl: error: ")
    assert (output, errors.count("\n")) == ("", 1)


def test_a_page_in_the_lists_place_is_named(tmp_path: Path) -> None:
    _, errors = run(cwd=tmp_path, stdin=article(1), code=2)
    assert "newscrawl extract - reads it" in errors


def test_help_and_version_load_no_library(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom newscrawl.console.main import main\n"
        "assert main(['--help']) == 0 and main(['--version']) == 0\n"
        "print(sorted({'scrapy', 'twisted', 'lxml', 'numpy', 'trafilatura'} & sys.modules.keys()))"
    )
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert found.splitlines()[-2:] == [f"newscrawl {newscrawl.__version__}", "[]"]
    assert all(f"  {name} " in found for name in COMMANDS)


def test_the_commands_are_those_that_pip_installs_and_say_of_themselves_what_the_help_says() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared = tomllib.load(file)["project"]
    expected = {name: f"newscrawl.commands.{name}:Command" for name in COMMANDS}
    assert declared["entry-points"]["scrapy.commands"] == expected
    assert declared["scripts"] == {"newscrawl": "newscrawl.console.main:main"}
    for name, words in COMMANDS.items():
        assert importlib.import_module(f"newscrawl.commands.{name}").Command().short_desc() == words


def test_commands_work_without_a_project(tmp_path: Path, page: Path) -> None:
    run("extract", page, "-o", "out.jsonl", cwd=tmp_path)
    (record,) = records((tmp_path / "out.jsonl").read_text())
    assert record["title"] == TITLES[1]
    assert TITLES[1] in run("explain", page, cwd=tmp_path)[0]
    assert "newscrawl extract [options] PATH..." in run("extract", "--help", cwd=tmp_path)[0]
    assert "no runs in .newscrawl/runs" in run("report", cwd=tmp_path, code=1)[1]
    assert ".newscrawl has no state" in run("state", "list", cwd=tmp_path, code=1)[1]
    run("fixture", "add", page, "--url", "https://news.example/1", "--yes", cwd=tmp_path)
    assert "none differs" in run("fixture", "check", cwd=tmp_path)[0]
    assert "F1" in run("evaluate", "fixtures", cwd=tmp_path)[0]


def test_a_project_whose_settings_are_broken_is_named(tmp_path: Path, page: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = wrong.settings\n")
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "settings.py").write_text("oops\n")
    _, errors = run(page, cwd=tmp_path, code=1)
    assert errors.startswith("newscrawl: error: the project's settings cannot be read: NameError: name 'oops'")
    assert errors.count("\n") == 1


def confidence(*args: object, **given: object) -> float:
    """The MIN_CONFIDENCE that a page was held against; 0.0 for a page that passed."""
    cwd, environment = given["cwd"], given["environment"]
    process = start(*args, cwd=cwd, environment=environment)  # type: ignore[arg-type]
    _, errors = process.communicate(timeout=60)
    return float(errors.decode().rsplit("wanted ", 1)[1]) if process.returncode == 3 else 0.0


def test_settings_from_the_environment_a_project_and_the_command_line(tmp_path: Path, page: Path) -> None:
    environment = {"NEWSCRAWL_MIN_CONFIDENCE": "0.97"}
    assert confidence(page, cwd=tmp_path, environment={}) == 0
    assert confidence(page, cwd=tmp_path, environment=environment) == 0.97
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = here.settings\n")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "settings.py").write_text("MIN_CONFIDENCE = 0.98\n")
    assert confidence(page, cwd=tmp_path, environment=environment) == 0.98
    assert confidence("-s", "MIN_CONFIDENCE=0.99", page, cwd=tmp_path, environment=environment) == 0.99
    (tmp_path / "here" / "settings.py").write_text("")
    assert confidence(page, cwd=tmp_path, environment=environment) == 0.97


@pytest.mark.slow
def test_the_environment_counts_for_a_crawl_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scrapy", "crawl", "portal", "-a", "site=demo", "-O", str(tmp_path / "a.jsonl")]
    variables = {**os.environ, "NEWSCRAWL_MIN_CONFIDENCE": "1", "NEWSCRAWL_STATE_DIR": str(tmp_path / "state")}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=120)
    rejected = (tmp_path / "a.rejects.jsonl").read_text()
    assert '"reason":"unsure"' in rejected, done.stderr
    assert (tmp_path / "state" / "runs").is_dir()
    variables["NEWSCRAWL_MIN_CONFIDENCE"] = "high"
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2 and "MIN_CONFIDENCE=high: expected a number from 0 to 1" in done.stderr


def test_names_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSCRAWL_SITES", "/srv/sites")
    monkeypatch.setenv("NEWSCRAWL_DOWNLOAD_DELAY", "3")
    monkeypatch.setenv("NEWSCRAWL_STATEDIR", "x")
    settings = Settings()
    monkeypatch.setenv("NEWSCRAWL_HOME", "somebody else's")
    (told,) = configuration.complete(settings)
    assert told.startswith("NEWSCRAWL_STATEDIR ") and told.endswith("NEWSCRAWL_STATE_DIR does")
    assert (settings["NEWSCRAWL_SITES"], settings.getfloat("DOWNLOAD_DELAY")) == ("/srv/sites", 3)
    monkeypatch.setenv("NEWSCRAWL_FEEDS", "{not json")
    with pytest.raises(configuration.ConfigurationError, match="NEWSCRAWL_FEEDS="):
        configuration.complete(Settings())


def test_a_projects_own_middlewares_do_not_cost_it_the_guards() -> None:
    settings = Settings({"DOWNLOADER_MIDDLEWARES": {"mine.Middleware": 543}}, priority="project")
    configuration.complete(settings)
    made = addon.installed(settings)
    found = made.getdict("DOWNLOADER_MIDDLEWARES")
    assert {"mine.Middleware", "newscrawl.middlewares.RobotsMiddleware"} <= found.keys()
    assert (
        made.getdict("DOWNLOAD_HANDLERS")["https"] == "newscrawl.download.http.HttpDownloadHandler"
    )  # has the address guard


def test_a_page_costs_its_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        while True:
            with contextlib.suppress(Exception):  # as libraries do
                time.sleep(0.01)

    monkeypatch.setattr("newscrawl.extraction.pipeline.extract", hang)
    before = signal.getsignal(signal.SIGALRM)
    found = print_pages._extracted(RawPage(body=b"<p>x"), None, None, 0.05)
    assert isinstance(found, ExtractTimeout) and found.detail == "took longer than 0.05 s"
    assert signal.getsignal(signal.SIGALRM) == before


class TestProject:
    """What ``newscrawl startproject`` makes."""

    def test_it_has_what_a_scheduled_crawl_needs(self, tmp_path: Path) -> None:
        output, _ = run("startproject", "my news", cwd=tmp_path)
        folder = tmp_path / "my news"
        assert f"{folder} is a project now" in output and "scrapy crawl portal -a site=example" in output
        assert registry.load("example", str(folder / "sites")).hosts == ("news.example",)
        crontab = (folder / "schedule" / "crontab").read_text().splitlines()[-1]
        assert f"cd '{folder}' && " in crontab and "[ $? -eq 75 ]" in crontab
        service = (folder / "schedule" / "newscrawl@.service").read_text()
        assert f"WorkingDirectory={tmp_path}/my\\x20news\n" in service
        compile((folder / "my_news" / "settings.py").read_text(), "settings.py", "exec")

    def test_commands_find_its_settings(self, tmp_path: Path, page: Path) -> None:
        run("startproject", "news", cwd=tmp_path)
        inside = tmp_path / "news" / "schedule"
        assert f"no runs in {tmp_path / 'news' / '.newscrawl' / 'runs'}" in run("report", cwd=inside, code=1)[1]
        settings = tmp_path / "news" / "news" / "settings.py"
        settings.write_text(settings.read_text() + "\nMIN_CONFIDENCE = 1.0\n")
        for module in ("newscrawl", "scrapy"):
            _, errors = run("extract", page, cwd=inside, code=1, module=module)
            assert "unsure: confidence" in errors

    @pytest.mark.skipif(not hasattr(newscrawl, "Addon"), reason="newscrawl.Addon is not in this version yet")
    def test_it_crawls(self, tmp_path: Path, portal: Portal) -> None:
        run("startproject", "news", cwd=tmp_path)
        (tmp_path / "news" / "sites" / "example.toml").write_text(
            f'hosts = ["127.0.0.1"]\n[starts]\nsections = ["{portal.url("/list")}"]\n[pace]\ndelay = 0\n'
        )
        args = ("crawl", "portal", "-a", "site=example", "-o", "news.jsonl")
        run(*args, cwd=tmp_path / "news", environment=LOCAL, module="scrapy")
        assert len(records((tmp_path / "news" / "news.jsonl").read_text())) == 2
        assert "example" in run("report", cwd=tmp_path / "news")[0]

    def test_a_folder_with_something_in_it_is_left_as_it_is(self, tmp_path: Path, page: Path) -> None:
        for place, why in ((tmp_path, "is not empty"), (page, "is no folder")):
            _, errors = run("startproject", place, cwd=tmp_path, code=1)
            assert errors == f"newscrawl: error: {place} {why}: name a new one\n"
        assert [path.name for path in tmp_path.iterdir()] == ["page.html"]

    @pytest.mark.parametrize(
        ("name", "package"),
        [("news", "news"), ("My News!", "my_news"), ("newscrawl", "newscrawl_project"), ("2026", "news_2026")],
    )
    def test_its_package_hides_no_other(self, name: str, package: str) -> None:
        assert project._package(name) == package
