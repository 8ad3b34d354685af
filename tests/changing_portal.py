"""A news portal on loopback that changes from step to step, and that knows what a crawler must have written after each.

``World`` is the portal's content: stories appear, are edited, are dressed anew, move, vanish and come back. ``World.truth()`` is
the set of editions that are to be read now; the union of all truths is what the union of all outputs has to be. An edition is
``(story, title edition, text edition)``, which :func:`edition` reads from a record's own title and text, so that neither ids nor
versions of the crawler's are needed to say what it has missed or written twice.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.local_portal import Answer, Handler, Portal, serve

Edition = tuple[int, int, int]
BEGIN = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
FEED_ITEMS, SECTION_ITEMS = 8, 6
_WORDS = """council harbour bridge winter station market doctor river library orchestra teacher engine garden budget tower farmer museum
ferry school valley judge hospital theatre island railway forest bakery election storm factory castle mayor printer lantern copper
festival pupil tunnel glacier sailor meadow archive parliament signal cathedral ticket avenue vineyard quarry""".split()
_VERBS = "opens closes repairs welcomes studies rejects funds inspects rebuilds moves measures defends".split()


def sentence(dice: random.Random) -> str:
    """A sentence of its own, long enough to be an article's."""
    words = dice.sample(_WORDS, 9)
    return (
        f"The {words[0]} {dice.choice(_VERBS)} the {words[1]} near the {words[2]}, while the {words[3]} and the {words[4]} "
        f"wait for the {words[5]} that the {words[6]} had promised to the {words[7]} of the {words[8]} {dice.randint(2, 99)} weeks ago."
    )


@dataclass
class Story:
    """One article of the portal. ``state`` is how its server answers: up, 404, 410, 503, front, consent, video."""

    number: int
    path: str
    born: datetime
    changed: datetime
    title_edition: int = 1
    text_edition: int = 1
    dress: int = 0
    state: str = "up"
    validator: str = "etag"  # etag, date, none, or liar: answers 304 to every conditional request
    places: frozenset[str] = frozenset(("feed", "section"))
    former: dict[str, str] = field(default_factory=dict)  # old paths and how they answer: 301, 404 or twin

    @property
    def edition(self) -> Edition:
        return self.number, self.title_edition, self.text_edition

    @property
    def title(self) -> str:
        dice = random.Random(f"title {self.number}")
        again = f", edition {self.title_edition}" if self.title_edition > 1 else ""
        return f"The {dice.choice(_WORDS)} {dice.choice(_VERBS)} the {dice.choice(_WORDS)} in case {self.number}{again}"

    def paragraphs(self) -> list[str]:
        dice = random.Random(f"text {self.number}")
        found = [" ".join(sentence(dice) for _ in range(3)) for _ in range(5)]
        found[0] = f"In case {self.number} the town has news. {found[0]}"
        for number in range(2, self.text_edition + 1):
            found.append(f"Revision {number} adds this: {sentence(random.Random(f'{self.number} {number}'))}")
        return found


def edition(record: dict[str, Any]) -> Edition:
    """Which edition of which story a record holds."""
    number = re.search(r"In case (\d+) the town", record["text"])
    assert number, f"no story's text: {record['text'][:80]}"
    title = re.search(r", edition (\d+)$", record["title"])
    return (
        int(number[1]),
        int(title[1]) if title else 1,
        max(map(int, re.findall(r"Revision (\d+) adds", record["text"])), default=1),
    )


class World:
    """The portal's content at its present step; answers paths as a mapping does, so that :func:`serve` takes it for its pages."""

    def __init__(self, seed: int = 5, hours: float = 6) -> None:
        self.dice = random.Random(seed)
        self.hours = hours
        self.step = 0
        self.now = BEGIN
        self.stories: dict[int, Story] = {}
        self.base = ""
        self.statuses: Counter[int] = Counter()
        self.conditional = 0
        self.down: Callable[[str], bool] = lambda path: False
        """Paths that answer 503 in this step, whatever they are."""
        self.sitemap = True
        self.extra: dict[str, Callable[[Handler], None]] = {}

    def tick(self) -> None:
        """Time passes: the next step begins."""
        self.step += 1
        self.now += timedelta(hours=self.hours)
        self.statuses.clear()
        self.conditional = 0

    def publish(self, count: int = 1, **fields: Any) -> list[Story]:
        """New stories, published within the last hour."""
        found = []
        for _ in range(count):
            number = len(self.stories) + 1
            born = self.now - timedelta(minutes=60 - number % 50)
            slug = "-".join(random.Random(f"slug {number}").sample(_WORDS, 4))
            story = Story(number, f"/news/{born:%Y/%m/%d}/{slug}-{number}.html", born, born, **fields)
            self.stories[number] = story
            found.append(story)
        return found

    def edit(self, story: Story, *, title: bool = False) -> None:
        """A new edition."""
        story.title_edition += title
        story.text_edition += not title
        story.changed = self.now - timedelta(minutes=30)

    def move(self, story: Story, old: str) -> None:
        """A new address; the old one answers ``301``, ``404`` or, as a twin, with the same page."""
        story.former[story.path] = old
        story.path = story.path.replace("/news/", "/reports/").replace(".html", "-moved.html")

    def truth(self) -> set[Edition]:
        """The editions that a reader can find and read now."""
        return {story.edition for story in self.stories.values() if story.state == "up" and not self.down(story.path)}

    def get(self, path: str) -> Answer | None:
        """What the server says."""
        return lambda handler: self._answer(handler, path)

    def _answer(self, handler: Handler, path: str) -> None:
        if self.down(path):
            return self.send(handler, 503, "<p>busy</p>")
        if path in self.extra:
            return self.extra[path](handler)
        plain = path.partition("?")[0]
        listing = self._listing(path, plain)
        if listing is not None:
            return self._whole(
                handler, listing, "application/xml" if plain.endswith(".xml") else "text/html; charset=utf-8"
            )
        for story in self.stories.values():
            if plain.removeprefix("/amp") == story.path:
                return self._story(handler, story)
            if plain in story.former:
                old = story.former[plain]
                if old == "301":
                    return self.send(handler, 301, Location=self.base + story.path)
                return self._story(handler, story) if old == "twin" else self.send(handler, 404, "<p>not here</p>")
        return self.send(handler, 404, "<p>not here</p>")

    def _listing(self, path: str, plain: str) -> str | None:
        if plain == "/feed.xml":
            return self._feed()
        if plain == "/sitemap.xml" and self.sitemap:
            return self._sitemap()
        if plain in ("/", "/news/"):
            page = re.search(r"page=(\d+)", path)
            return self._section(int(page[1]) if page else 1)
        if plain == "/consent":
            return (
                "<!doctype html><html><head><title>Before you continue</title></head><body><h1>Before you continue</h1><p>We use cookies.</p>"
                "<button>Accept all</button><button>Reject all</button></body></html>"
            )
        return None

    def _newest(self, place: str) -> list[Story]:
        return sorted(
            (story for story in self.stories.values() if place in story.places),
            key=lambda story: (story.born, story.number),
            reverse=True,
        )

    def _feed(self) -> str:
        items = "".join(
            f"<item><title>{story.title}</title><link>{self.base}{story.path}</link><guid>{story.number}</guid>"
            f"<pubDate>{format_datetime(story.born)}</pubDate></item>"
            for story in self._newest("feed")[:FEED_ITEMS]
        )
        return f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>The Harbour Post</title>{items}</channel></rss>"

    def _sitemap(self) -> str:
        urls = "".join(
            f"<url><loc>{self.base}{story.path}</loc><lastmod>{story.changed:%Y-%m-%dT%H:%M:%SZ}</lastmod></url>"
            for story in self._newest("sitemap")
        )
        return f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>"

    def _section(self, page: int) -> str:
        stories = self._newest("section")
        shown = stories[(page - 1) * SECTION_ITEMS : page * SECTION_ITEMS]
        twins = ["", "?utm_source=front&utm_medium=list", "#comments"]
        links = "".join(
            f"<li><a href='{story.path}{twins[(story.number + self.step) % 3]}'>{story.title}</a></li>"
            for story in shown
        )
        links += "".join(
            f"<li><a href='/amp{story.path}'>{story.title}</a></li>" for story in shown if story.number % 5 == 0
        )
        more = f"<a rel='next' href='/news/?page={page + 1}'>Next</a>" if len(stories) > page * SECTION_ITEMS else ""
        return f"<!doctype html><html lang='en'><head><title>News - The Harbour Post</title></head><body><ul>{links}</ul>{more}</body></html>"

    def _story(self, handler: Handler, story: Story) -> None:
        if story.state.isdigit():
            return self.send(handler, int(story.state), "<p>not now</p>")
        if story.state in ("front", "consent"):
            return self.send(
                handler,
                302,
                Location=f"{self.base}/" if story.state == "front" else f"{self.base}/consent?back={story.path}",
            )
        validators = {}
        etag, date = f'"{"-".join(map(str, story.edition))}-{story.dress}"', format_datetime(story.changed, usegmt=True)
        if story.validator in ("etag", "liar"):
            validators["ETag"] = etag
        elif story.validator == "date":
            validators["Last-Modified"] = date
        given = handler.headers.get("If-None-Match"), handler.headers.get("If-Modified-Since")
        if any(given):
            self.conditional += 1
            if (
                story.validator == "liar"
                or (story.validator == "etag" and given[0] == etag)
                or (story.validator == "date" and given[1] == date)
            ):
                return self.send(handler, 304, **validators)
        return self._whole(handler, self._page(story), "text/html; charset=utf-8", **validators)

    def _page(self, story: Story) -> str:
        if story.state == "video":
            body = "<video src='/clip.mp4' controls></video><p>Watch the clip.</p>"
        else:
            body = "".join(f"<p>{text}</p>" for text in story.paragraphs())
        others = random.Random(f"{story.number} {story.dress}").sample(sorted(self.stories), min(5, len(self.stories)))
        recommended = "".join(
            f"<li><a href='{self.stories[number].path}'>{self.stories[number].title}</a></li>" for number in others
        )
        return (
            f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{story.title} - The Harbour Post</title>"
            f"<meta property='article:published_time' content='{story.born.isoformat()}'></head><body><nav><a href='/'>Home</a></nav>"
            f"<article><h1>{story.title}</h1>{body}</article><aside class='recommended'><h2>Read also</h2><ul>{recommended}</ul></aside>"
            f"<footer>Page served {story.dress * 17 + 3} times. Copyright 2026 The Harbour Post</footer></body></html>"
        )

    def _whole(self, handler: Handler, text: str, kind: str, **headers: str) -> None:
        self.send(handler, 200, text, **{"Content-Type": kind, **headers})

    def send(self, handler: Handler, code: int, text: str = "", **headers: str) -> None:
        """One answer, counted."""
        self.statuses[code] += 1
        body = text.encode()
        handler.send_response(code)
        if code == 503:
            headers["Retry-After"] = "1"
        for name, value in {"Content-Type": "text/html", **headers}.items():
            handler.send_header(name, value)
        if code != 304:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def open_world(world: World) -> Iterator[Portal]:
    """Serves the world on a free port of loopback."""
    pages: Any = world
    with serve(pages) as portal:
        world.base = portal.url("")
        yield portal
