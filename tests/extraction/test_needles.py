"""A guarded pattern answers as the plain one does; what it leaves out is only work."""

from __future__ import annotations

import re
import tomllib
from importlib import resources

import pytest

from newscrawl.extraction.read.needles import Guarded, needles

LISTS = tomllib.loads(resources.files("newscrawl.extraction").joinpath("data/boilerplate.toml").read_text("utf-8"))
LINES = [
    "All rights reserved.",
    "ALL RIGHT RESERVED",
    "© 2024 The Example",
    "沪ICP备12345678号-1",
    "未经授权不得转载",
    "未经 作者 许可 禁止 转载",
    "Sign up for our daily newsletter",
    "Download the Example app today",
    "扫描下方二维码",
    "Tous droits réservés",
    "Tüm hakları saklıdır",
    "The court reserved its judgment on all rights.",
    "Она сказала, что все права защищены законом",
    "无断転載を禁じます",
    "無断転載を禁じます",
    "An ordinary sentence about the weather.",
    "昨天下午，消防员救出了一只猫。",
    "",
    "   ",
    "Photo: Jane Doe",
    "ISSN 1234",
    "İSTANBUL",
]


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ("all rights? reserved", {" reserved"}),
        ("(?:may|must) not be (?:published|copied)", {" not be "}),
        ("(?:不得|禁止).{0,6}(?:转载|复制)", {"转载", "复制"}),
        ("APP|客户端", {"app", "客户端"}),
        ("(?:the )?end", {"end"}),
        (r"\d{4}", None),
        (r"photo|\w+", None),
        ("(?:optional)?", None),
        ("x", None),
    ],
)
def test_what_a_match_must_hold(pattern: str, expected: set[str] | None) -> None:
    found = needles(pattern)
    assert found == expected or (
        found is not None and expected is not None and {len(text) for text in found} == {len(text) for text in expected}
    )


@pytest.mark.parametrize(
    ("reason", "kind"),
    [(reason, kind) for reason, lists in LISTS.items() for kind in lists if isinstance(lists[kind], list)],
)
def test_agrees_with_the_plain_pattern(reason: str, kind: str) -> None:
    alternatives = LISTS[reason][kind]
    plain = re.compile("|".join(f"(?:{text})" for text in alternatives), re.I)
    guarded = Guarded(alternatives)
    literal = [re.sub(r"\\.|[^\w ]", "", text) for text in alternatives]
    for line in [*LINES, *literal, *(text.upper() for text in literal)]:
        assert bool(guarded.search(line)) == bool(plain.search(line)), line


def test_an_alternative_without_letters_is_always_tried() -> None:
    guarded = Guarded(["all rights reserved", r"\d{4}$"])
    assert guarded.search("In 2024") is not None
    assert guarded.search("In May") is None
