"""Articles on their way through the item pipelines, and the lines that a run which died had brought to some of its outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from itemadapter import ItemAdapter

from newscrawl.crawl import recovery
from newscrawl.crawl.commit_queue import CommitQueue
from newscrawl.crawl.outcomes import Delivery
from newscrawl.items import Article
from newscrawl.state.outbox import RECORD, Line, Output


def delivery(version: int = 1) -> Delivery:
    url = "https://a.example/1"
    article = Article(id="a1", version=version, url=url, requested_url=url, site="a.example", text="One.")
    return Delivery(article, cast("Any", None), cast("Any", None))


def test_two_sites_that_have_one_article_each_get_their_own_delivery_back() -> None:
    queue, (one, other) = CommitQueue(cast("Any", None)), (delivery(), delivery())
    articles = [queue.sent(one), queue.sent(other)]
    assert [queue.claim(article) for article in articles] == [one, other]
    assert queue.claim(articles[0]) is None


def test_a_delivery_is_found_by_the_article_also_where_a_middleware_made_a_dict_of_it() -> None:
    queue, first, second = CommitQueue(cast("Any", None)), delivery(1), delivery(2)
    copies = [ItemAdapter(queue.sent(one)).asdict() for one in (first, second)]
    assert [queue.claim(copy) for copy in reversed(copies)] == [second, first]
    assert queue.claim({"title": "an item of the user's own"}) is None


def test_of_lines_that_pipelines_made_alike_each_is_written(tmp_path: Path) -> None:
    data = b'{"title":"alike"}\n'
    out = Output(tmp_path / "a.jsonl", tmp_path / "a.rejects.jsonl", lines=True)
    out.path.write_bytes(data)
    assert recovery._completed([Line(row, RECORD, f"a{row}/1", data) for row in (1, 2, 3)], [out])
    assert out.path.read_bytes() == 3 * data
