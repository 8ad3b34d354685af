"""The rooms hold: which module may import which, and what lies at the top."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "newscrawl"
BASE = ("items", "printable", "rejections", "signals", "urls", "writing")
LAYERS: tuple[tuple[str, ...], ...] = (
    BASE,
    ("sites",),
    ("extraction", "discover", "state", "output"),
    ("archive", "download", "browser"),
    (
        "addon",
        "configuration",
        "crawl",
        "default_settings",
        "middlewares",
        "monitor",
        "pipelines",
        "settings",
        "spiders",
    ),
    ("__main__", "commands", "console", "evaluate", "explain", "learning"),
)
"""From the bottom up; a room imports itself and what lies below. The rooms of the third layer do not import one another."""
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
APART = LAYERS[2]
PURE = ("extraction", *BASE)
OUTSIDE_OF_PAGES = frozenset(("pool", "worker", "preload"))
"""Modules of ``extraction`` that keep its processes, and so know more than a page."""
MODULES = sorted(PACKAGE.rglob("*.py"))


def part(module: str) -> str:
    """The first name below ``newscrawl``: a room, or a module at the top; "" for the package itself."""
    return (module.split(".") + [""])[1]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions, except for type checking only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def allowed(importer: str, imported: str) -> bool:
    if importer == imported or not importer or not imported or imported == "__version__":
        return True
    if importer in APART and imported in APART:
        return False
    return LEVEL[imported] <= LEVEL[importer]


def test_every_room_has_its_layer() -> None:
    assert not {part(module_name(path)) for path in MODULES} - {"", *LEVEL}


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_go_downwards(path: Path) -> None:
    here = part(module_name(path))
    wrong = [name for name in imports(path) if name.split(".")[0] == "newscrawl" and not allowed(here, part(name))]
    assert not wrong, f"{module_name(path)} may not import {', '.join(wrong)}"


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if part(module_name(path)) in PURE and path.stem not in OUTSIDE_OF_PAGES],
    ids=module_name,
)
def test_extraction_knows_no_scrapy_and_opens_nothing(path: Path) -> None:
    forbidden = {"scrapy", "twisted", "parsel", "itemadapter", "requests", "urllib3", "socket", "subprocess", "aiohttp"}
    assert not forbidden & {name.split(".")[0] for name in imports(path)}
    calls = [
        node.func.id
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert "open" not in calls, "pure functions open no files"


def test_no_import_cycle_between_modules() -> None:
    known = {module_name(path) for path in MODULES}
    graph = {
        module_name(path): {
            target for name in imports(path) for target in (name, name.rpartition(".")[0]) if target in known
        }
        for path in MODULES
        if module_name(path) != "newscrawl"
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for target in graph.get(name, ()):
                if target != name:
                    visit(target, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_names_say_what_is_inside() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "core", "lib"}
    assert not [module_name(path) for path in MODULES if vague & set(path.relative_to(ROOT).with_suffix("").parts)]


def test_rooms_and_modules_say_what_they_are_for() -> None:
    assert not [module_name(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
