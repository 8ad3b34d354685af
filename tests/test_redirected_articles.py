"""Written articles whose pages redirect to something else: no version of them, no withdrawal, and the true text comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.local_portal import Portal, article, section, serve, status
from tests.local_runs import LocalRuns, section_of

PATHS = [f"/news/2026/03/07/story-number-{number}" for number in range(1, 7)]
WELCOME = "/gate/a-word-of-welcome-to-all-our-readers"


def crawl(folder: Path, portal: Portal, hours: float, status: int = 0) -> list[dict[str, Any]]:
    """The records of all runs until now, after one more."""
    runs = LocalRuns(folder, section_of(portal))
    runs.run(hours, codes=(status,))
    return runs.lines()


def editions(records: list[dict[str, Any]]) -> list[tuple[str, int, str]]:
    return sorted(
        (record["url"].partition("//")[2].partition("/")[2].rpartition("/")[2], record["version"], record["title"])
        for record in records
    )


def title(number: int) -> str:
    return f"The council of town number {number} decides"


@pytest.mark.parametrize("back", ["?back={}", ""])
def test_a_gate_before_the_articles_is_no_version_and_they_come_back(tmp_path: Path, back: str) -> None:
    pages: dict[str, Any] = {"/news/": section(*PATHS)} | {path: article(at + 1) for at, path in enumerate(PATHS)}
    with serve(pages) as portal:
        first = editions(crawl(tmp_path, portal, 0))
        assert len(first) == 6
        for path in PATHS[:2]:
            target = WELCOME + back.format(path)
            portal.pages |= {path: status(302, Location=target), target: article(77)}
        gated = editions(crawl(tmp_path, portal, 2))
        assert [one for one in gated if one[2] != title(77)] == first
        assert len(gated) == 6 or not back, "a gate that names where it leads back to is no article"
        portal.pages |= {path: article(at + 1, "and once more") for at, path in enumerate(PATHS)}
        later = editions(crawl(tmp_path, portal, 4))
        assert [one for one in later if one[1] == 2] == [
            (f"story-number-{number}", 2, title(number)) for number in range(1, 7)
        ]


def test_a_page_adopted_unread_that_is_another_article_is_let_go(tmp_path: Path) -> None:
    """The old story redirects to a new one, which the section lists, and which cannot be read at first."""
    new = "/news/2026/03/07/story-number-77"
    asked: list[int] = []

    def at_first_busy(handler: Any) -> None:
        asked.append(1)
        (status(500) if len(asked) == 1 else status(200, article(77)))(handler)

    pages: dict[str, Any] = {"/news/": section(*PATHS)} | {path: article(at + 1) for at, path in enumerate(PATHS)}
    with serve(pages) as portal:
        crawl(tmp_path, portal, 0)
        portal.pages |= {"/news/": section(new, *PATHS), new: at_first_busy, PATHS[5]: status(301, Location=new)}
        crawl(tmp_path, portal, 2)
        crawl(tmp_path, portal, 4)
        portal.pages[PATHS[5]] = article(6, "and once more")
        records = crawl(tmp_path, portal, 6)
        assert [one for one in editions(records) if "77" in one[0] or "-6" in one[0]] == [
            ("story-number-6", 1, title(6)),
            ("story-number-6", 2, title(6)),
            ("story-number-77", 1, title(77)),
        ]
        assert len({record["id"] for record in records}) == 7


def test_pages_that_stay_dead_are_told_of_and_asked_for_less_and_less(tmp_path: Path) -> None:
    """Most are 404, which is the site's trouble rather than five withdrawals; one answers 500 for ever."""
    pages: dict[str, Any] = {"/news/": section(*PATHS)} | {path: article(at + 1) for at, path in enumerate(PATHS)}
    dead, ill = PATHS[:4], PATHS[4]
    with serve(pages) as portal:
        crawl(tmp_path, portal, 0)
        portal.pages |= {path: status(404) for path in dead} | {ill: status(500)}
        crawl(tmp_path, portal, 2, status=3)
        crawl(tmp_path, portal, 27, status=3)
        portal.asked.clear()
        records = crawl(tmp_path, portal, 28) + crawl(tmp_path, portal, 29)
        assert [portal.asked[path] for path in [*dead, ill]] == [0] * 5, (
            "a day's rest for the ones, an eighth of the trouble for the other"
        )
        assert "gone" not in (tmp_path / "a.rejects.jsonl").read_text(), "nothing is withdrawn"
        assert {record["version"] for record in records} == {1}
