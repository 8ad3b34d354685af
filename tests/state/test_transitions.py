"""The state machine: its tables say what it does, its states are compared as enums, and one module alone holds SQL."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

from newscrawl.state import transitions
from newscrawl.state.transitions import (
    ArticleEffects,
    ArticleEvent,
    ArticleState,
    PageEffects,
    PageEvent,
    PageState,
    Priority,
    article_after,
    page_after,
)

PACKAGE = Path(transitions.__file__).parents[1]
DATABASE = PACKAGE / "state" / "database.py"
ARCHIVE_INDEX = PACKAGE / "archive" / "index.py"
"""Its SQL is the archive's, not the state's."""
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s(OR\s\w+\s)?INTO|UPDATE\s\w+\sSET|DELETE\sFROM|CREATE\s(TABLE|INDEX)|PRAGMA\s\w)",
    re.S,
)
STATES = {*PageState, *ArticleState}


def table(title: str) -> dict[str, dict[str, str]]:
    """A table of the module's docstring: event -> column -> cell."""
    text = (transitions.__doc__ or "").split(f"{title}::\n\n")[1].split("\n\n")[0]
    head, *rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines()]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


PAGES, ARTICLES = table("Pages"), table("Articles")


def cell(before: Enum, after: Enum) -> str:
    return "=" if before is after else str(after)


def in_words(effects: PageEffects | ArticleEffects, *left_out: str) -> str:
    """Effects as the table names them."""
    found = []
    for name in effects.__dataclass_fields__:
        value = getattr(effects, name)
        if value not in (None, False) and name not in left_out:
            found.append(name if value is True else f"{name} {value.value}")
    return ", ".join(found) or "."


def page_row(event: PageEvent) -> dict[str, str]:
    """The row of the table, made by the functions themselves."""
    found = {state: page_after(state, event) for state in PageState}
    row = {str(state): cell(state, after[0]) if after else "-" for state, after in found.items()}
    effects = {state: after[1] for state, after in found.items() if after}
    priorities = {state: one.priority for state, one in effects.items()}
    ranks = {state: Priority.RECHECK if state is PageState.RECORD else Priority.CANDIDATE for state in effects}
    turns = {one.turn for one in effects.values()}
    words = {in_words(one, "turn", "priority") for one in effects.values()}
    assert len(turns) == len(words) == 1, f"{event}: a table of one row can only tell effects that all states share"
    turn = turns.pop()
    row["turn"] = turn.value if turn else "."
    if len(set(priorities.values())) > 1:
        assert priorities == ranks
        row["priority"] = "rank"
    else:
        priority = next(iter(priorities.values()))
        row["priority"] = "." if priority is None else priority.name.lower()
    row["effects"] = words.pop()
    return row


def article_row(event: ArticleEvent) -> dict[str, str]:
    found = {state: article_after(state, event) for state in ArticleState}
    row = {str(state): cell(state, after[0]) if after else "-" for state, after in found.items()}
    words = {str(state): in_words(after[1]) for state, after in found.items() if after}
    row["effects"] = (
        words.popitem()[1]
        if len(set(words.values())) == 1
        else "; ".join(f"{state}: {text}" for state, text in words.items())
    )
    return row


@pytest.mark.parametrize("event", PageEvent)
def test_the_table_of_pages_is_true(event: PageEvent) -> None:
    assert PAGES[event] == page_row(event)


@pytest.mark.parametrize("event", ArticleEvent)
def test_the_table_of_articles_is_true(event: ArticleEvent) -> None:
    assert ARTICLES[event] == article_row(event)


def test_the_tables_have_no_other_events() -> None:
    assert (list(PAGES), list(ARTICLES)) == (list(PageEvent), list(ArticleEvent))


@pytest.mark.parametrize("state", [state for state in PageState if state is not PageState.UNKNOWN])
def test_whatever_ends_a_page_frees_it_and_takes_its_turn(state: PageState) -> None:
    ends = [event for event in PageEvent if (after := page_after(state, event)) and after[1].answered]
    assert PageEvent.WRITTEN in ends
    assert PageEvent.REJECTED in ends
    for event in ends:
        after = page_after(state, event)
        assert after
        assert after[1].released
        assert after[1].turn is not None


def test_an_unknown_page_begins_with_being_listed_or_led_to() -> None:
    assert [event for event in PageEvent if page_after(PageState.UNKNOWN, event)] == [
        PageEvent.LISTED,
        PageEvent.REDIRECT_TARGET,
    ]


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def texts(tree: ast.AST) -> Iterator[str]:
    """All string constants and f-strings, docstrings aside."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def sql_in(path: Path) -> list[str]:
    return [text for text in texts(ast.parse(path.read_text("utf-8"))) if SQL.search(text)]


def test_one_module_holds_all_sql_of_the_state() -> None:
    assert len(sql_in(DATABASE)) > 40, "else the search finds nothing"
    assert {
        path: found for path in modules() if path not in (DATABASE, ARCHIVE_INDEX) and (found := sql_in(path))
    } == {}


def test_nobody_else_opens_the_state_file() -> None:
    opened = [
        path
        for path in modules()
        if any(
            isinstance(node, ast.Import) and any(alias.name == "sqlite3" for alias in node.names)
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
        )
    ]
    assert opened == [ARCHIVE_INDEX, DATABASE]


def bare_states(source: str) -> list[str]:
    """Comparisons of something called a state or status with a string that is one."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            strings = [
                part.value
                for side in sides
                for part in ast.walk(side)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
            asked = any(
                (isinstance(part, ast.Attribute) and part.attr in ("state", "status"))
                or (isinstance(part, ast.Name) and part.id in ("state", "status"))
                or (isinstance(part, ast.Constant) and part.value in ("state", "status"))
                for side in sides
                for part in ast.walk(side)
            )
            if asked and STATES & set(strings):
                found.append(ast.unparse(node))
        elif isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Constant) and node.value.value in STATES:
            found.append(ast.unparse(node))
    return found


def test_states_are_never_compared_with_bare_strings() -> None:
    assert bare_states('x.state == "record"')
    assert bare_states('row["state"] in ("waiting", "alias")')
    assert {path: found for path in modules() if (found := bare_states(path.read_text("utf-8")))} == {}
