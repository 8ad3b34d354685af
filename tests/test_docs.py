"""The README and ``docs/`` are true: what is made from the code is up to date, and every code block is run, or at least read.

How a block is tested hangs on its language, and on comments in the Markdown above it, which readers do not see:

- ``sh`` blocks run, a page's blocks one after the other in a folder of their own that looks like a clone, and must end with status 0
  (tests marked slow). ``<!-- not run: why -->`` leaves one out. Of every block the programs, commands, options, spider arguments and
  settings that it names must exist.
- ``text`` below ``<!-- output -->`` is what the block above it prints: each line must come, in this order, apart from numbers that
  differ from run to run.
- ``python`` blocks are executed. A block with a ``title`` is a file of that name, which later blocks use.
- ``toml`` is read as a site file, ``json`` as a record or a rejection, ``ini`` and ``cron`` as what they are.
"""

from __future__ import annotations

import argparse
import configparser
import importlib
import importlib.util
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import jsonschema
import pytest
from scrapy.commands import ScrapyCommand
from scrapy.settings import Settings, default_settings

from newscrawl import settings
from newscrawl.console import main as console
from newscrawl.output.schema import article_schema
from newscrawl.sites import registry

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LANGUAGES = ("sh", "python", "toml", "json", "ini", "cron", "text", "mermaid")
OTHERS = frozenset(
    "[ apt-get cat cd cp crontab curl diff echo grep head ls mail mkdir mkdocs mypy pip playwright pytest python python3 ruff sed sort "
    "systemctl tail warcio".split()
)
"""Programs of others, whose options are theirs."""
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)(?P<info>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_ABOVE = re.compile(r"<!-- (not run|output)(?:: (.*?))? -->\s*\Z")
# What differs from run to run: run ids, times, hashes of models, seconds, sizes.
_VARIES = re.compile(
    r"\d{8}T\d{6}Z-\w+|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?|\b[0-9a-f]{12}\b|\b[\d.,]+ (?:s|ms|seconds|MB|kB)\b|\d+\.\d+\.\d+"
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    title: str
    text: str
    marks: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        above, marks = text[: found.start()], {}
        while mark := _ABOVE.search(above):
            marks[mark[1]] = mark[2] or ""
            above = above[: mark.start()]
        title = re.search(r'title="([^"]+)"', found["info"])
        body = re.sub(f"^{found['indent']}", "", found["text"], flags=re.MULTILINE)
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page.name, line, found["language"], title[1] if title else "", body, marks)


ALL = [block for page in PAGES for block in blocks(page)]


def of(*languages: str) -> list[Block]:
    return [block for block in ALL if block.language in languages]


# --- What is made from the code


def test_what_is_made_from_the_code_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "generate.py"))["made"]()
    stale = [path.name for path, text in made.items() if path.read_text(encoding="utf-8") != text]
    assert not stale, "run: python docs/generate.py"


def test_every_block_has_a_language_that_is_tested() -> None:
    assert not [str(block) for block in ALL if block.language not in LANGUAGES]


def test_links_between_the_pages_lead_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
            path, _, anchor = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            if not there.exists() or (anchor and there.suffix == ".md" and anchor not in _anchors(there)):
                broken.append(f"{page.name}: {target}")
    assert not broken


def _anchors(page: Path) -> set[str]:
    """The names of a page's headings, as GitHub and MkDocs make them."""
    headings = re.findall(
        r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL), re.M
    )
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip()) for heading in headings}


# --- Shell


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise AssertionError(message)


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command of a script, without redirections."""
    joined = re.sub(r"\\\n\s*", " ", text)
    for line in re.sub(r"(^|\s)#.*$", "", joined, flags=re.MULTILINE).splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.commenters, lexer.whitespace_split = "", True
        words: list[str] = []
        redirected = False
        for word in lexer:
            if set(word) <= set("<>&") and set(word) & set("<>"):
                redirected = word not in ("<(", ">(")
            elif set(word) <= set("();|&<>"):
                if words:
                    yield words
                words, redirected = [], False
            elif redirected:
                redirected = False
            else:
                words.append(word)
        if words:
            yield words


def check_command(words: list[str]) -> None:
    """Raises AssertionError for a program, command, option, argument or setting that there is not."""
    while words and (words[0] in ("sudo", ".") or re.match(r"[A-Z_]+=", words[0])):
        words = words[1:]
    if not words:
        return
    program, rest = Path(words[0]).name, words[1:]
    if program == "python" and rest[:1] == ["-m"]:
        assert importlib.util.find_spec(rest[1]), f"there is no module {rest[1]}"
        if rest[1] != "scrapy":
            return
        program, rest = "scrapy", rest[2:]
    if program == "scrapy":
        assert rest, "scrapy is to do something"
        if importlib.util.find_spec(f"newscrawl.commands.{rest[0]}"):
            _check_options(f"newscrawl.commands.{rest[0]}", rest[1:])
        else:
            assert importlib.util.find_spec(f"scrapy.commands.{rest[0]}"), f"there is no command {rest[0]}"
    elif program == "newscrawl":
        if rest[:1] and rest[0] in console.COMMANDS:
            _check_options(f"newscrawl.commands.{rest[0]}", rest[1:])
        elif rest[:1] != [console.START]:
            _check_options(console.PAGES, [word for word in rest if word not in ("--help", "--version")])
    else:
        for extra in re.findall(r"(?:\B\.|newscrawl)\[(\w+)\]", " ".join(rest)) if program == "pip" else ():
            assert extra in EXTRAS, f"there is no extra {extra}"
        assert program in OTHERS or program == "activate" or program.endswith(".sh"), f"there is no program {program}"


def _check_options(module: str, words: list[str]) -> None:
    command: ScrapyCommand = importlib.import_module(module).Command()
    command.settings = Settings()
    parser = _Parser(conflict_handler="resolve", exit_on_error=False)
    command.add_options(parser)
    given, left = parser.parse_known_args(words)
    assert not (unknown := [word for word in left if word.startswith("-") and word != "-"]), unknown
    for name in (one.partition("=")[0] for one in given.set):
        assert hasattr(settings, name) or hasattr(default_settings, name), f"there is no setting {name}"
    for spider in {"portal", "syndication"} & set(left):
        unknown = {one.partition("=")[0] for one in given.spargs} - spider_arguments(spider)
        assert not unknown, f"there are no arguments {unknown}"


@cache
def spider_arguments(spider: str) -> set[str]:
    """The names of a spider's arguments, as it says them itself."""
    command = [sys.executable, "-m", "scrapy", "crawl", spider, "-a", "no_such=1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2, done.stderr
    return {*done.stderr.strip().rpartition("there are: ")[2].split(", "), "help"}


@pytest.mark.parametrize("block", of("sh"), ids=str)
def test_what_a_shell_block_names_exists(block: Block) -> None:
    for words in commands(block.text):
        check_command(words)


@pytest.mark.parametrize(
    "wrong", ["scrapy crwal x", "scrapy extract --no-such x", "scrapy crawl portal -a sight=x", "newscrawl x -s NO=1"]
)
def test_a_command_that_there_is_not_is_found(wrong: str) -> None:
    with pytest.raises((AssertionError, argparse.ArgumentError)):
        for words in commands(f"{wrong} 2>&1 | tail -n 1"):
            check_command(words)


class Session:
    """The folder in which a page's blocks run: as a clone, with the programs of this environment."""

    def __init__(self, folder: Path) -> None:
        folder = folder / "clone"
        self.root = self.place = folder
        shutil.copytree(ROOT / "fixtures", folder / "fixtures")
        shutil.copy(ROOT / "scrapy.cfg", folder)
        (folder / "newscrawl").symlink_to(ROOT / "newscrawl")
        programs = folder / ".venv" / "bin"
        programs.mkdir(parents=True)
        (programs / "activate").write_text("")
        for name, module in {"scrapy": "scrapy", "newscrawl": "newscrawl", "warcio": "warcio.cli"}.items():
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
            (programs / name).chmod(0o755)
        (programs / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (programs / "python").chmod(0o755)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("NEWSCRAWL_", "SCRAPY_", "PYTEST_"))
        }
        self._environment = {
            **kept,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "LC_ALL": "C.UTF-8",
        }

    def write(self, block: Block) -> None:
        """Makes the file that a block is."""
        path = self.place / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def run(self, block: Block) -> str:
        """What a block prints, errors among it; the next one goes on in the folder in which it ended."""
        where = self.root / ".place"
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", f"{block.text}\npwd >{shlex.quote(str(where))}"],
            cwd=self.place,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{block} ended with {done.returncode}:\n{block.text}\n{done.stdout}"
        assert "Traceback" not in done.stdout, f"{block}:\n{done.stdout}"
        self.place = Path(where.read_text().strip())
        return done.stdout


def masked(line: str) -> str:
    return re.sub(r"\s+", " ", _VARIES.sub("#", line)).strip()


def check_output(block: Block, printed: str) -> None:
    """Each line of the block is part of a line that was printed, in this order; what stands behind … is left out."""
    lines = iter([masked(line) for line in printed.splitlines()])
    for wanted in block.text.splitlines():
        part = masked(wanted.partition("…")[0] if wanted.rstrip().endswith("…") else wanted)
        assert any(part in line for line in lines), f"{block}: {wanted!r} is not, or not there, in:\n{printed}"


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted({block.page for block in of("sh") if "not run" not in block.marks}), ids=str)
def test_the_shell_blocks_of_a_page_run(page: str, tmp_path: Path) -> None:
    session = Session(tmp_path)
    printed: str | None = None
    for block in (one for one in ALL if one.page == page):
        if block.title:
            session.write(block)
        elif block.language == "sh" and "not run" not in block.marks:
            printed = session.run(block)
        elif "output" in block.marks and printed is not None:
            check_output(block, printed)


@pytest.mark.slow
def test_mkdocs_builds_the_site_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the extra docs is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "mermaid" in (tmp_path / "site" / "architecture" / "index.html").read_text()


# --- Other languages


@pytest.mark.parametrize("page", sorted({block.page for block in of("python")}), ids=str)
def test_the_python_blocks_of_a_page_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "docs"}
    for block in (one for one in of("python") if one.page == page):
        code = compile(block.text, str(block), "exec")
        if not block.title and "not run" not in block.marks:
            exec(code, names)


@pytest.mark.parametrize("block", of("toml"), ids=str)
def test_toml_is_a_site_file(block: Block, tmp_path: Path) -> None:
    hosts = "" if re.search(r"^hosts", block.text, re.MULTILINE) else 'hosts = ["news.example"]\n'
    (tmp_path / "shown.toml").write_text(hosts + block.text, encoding="utf-8")
    assert registry.load("shown", tmp_path).hosts


@pytest.mark.parametrize("block", of("json"), ids=str)
def test_json_is_a_record_or_a_rejection(block: Block) -> None:
    for line in [block.text] if block.text.startswith("{\n") else block.text.splitlines():
        shown = json.loads(line)
        if "reason" in shown:
            assert list(shown) == ["url", "reason", "detail", "fetched_at", "run_id"]
        else:
            part = {**article_schema(), "required": ["schema", "id", "url", "text"]}
            jsonschema.validate(shown, part)
            order = [name for name in part["properties"] if name in shown]
            assert list(shown) == order


@pytest.mark.parametrize("block", of("ini"), ids=str)
def test_ini_has_sections_and_its_commands_exist(block: Block) -> None:
    read = configparser.ConfigParser(strict=True, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # systemd tells capitals apart
    read.read_string(block.text)
    assert read.sections()
    for words in commands(read.get("Service", "ExecStart", fallback="")):
        check_command(words)


@pytest.mark.parametrize("block", of("cron"), ids=str)
def test_cron_lines_have_five_fields_and_a_command_that_exists(block: Block) -> None:
    for line in block.text.splitlines():
        fields = line.split(None, 5)
        assert all(re.fullmatch(r"[\d*/,-]+", one) for one in fields[:5])
        assert not re.search(r"(?<!\\)%", fields[5]), "cron takes a bare % for the line's end"
        for words in commands(fields[5]):
            check_command(words)


def test_the_readme_is_short_and_its_first_test_command_is_what_ci_runs() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 140
    tests = [line for block in ALL if block.page == "README.md" for line in block.text.splitlines() if "pytest" in line]
    assert tests and ".venv/bin/pytest" in tests[0]
