"""State that front ends write as JavaScript: what is read of it, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

import newscrawl
from newscrawl.extraction.read.javascript import Unreadable, value_of

TEXT = [
    "The river rose by two metres overnight, and the lower streets of Weitang were closed to traffic.",
    "Residents of forty houses were taken to the school hall, where they were given blankets and tea.",
    "The water is expected to fall from Thursday on, the county said.",
]
HTML = "".join(f"<p>{line}</p>" for line in TEXT)


def script(value: str) -> str:
    """A string literal as front ends write it inside a script."""
    return json.dumps(value).replace("<", "\\u003C").replace("/", "\\u002F")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a:1,\"b-c\":[!0,!1,void 0,null],d:'it\\'s'}", {"a": 1, "b-c": [True, False, None, None], "d": "it's"}),
        ('(function(a,b){return {x:a,y:[b,b]}}("\\u4e60\\ud83d\\ude00",-1.5))', {"x": "习😀", "y": [-1.5, -1.5]}),
        ("(function(a){a.k=1;return {x:a,e:{}}}({}));", {"x": {}, "e": {}}),
        ('((a)=>({x:a}))("}")', {"x": "}"}),
        ('JSON.parse("{\\"a\\":[1]}")', {"a": [1]}),
        ("{at:new Date(2021,7,25),b:unknown.c,/* note */c:2}", {"at": None, "b": None, "c": 2}),
    ],
)
def test_literals_are_read(text: str, expected: Any) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize("text", ["", "{a:", "[" * 5000, "(function(a){", "{,}", '"open'])
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        value_of(text)


@pytest.mark.parametrize(
    "state",
    [
        f'<script>window.__NUXT__=(function(a,b){{return {{data:[{{detail:{{title:a,content:b,newsTime:"2021-08-25 17:49:38"}}}}]}}}}({script("River floods Weitang")},{script(HTML)}));</script>',
        f"<script>window.__DATA__=JSON.parse({script(json.dumps({'d': {'newsTitle': 'River floods Weitang', 'newsContent': HTML, 'pubTime': '2021-08-25 17:49:38'}}))})</script>",
        f"<script>var text = {script(HTML)};</script>",
        "<script type='application/json'>"
        + json.dumps({"a": {"title": "River floods Weitang", "blocks": [{"text": line} for line in TEXT]}})
        + "</script>",
        f'<story-view body="{HTML.replace("<", "&lt;")}"></story-view>',
    ],
)
def test_a_shell_is_filled_from_its_scripts(state: str) -> None:
    found = newscrawl.extract(
        f"<html><head><title>River floods Weitang</title></head><body><div id=app>Loading</div>{state}</body></html>"
    )
    assert isinstance(found, newscrawl.Article)
    assert (found.title, found.text) == ("River floods Weitang", "\n\n".join(TEXT))
