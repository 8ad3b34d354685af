"""The record's JSON Schema, made from the struct; ``article.schema.json`` beside this file is its committed form.

``python -m newscrawl.output.schema`` writes it anew after a change of :mod:`newscrawl.items`.
"""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from newscrawl import items

PATH = Path(__file__).with_name("article.schema.json")


def article_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one line."""
    return closed_schema(items.Article, items, items.SCHEMA)


def closed_schema(struct: type[msgspec.Struct], module: ModuleType, identity: str) -> dict[str, Any]:
    """JSON Schema of a struct of a module: every key is required, as what is written has all of them, and no other is allowed."""
    made = msgspec.json.schema(struct)
    definitions = made["$defs"]
    for name, definition in definitions.items():
        definition["required"] = list(definition["properties"])
        definition["additionalProperties"] = False
        for field, text in field_docstrings(getattr(module, name)).items():
            definition["properties"][field]["description"] = text
    top = definitions.pop(struct.__name__)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": identity}
    return {**head, **top, "$defs": definitions}


def field_docstrings(struct: type) -> dict[str, str]:
    """The strings below a struct's fields, which Python itself forgets."""
    body = ast.parse(inspect.getsource(struct)).body[0].body  # type: ignore[attr-defined]
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in zip(body, body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def as_text() -> str:
    """The committed file's content."""
    return json.dumps(article_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    PATH.write_text(as_text(), encoding="utf-8")
