"""Pages with a refresh in their mark-up: live pages that load themselves anew are articles; stubs lead on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.local_portal import Portal, article, section, serve, status
from tests.local_runs import LocalRuns, section_of

ROOT = Path(__file__).parents[1]
PATHS = [f"/news/2026/03/07/story-number-{number}" for number in range(1, 10)]


def refreshed(number: int, content: str) -> str:
    return article(number).replace("<title>", f'<meta http-equiv="refresh" content="{content}"><title>')


def stub(content: str) -> str:
    return f'<!doctype html><html><head><meta http-equiv="refresh" content="{content}"><title>Moved</title></head><body></body></html>'


def crawl(folder: Path, portal: Portal, start: str = "/news/") -> tuple[dict[str, str], dict[str, str]]:
    """The titles of the records and the reasons of the rejections, by path."""
    runs = LocalRuns(folder, section_of(portal, start))
    runs.run(0)

    def path(row: dict[str, Any]) -> str:
        return "/" + str(row["url"]).split("/", 3)[3]

    return {path(row): row["title"] for row in runs.lines()}, {
        path(row): row["reason"] for row in runs.lines("a.rejects.jsonl")
    }


def test_pages_that_load_themselves_anew_are_articles(tmp_path: Path) -> None:
    """Also at once, with a cookie, under a new name each time, and on the front page instead after a minute and a half."""
    with serve({"/news/": section(*PATHS)}) as portal:
        own = [portal.url(path) for path in PATHS]
        contents = [
            f"60; url={own[0]}",
            f"0; url={own[1]}",
            f"1; url={PATHS[2]}#live",
            "90; url=/",
            f"60; url={PATHS[4]}?reload=1",
            f"1; url={own[5]}",
            f"2; url={PATHS[6]}?_=1700000000001",
            "0",
            f"300;URL='{own[8]}'",
        ]
        portal.pages |= {
            path: refreshed(at, content) for at, (path, content) in enumerate(zip(PATHS, contents, strict=True), 1)
        }
        portal.pages[PATHS[5]] = status(200, refreshed(6, contents[5]), Set_Cookie="seen=1")
        for at in (1, 2):
            portal.pages[f"{PATHS[6]}?_=170000000000{at}"] = refreshed(7, f"2; url={PATHS[6]}?_=170000000000{3 - at}")
        records, rejected = crawl(tmp_path, portal)
        assert rejected == {}
        assert sorted(records.values()) == [f"The council of town number {number} decides" for number in range(1, 10)]
        assert [portal.asked[path] for path in PATHS] == [1] * 9
        assert portal.asked["/"] == portal.asked[f"{PATHS[4]}?reload=1"] == 0, (
            "a reader has the page before him, not where it leads to a minute later"
        )


def test_stubs_lead_on_also_to_another_spelling_of_their_url(tmp_path: Path) -> None:
    pages: dict[str, Any] = {
        "/news/": stub("0; url=index.html"),
        "/news/index.html": section(*PATHS[:3]),
        PATHS[0]: article(1),
        PATHS[1]: stub("5; url=/texts/2026/03/07/the-story-has-moved-here"),
        "/texts/2026/03/07/the-story-has-moved-here": article(2),
        PATHS[2]: stub(f"0; url={PATHS[2]}/step"),
        f"{PATHS[2]}/step": stub(f"0; url={PATHS[2]}"),
    }
    with serve(pages) as portal:
        records, rejected = crawl(tmp_path, portal)
        assert sorted(records.values()) == [
            "The council of town number 1 decides",
            "The council of town number 2 decides",
        ]
        assert rejected == {PATHS[2]: "redirect_loop"}
