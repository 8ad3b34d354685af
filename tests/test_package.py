"""What pip installs: the libraries that are asked for are those that the code imports, each extra is named by what needs it, and a wheel
in an empty folder does what the README says."""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import os
import pydoc
import re
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import html as lxml_html
from scrapy.settings import Settings

import newscrawl
from newscrawl.browser import chromium
from newscrawl.commands import learn
from tests.local_portal import article, serve

ROOT = Path(__file__).parents[1]
with (ROOT / "pyproject.toml").open("rb") as _file:
    PROJECT: dict[str, Any] = tomllib.load(_file)["project"]


def names(requirements: list[str]) -> set[str]:
    """Names of distributions, as they are compared."""
    found = (re.match(r"[\w.-]+", one) for one in requirements)
    return {re.sub(r"[-_.]+", "-", one[0]).lower() for one in found if one}


def imported() -> dict[str, str]:
    """Every top-level module that the package imports, except for type checking only, with a file that does."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "newscrawl").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        typing_only = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if id(node) in typing_only:
                continue
            modules = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            found.update({module.split(".")[0]: path.relative_to(ROOT).as_posix() for module in modules})
    return {
        name: path for name, path in found.items() if name not in {*sys.stdlib_module_names, "newscrawl", "compression"}
    }


def test_what_the_code_imports_is_asked_for() -> None:
    """By the package or by one of its extras, and nothing that it does without."""
    homes = packages_distributions()
    below = names([one for one in requires("Scrapy") or [] if "extra ==" not in one])
    main, extras = names(PROJECT["dependencies"]), PROJECT["optional-dependencies"]
    optional = names(extras["browser"] + extras["learn"])
    wrong = {}
    for module, path in imported().items():
        asked = names(homes.get(module, [module]))
        if path.endswith("pytest_plugin.py"):
            continue  # pytest loads it
        if not asked & (main | optional | below):
            wrong[module] = path
    assert not wrong
    used = {name for module in imported() for name in names(homes.get(module, [module]))}
    assert main - used <= {"lxml-html-clean", "backports-zstd"}, "no import asks for it"


def test_a_plain_install_has_no_tests_and_no_browser() -> None:
    assert not names(PROJECT["dependencies"]) & {"pytest", "hypothesis", "scrapyd", "playwright", "lightgbm", "ruff"}
    assert PROJECT["optional-dependencies"].keys() == {"browser", "docs", "learn", "scrapyd", "test", "all"}


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Names of modules that are not installed, as far as a test is concerned."""
    missing: set[str] = set()
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *rest: None if name in missing else find(name, *rest))
    yield missing


def test_without_the_browsers_extra_the_extra_is_named(without: set[str]) -> None:
    assert chromium.missing("/usr/bin/chromium") is None
    assert chromium.missing(None) == chromium.INSTALL
    without.add("scrapy_playwright")
    assert chromium.missing("/usr/bin/chromium") == "pip install 'newscrawl[browser]'"
    assert chromium.missing(None) == f"pip install 'newscrawl[browser]', then {chromium.INSTALL}"


def test_without_lightgbm_learning_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    command = learn.Command()
    command.settings = Settings()
    options = SimpleNamespace(set=[], logfile=None, loglevel=None, nolog=False, pidfile=None, pdb=False)
    command.process_options([], options)  # type: ignore[arg-type]
    options.folds, options.output, options.fold_models, options.measure = 4, str(tmp_path / "m"), None, None
    command.run(["corpus"], options)  # type: ignore[arg-type]
    errors = capsys.readouterr().err
    assert command.exitcode == 1
    assert errors.startswith("newscrawl: error: learning needs LightGBM: pip install 'newscrawl[learn]' (")
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("page", "error", "said"),
    [
        ("https://news.example/1", ValueError, "pass the page's bytes, and the address as url="),
        (None, TypeError, "not None"),
        (Path("page.html"), TypeError, "pass path.read_bytes()"),
        (lxml_html.fromstring("<p>One</p>"), TypeError, "pass lxml.html.tostring(tree)"),
        (lxml_html.fromstring("<p>One</p>").getroottree(), TypeError, "pass lxml.html.tostring(tree)"),
        (io.BytesIO(b"<p>One</p>"), TypeError, "pass file.read()"),
        (SimpleNamespace(content=b"<p>One</p>"), TypeError, "pass response.content"),
    ],
    ids=["address", "None", "Path", "element", "tree", "file", "response"],
)
def test_what_is_no_page_is_said(page: Any, error: type[Exception], said: str) -> None:
    for function in (newscrawl.extract, newscrawl.extract_text):
        with pytest.raises(error, match=re.escape(said)):
            function(page)
    with pytest.raises(TypeError, match=r"url is to be a str or None, not pathlib\."):
        newscrawl.extract(b"<p>One</p>", Path("page.html"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"newscrawl\.sites\.registry\.load\(name\)"):
        newscrawl.extract(b"<p>One</p>", site="demo")  # type: ignore[arg-type]


def test_any_kind_of_bytes_is_a_page() -> None:
    page = article(1).encode()
    found = [newscrawl.extract(kind(page)) for kind in (bytes, bytearray, memoryview)]  # type: ignore[arg-type]
    assert isinstance(found[0], newscrawl.Article) and found[0] == found[1] == found[2]
    assert json.loads(json.dumps(found[0].to_dict()))["title"] == found[0].title
    assert list(found[0].to_dict())[:3] == ["schema", "id", "version"]


def test_help_tells_how_to_call_it() -> None:
    told = pydoc.render_doc(newscrawl.extract, renderer=pydoc.plaintext)
    assert "isinstance(found, newscrawl.Article)" in told and "to_dict()" in told
    assert all(f":param {name}:" in told for name in ("page", "url", "site", "model"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that has the wheel, and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=True)
    commands = folder / "venv" / "bin"
    source = folder / "source"
    source.mkdir()
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in files:
        if name.startswith("newscrawl/") or name in ("pyproject.toml", "README.md"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    pip = [str(commands / "pip"), "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "-q", ".", "--no-deps", "-w", folder / "wheels"], cwd=source, check=True)
    subprocess.run([*pip, "install", "-q", *(folder / "wheels").glob("*.whl")], cwd=folder, check=True)
    return commands


@pytest.mark.slow
def test_a_wheel_works_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NEWSCRAWL_", "SCRAPY"))}
    variables = {**own, "PATH": f"{installed}{os.pathsep}{os.environ['PATH']}", "NEWSCRAWL_PRIVATE_HOSTS": "127.0.0.1"}

    def run(*args: object, code: int = 0, cwd: Path = tmp_path) -> str:
        done = subprocess.run(
            list(map(str, args)), cwd=cwd, env=variables, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == code and "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    assert run("newscrawl", "--version") == f"newscrawl {newscrawl.__version__}\n"
    with serve({"/1.html": article(1)}) as portal:
        for form in ("jsonl", "markdown", "text", "html"):
            assert "town number 1 decides" in run("newscrawl", "--format", form, portal.url("/1.html"))
        assert "town number 1 decides" in run("newscrawl", "explain", portal.url("/1.html"))
    structures = ROOT / "fixtures" / "structures"
    run("newscrawl", "extract", structures, "-o", "out.jsonl")
    pages = [*structures.glob("*.html"), *structures.glob("*.txt")]
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == len(pages)
    run("scrapy", "extract", structures / "portal_amp.html", "-o", "one.jsonl")
    run("newscrawl", "fixture", "check", ROOT / "fixtures" / "demo-portal")
    assert "newscrawl[learn]" in run("newscrawl", "learn", ROOT / "fixtures", code=1)
    run("newscrawl", "startproject", "news")
    assert "no runs in" in run("scrapy", "report", code=1, cwd=tmp_path / "news")
    assert "portal" in run("scrapy", "list", cwd=tmp_path / "news").split()
