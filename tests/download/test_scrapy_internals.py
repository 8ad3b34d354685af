"""The private names of Scrapy and its libraries are still there, and none is used past the list."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

from newscrawl.download.scrapy_internals import ATTRIBUTES

PACKAGE = Path(__file__).parents[2] / "newscrawl"


@pytest.mark.parametrize("path", ATTRIBUTES)
def test_each_private_attribute_is_still_there(path: str) -> None:
    module, _, name = path.rpartition(".")
    kind = getattr(pytest.importorskip(module.partition(".")[0]) and importlib.import_module(module), name)
    source = "".join(inspect.getsource(one) for one in kind.__mro__ if one is not object)
    for attribute in ATTRIBUTES[path]:
        assert hasattr(kind, attribute) or f"self.{attribute}" in source, f"{path}.{attribute}"


def test_private_names_are_imported_in_one_place() -> None:
    found = []
    for path in PACKAGE.rglob("*.py"):
        if path.name == "scrapy_internals.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in ("scrapy", "twisted"):
                names = [*str(node.module).split("."), *(alias.name for alias in node.names)]
                found += [f"{path.name}: {node.module}.{name}" for name in names if name.startswith("_")]
    assert not found
