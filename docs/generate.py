"""Writes what the documentation takes from the code: the pages on settings and schema, and the drawing of the rooms.

``python docs/generate.py`` writes them anew after a change of the settings, the record, the rejections or the imports;
``tests/test_docs.py`` compares what is committed with what this makes.
"""

from __future__ import annotations

import ast
import importlib
import io
import json
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

from scrapy.settings import default_settings  # noqa: E402  # the checkout's own package comes first

from newscrawl import __version__, rejections  # noqa: E402
from newscrawl.output.schema import article_schema, field_docstrings  # noqa: E402
from newscrawl.sites import registry  # noqa: E402
from tests.test_layout import LAYERS  # noqa: E402

NOTE = "<!-- This page is made by docs/generate.py. Change the code that it names, then run that. -->\n"
SETTINGS = ROOT / "newscrawl" / "settings.py"
ADDON = ROOT / "newscrawl" / "default_settings.py"
OF_A_PROJECT = ("ADDONS", "BOT_NAME", "COMMANDS_MODULE", "NEWSPIDER_MODULE", "SPIDER_MODULES")
"""What every Scrapy project says of itself."""
OWN_BEGIN = "# What a user may set"
"""The comment in the settings' module above those that are newscrawl's own and not Scrapy's."""


# --- Settings


def _comments(source: str) -> dict[int, tuple[int, str]]:
    """The comments of a module by their line: column and text."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {one.start[0]: (one.start[1], one.string.lstrip("# ")) for one in tokens if one.type == tokenize.COMMENT}


def _settings(path: Path) -> Iterator[tuple[str, Any, str, int]]:
    """Each setting of the settings' module, or of the add-on's ``VALUES``, with its value, what its comment says, and its line.

    The comment is the one in its own lines, else the one above it.
    """
    source = path.read_text(encoding="utf-8")
    comments, module = _comments(source), importlib.import_module(f"newscrawl.{path.stem}")
    for node in ast.parse(source).body:
        target = (
            node.target
            if isinstance(node, ast.AnnAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        if not isinstance(target, ast.Name) or not target.id.isupper():
            continue
        value = getattr(module, target.id)
        if path == ADDON:
            table = node.value if target.id == "VALUES" else None
            for key, one in zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ():
                if isinstance(key, ast.Constant):
                    yield key.value, value[key.value], _words(comments, key.lineno, one.end_lineno, key.col_offset), 0
        elif not isinstance(value, dict):
            yield target.id, value, _words(comments, node.lineno, node.end_lineno, 0), node.lineno


def _words(comments: dict[int, tuple[int, str]], first: int, last: int | None, column: int) -> str:
    within = [comments[at][1] for at in range(first, (last or first) + 1) if at in comments]
    above, at = [], first - 1
    while at in comments and comments[at][0] == column:
        above.insert(0, comments[at][1])
        at -= 1
    return " ".join(within or above)


def _code(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, int) and not isinstance(value, bool) and value >= 10**6:
        return f"`{value:,}`"
    if isinstance(value, str):
        value = value.replace(__version__, "VERSION")
    return f"`{value!r}`" if value not in ("", [], None) else "–"


def _sentence(text: str) -> str:
    """A comment as a sentence."""
    text = re.sub(r"\s+", " ", text).strip()
    return (
        (text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")).replace("|", "\\|")
        if text
        else ""
    )


def settings_tables() -> str:
    """The tables of the settings."""
    source = SETTINGS.read_text(encoding="utf-8")
    begin = source[: source.index(OWN_BEGIN)].count("\n") + 1
    found = [one for path in (SETTINGS, ADDON) if path.exists() for one in _settings(path)]
    own = [
        f"| `{name}` | {_code(value)} | {_sentence(words)} |"
        for name, value, words, line in found
        if line > begin and not hasattr(default_settings, name)
    ]
    other = [
        f"| `{name}` | {_code(value)} | {_code(getattr(default_settings, name))} | {_sentence(words)} |"
        for name, value, words, _ in found
        if hasattr(default_settings, name) and name not in OF_A_PROJECT
    ]
    return "\n".join(
        [
            "## Settings of newscrawl\n",
            "| setting | default | meaning |",
            "|---|---|---|",
            *own,
            "\n## Settings of Scrapy that have another default\n",
            "Scrapy's other settings keep [Scrapy's own defaults](https://docs.scrapy.org/en/latest/topics/settings.html).\n",
            "| setting | default here | Scrapy's | reason |",
            "|---|---|---|---|",
            *other,
        ]
    )


# --- Schema


def _markdown(text: str) -> str:
    """A docstring's reStructuredText as Markdown, in one line."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text).replace("``", "`")
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def _type(schema: dict[str, Any]) -> str:
    """A JSON Schema's type in a few words."""
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    kind = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}.get(
        schema["type"], schema["type"]
    )
    if kind == "array":
        return f"list of {_type(schema['items'])}"
    if kind == "object":
        return f"table of {_type(schema['additionalProperties'])}"
    return f"{kind} from {schema['minimum']} to {schema['maximum']}" if "minimum" in schema else kind


def _fields(definition: dict[str, Any]) -> list[str]:
    rows = [
        f"| `{name}` | {_type(one)} | {_markdown(one['description'])} |"
        for name, one in definition["properties"].items()
    ]
    return ["| field | type | meaning |", "|---|---|---|", *rows]


def _reasons(base: type[rejections.Rejection]) -> list[str]:
    found = []
    for kind in base.__subclasses__():
        reason = "http_STATUS" if kind is rejections.HttpStatus else kind.__dict__.get("reason")
        if reason and kind.__module__ == rejections.__name__:
            found.append(f"| `{reason}` | {_markdown(kind.__doc__ or '')} |")
        found += _reasons(kind)
    return found


def schema_page() -> str:
    """The page on the record's fields and the reasons of rejections."""
    schema = article_schema()
    parts = [
        NOTE,
        "# Schema\n",
        f"A record is one line of JSON with the schema `{schema['$id']}`. Every line has all of these fields, in this order. "
        "The JSON Schema itself is the file `newscrawl/output/article.schema.json`.\n",
        *_fields(schema),
    ]
    for name, definition in schema["$defs"].items():
        parts += [f"\n## {name}\n", _markdown(definition["description"]) + "\n", *_fields(definition)]
    parts += [
        "\n## Rejections\n",
        "A page that does not become a record has one line in the file beside the records, with the fields `url`, `reason`, `detail`, "
        "`fetched_at` and `run_id`; `gone` has the record's `id` too. These are the reasons:\n",
        "| reason | meaning |",
        "|---|---|",
        *_reasons(rejections.Rejection),
    ]
    return "\n".join(parts) + "\n"


# --- Site files


def site_keys() -> str:
    """The keys of a site file."""
    rows = ["| key | default | meaning |", "|---|---|---|"]
    below = field_docstrings(registry.Layout)  # the layout in force stands at the top of the file
    for table, kind in (
        ("", registry.Site),
        ("starts.", registry.Starts),
        ("pace.", registry.Pace),
        ("browser.", registry.Rendered),
        ("layouts.", registry.Layout),
    ):
        words = field_docstrings(kind)
        for name, default in zip(kind.__struct_fields__, kind.__struct_defaults__, strict=True):
            if (table, name) in (("", "name"), ("", "replay")) or name in ("starts", "pace", "browser", "layouts"):
                continue
            shown = f"`{json.dumps(default)}`" if isinstance(default, (str, int, float)) and default != "" else "–"
            rows.append(f"| `{table}{name}` | {shown} | {_markdown(words.get(name) or below[name])} |")
    return "\n".join(rows)


# --- The drawing of the rooms


def rooms() -> str:
    """The rooms and their imports as a Mermaid drawing, a frame a layer, without an arrow that a way of others replaces."""
    graph: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "newscrawl").rglob("*.py")):
        here = path.relative_to(ROOT / "newscrawl").with_suffix("").parts[0]
        if here not in ("__init__", "__main__"):
            graph[_box(here)] |= {_box(name) for name in _imported(path)} - {_box(here)}
    reach = {name: set(graph[name]) for name in graph}
    for middle in graph:
        for name in graph:
            if middle in reach[name]:
                reach[name] |= reach[middle]
    lines = ["```mermaid", "flowchart TD"]
    for number, layer in reversed(list(enumerate(LAYERS, 1))):
        names = dict.fromkeys(_box(name) for name in layer if _box(name) in graph)
        lines += [f'  subgraph L{number}["layer {number}"]', *(f"    {name}" for name in names), "  end"]
    lines[2 + lines[2:].index("    base")] = f'    base["{", ".join(LAYERS[0])}"]'
    for here in sorted(graph):
        for there in sorted(graph[here]):
            if not any(there in reach[other] and here not in reach[other] for other in graph[here] - {there}):
                lines.append(f"  {here} --> {there}")
    return "\n".join([*lines, "```"])


def purposes() -> str:
    """What each room is for: the first line of its package."""
    rows = ["| room | what it is for |", "|---|---|"]
    for path in sorted((ROOT / "newscrawl").glob("*/__init__.py")):
        words = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
        rows.append(f"| `{path.parent.name}` | {_markdown(words)} |")
    return "\n".join(rows)


def _box(room: str) -> str:
    """The box in which a room is drawn: the lowest modules are one."""
    return "base" if room in LAYERS[0] else room


def _imported(path: Path) -> Iterator[str]:
    """The rooms that a module imports, also inside functions, except for type checking only."""
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
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            steps = name.split(".")
            if steps[0] == "newscrawl" and len(steps) > 1 and steps[1] != "__version__":
                yield steps[1]


# --- Files


def _filled(name: str, **parts: str) -> str:
    """A page written by hand, with parts between two comments that are made."""
    text = (DOCS / name).read_text(encoding="utf-8")
    for part, made_text in parts.items():
        begin, end = f"<!-- made by docs/generate.py: {part} -->", f"<!-- end of {part} -->"
        head, _, rest = text.partition(begin)
        text = f"{head}{begin}\n\n{made_text}\n\n{end}{rest.partition(end)[2]}"
    return text


def made() -> dict[Path, str]:
    """Every file that is made, with its text."""
    return {
        DOCS / "schema.md": schema_page(),
        DOCS / "settings.md": _filled("settings.md", settings=settings_tables()),
        DOCS / "sites.md": _filled("sites.md", keys=site_keys()),
        DOCS / "architecture.md": _filled("architecture.md", purposes=purposes(), rooms=rooms()),
    }


if __name__ == "__main__":
    for path, text in made().items():
        path.write_text(text, encoding="utf-8")
