"""trafilatura is asked about the page's own tree, which must be afterwards as it was."""

from __future__ import annotations

import pytest
from lxml import etree

from newscrawl.extraction.body import witness
from newscrawl.extraction.read import blocks
from newscrawl.extraction.read.tree import parse

TEXT = "The council met on Monday and agreed to open the new library in spring, its chairman said. "


def test_the_witness_leaves_the_tree_as_it_was() -> None:
    tree = parse(
        f"<body>a<nav>b<a href=/>c</a></nav>d<nav>e</nav>f<div>g<p>{TEXT * 3}</p>h<footer>i</footer>j</div><aside>k</aside></body>"
    )
    page = blocks.from_tree(tree)
    before, elements = etree.tostring(tree), list(tree.iter())
    witness.ask(page, tree, None)
    assert etree.tostring(tree) == before
    assert list(tree.iter()) == elements


def test_each_block_gets_how_much_of_it_was_kept() -> None:
    tree = parse(
        f"<body><nav><a href=/>Home and away</a></nav><article>{''.join(f'<p>{n} {TEXT * 2}</p>' for n in range(5))}</article></body>"
    )
    page = blocks.from_tree(tree)
    said = witness.ask(page, tree, None)
    assert said.votes == [0.0, *[1.0] * 5]


def test_a_page_that_trafilatura_cannot_read_has_a_silent_witness(monkeypatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("no page of mine")

    monkeypatch.setattr(witness, "bare_extraction", broken)
    tree = parse(f"<body><p>{TEXT}</p></body>")
    assert witness.ask(blocks.from_tree(tree), tree, None).votes == [0.0]


def test_trafilatura_is_not_shown_menus_and_is_shown_all_prose(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(witness, "bare_extraction", lambda tree, **_: shown.append(tree.text_content()))
    menu = "".join(f"<li><a href=/{name}>{name}</a></li>" for name in ("Politics", "Sport", "Weather"))
    linked = f"<div><p>{TEXT}</p><p><a href=/x>More on the library</a></p></div>"
    tree = parse(f"<body><ul>{menu}</ul><article>{linked}</article><div><p>Short.</p><p>Plain.</p></div></body>")
    witness.ask(blocks.from_tree(tree), tree, None)
    (text,) = shown
    assert "Politics" not in text
    assert TEXT.strip() in text and "More on the library" in text and "Short." in text
