"""Exports beside JSON lines: what stands in a table's cells, and articles as items of anybody's spider."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

from newscrawl.items import Article, Image
from newscrawl.output.feeds import ArticleTableExporter


def test_cells_of_a_table_can_be_read() -> None:
    item = Article(
        url="https://a.example/1",
        requested_url="https://a.example/1",
        site="a.example",
        text="One.\n\nTwo.",
        authors=["Ada Lovelace", "Grace Hopper"],
        images=[Image(url="https://a.example/1.jpg", caption="A bridge")],
    )
    file = io.BytesIO()
    exporter = ArticleTableExporter(file)
    exporter.start_exporting()
    exporter.export_item(item)
    exporter.finish_exporting()
    row = next(csv.DictReader(io.StringIO(file.getvalue().decode(), newline="")))
    assert row["authors"] == "Ada Lovelace; Grace Hopper"
    assert row["images"] == '[{"url":"https://a.example/1.jpg","caption":"A bridge","credit":null}]'
    assert row["text"] == "One.\n\nTwo."
    assert row["editors"] == row["syndication"] == row["rights"] == ""


def test_an_article_is_an_item_in_a_program_that_loads_nothing_else_of_ours() -> None:
    """Somebody's own spider yields what newscrawl.extract gives, and their pipeline reads it through ItemAdapter."""
    page = (
        "<article><h1>The bridge is open</h1>"
        + "<p>The council opened the bridge on Monday, its chairman said.</p>" * 9
    )
    program = (
        "import json, newscrawl\nfrom itemadapter import ItemAdapter\n"
        f"item = newscrawl.extract({page!r}, url='https://a.example/2026/03/05/bridge')\n"
        "item['section'] = 'Local'\n"
        "seen = ItemAdapter(item)\n"
        "print(json.dumps([seen['title'], dict(seen)['section'], seen.get('nothing'), item.get('nothing'), 'nothing' in seen, 'text' in item]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert json.loads(done.stdout or "null") == ["The bridge is open", "Local", None, None, False, True], done.stderr
