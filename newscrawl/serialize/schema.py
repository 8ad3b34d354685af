"""The record's JSON Schema, made from the struct; ``article.schema.json`` beside this file is its committed form.

``python -m newscrawl.serialize.schema`` writes it anew after a change of :mod:`newscrawl.items`.
"""
from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path
from typing import Any

import msgspec

from newscrawl import items

PATH = Path(__file__).with_name("article.schema.json")


def article_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one line. Every key is required, as every line has all of them, and no other is allowed."""
    made = msgspec.json.schema(items.Article)
    definitions = made["$defs"]
    for name, definition in definitions.items():
        definition["required"] = list(definition["properties"])
        definition["additionalProperties"] = False
        for field, text in _field_docstrings(getattr(items, name)).items():
            definition["properties"][field]["description"] = text
    article = definitions.pop("Article")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": items.SCHEMA}
    return {**head, **article, "$defs": definitions}


def _field_docstrings(struct: type) -> dict[str, str]:
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
