"""trafilatura's vote is taken on the page's own tree, without its furniture, which must be back afterwards."""
from __future__ import annotations

from lxml import etree

from newscrawl.extract import blocks, body, boilerplate
from newscrawl.extract.tree import parse


def test_the_vote_leaves_the_tree_as_it_was() -> None:
    text = "The council met on Monday and agreed to open the new library in spring, its chairman said. "
    tree = parse(f"<body>a<nav>b<a href=/>c</a></nav>d<nav>e</nav>f<div>g<p>{text * 3}</p>h<footer>i</footer>j</div><aside>k</aside></body>")
    page = blocks.from_tree(tree)
    boilerplate.mark_page(page)
    before, elements = etree.tostring(tree), list(tree.iter())
    assert body.furniture(page)
    body.vote(page, tree, None)
    assert etree.tostring(tree) == before
    assert list(tree.iter()) == elements
