"""No page costs more than its size: time grows with what is read, whatever stands in it, and nothing in a page is a crash.

With NEWSCRAWL_THOROUGH set, every place is read with every piece at several lengths up to a megabyte (half an hour).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import newscrawl
from newscrawl import urls
from newscrawl.discover import feeds, links, sections, sitemaps, templates
from newscrawl.extraction import hygiene
from newscrawl.extraction.fields import names
from newscrawl.extraction.fields.byline import byline_parts
from newscrawl.extraction.fields.credits import credits_in, tail_credits
from newscrawl.extraction.fields.date_text import find_all
from newscrawl.extraction.read import embedded_state, guarded, javascript
from newscrawl.extraction.read.decode import decode
from newscrawl.rejections import Refused
from newscrawl.sites.registry import Site
from tests.extraction import hostile_lines, hostile_patterns
from tests.extraction.cpu_time import is_linear, limit, seconds

THOROUGH = bool(os.environ.get("NEWSCRAWL_THOROUGH"))
URL = "https://a.example/2024/03/05/a-story-of-a-bridge"
SITE = Site(name="a", hosts=("a.example",))


# Patterns that meet no more than so many characters, by module and name (all of the module's where it is empty). All of these but the
# last two meet text whose spaces are single ones.
BOUNDS = {
    ("extraction.fields.authors", "_IN_BODY"): 120,
    ("extraction.fields.authors", "_EDITOR_IN_BODY"): 80,
    ("extraction.fields.byline", ""): 400,
    ("extraction.fields.credits", ""): 420,
    ("extraction.fields.breadcrumbs", ""): 160,
    ("extraction.fields.date_text", ""): 400,
    ("extraction.fields.images", "_CREDIT"): 200,
    ("extraction.fields.labels", ""): 400,
    ("extraction.fields.names", ""): names.MAX_LIST_CHARS,
    ("extraction.fields.suffixes", ""): 500,
    ("extraction.fields.relative_dates", ""): 200,
    ("extraction.fields.access", "_PIECES"): 1_500,
    ("extraction.fields.taxonomy", "_TITLE_DIVIDER"): 5_000,
    ("extraction.fields.title", ""): 5_000,
    ("extraction.page_signs", "_DATE"): 200,
    ("discover.sections", "_PAGER"): 30,
    ("discover.feeds", "_MAIL"): feeds.MAX_PERSON,
    ("discover.feeds", "_BRACKETED"): feeds.MAX_PERSON,
    ("extraction.fields.roles", ""): 300,
    ("extraction.read.class_hints", "_patterns"): 80,
    ("extraction.body.phrases", "_words"): 300,
    ("urls", "_MOBILE_LABEL"): urls.MAX_HOST,
    ("extraction.read.structured", "_STATE_MARK"): 2_000,
}
RAW = frozenset((("urls", "_MOBILE_LABEL"), ("extraction.read.structured", "_STATE_MARK")))
LONGEST, SHORT = (20_000 if THOROUGH else 4_000), (25, 50, 100, 400, 1_600)
PIECES = list(hostile_lines.UNITS.values()) if THOROUGH else list(hostile_lines.UNITS.values())[::4]
MODULES = hostile_patterns.modules()


def _bound(module: str, name: str) -> tuple[int, bool]:
    """The most characters that a pattern meets, 0 without a bound, and whether runs of spaces are among them."""
    part = module.removeprefix("newscrawl.")
    key = next((key for key in ((part, name.partition("[")[0]), (part, "")) if key in BOUNDS), None)
    return (BOUNDS[key], key in RAW) if key else (0, True)


@pytest.mark.parametrize("module", MODULES)
def test_no_pattern_goes_back_again_and_again(module: str) -> None:
    for name, (pattern, methods) in hostile_patterns.patterns(module).items():
        bound, raw = _bound(module, name)
        longest = bound or LONGEST
        tries = {("", piece) for piece in PIECES} | hostile_patterns.attacks(pattern)
        for before, piece in tries:
            for end in ("", "\x01", "\n!"):
                for method in methods:
                    run = _reader(pattern, method, before, piece, end, raw)
                    what = f"{name} in {before[:40]!r} + {piece[:40]!r} again and again + {end!r} ({method})"
                    _grows_slowly(run, [size for size in SHORT if size < longest] + [longest], what, bool(bound))


def _reader(pattern: Any, method: str, before: str, piece: str, end: str, raw: bool) -> Callable[[int], object]:
    def run(size: int) -> object:
        text = (before + piece * (size // len(piece) + 1))[:size] + end
        text = text if raw else " ".join(text.split())
        given = text.encode("utf-8", "surrogatepass") if isinstance(pattern.pattern, bytes) else text
        return (
            pattern.sub(given[:0], given)
            if method in ("sub", "split", "findall", "finditer")
            else getattr(pattern, method)(given)
        )

    return run


def _grows_slowly(run: Callable[[int], object], sizes: list[int], what: str, bounded: bool) -> None:
    """A long text is only tried after short ones: at worst one pattern takes a second to fail."""
    with limit(5, what):
        for size in sizes:
            # A microsecond a character is ten times what the slowest of them takes; twice the square root is noise.
            most = 0.03 if bounded else 0.01 + 1e-6 * size
            if (taken := seconds(lambda: run(size))) > most:
                taken = seconds(lambda: run(size), times=4)
            assert taken <= most, f"{what}: {taken:.3f} s for {size} characters"


def _units(at: int) -> Iterable[str]:
    """Some pieces for the place with this number, so that all of them have their turn somewhere."""
    return hostile_lines.UNITS if THOROUGH else list(hostile_lines.UNITS)[at % 23 :: 23]


@pytest.mark.parametrize(("at", "place"), list(enumerate(hostile_lines.PLACES)), ids=list(hostile_lines.PLACES))
def test_a_hostile_line_costs_its_length(at: int, place: str) -> None:
    page = hostile_lines.PLACES[place]
    sizes = (50_000, 100_000, 200_000) if THOROUGH else (10_000, 20_000, 40_000)
    for unit in _units(at):
        is_linear(
            lambda size: newscrawl.extract(page(hostile_lines.line(unit, size)), URL), sizes, f"{unit} as {place}"
        )


@pytest.mark.skipif(not THOROUGH, reason="NEWSCRAWL_THOROUGH is not set")
@pytest.mark.parametrize(("at", "place"), list(enumerate(hostile_lines.PLACES)), ids=list(hostile_lines.PLACES))
def test_a_megabyte_takes_two_seconds(at: int, place: str) -> None:
    for unit in list(hostile_lines.UNITS)[at % 11 :: 11]:
        page = hostile_lines.PLACES[place](hostile_lines.line(unit, 1_000_000))
        with limit(20, f"{unit} as {place}"):
            assert seconds(lambda: newscrawl.extract(page, URL), times=2) < 2, f"{unit} as {place}"


@pytest.mark.parametrize("structure", hostile_lines.STRUCTURES)
def test_many_of_one_thing_cost_their_number(structure: str) -> None:
    page = hostile_lines.STRUCTURES[structure]
    sizes = (8_000, 16_000, 32_000) if THOROUGH else (1_000, 2_000, 4_000)
    is_linear(lambda size: newscrawl.extract(page(size), URL), sizes, structure)


SCRIPTS = (
    "[",
    "{a:",
    "(",
    "[1,",
    '"',
    "'",
    "`",
    '\\"',
    "\\",
    "/*",
    "//\n",
    "((a)=>(",
    "function",
    "function a ",
    "JSON.parse('",
    "new Date(",
    "return ",
    "var a = ",
    "(()=>(1))(),",
    '{\\"a\\":',
    "/'/g;",
    "!",
    "void ",
    "1e",
    "0x",
    "a\\\"'",
)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(javascript.value_of, id="value_of"),
        pytest.param(lambda text: list(javascript.strings(text)), id="strings"),
        pytest.param(
            lambda text: embedded_state.article_in([("", text)], ["A headline"], javascript_too=True), id="article_in"
        ),
    ],
)
def test_scripts_are_read_once(read: Callable[[str], object]) -> None:
    def run(text: str) -> None:
        with contextlib.suppress(javascript.Unreadable, RecursionError):
            read(text)

    for piece in SCRIPTS:
        for before, end in (("", ""), ("[", "]"), ("var q=/'/g;window.__DATA__=JSON.parse('{", "}')")):
            is_linear(lambda size: run(before + piece * (size // len(piece)) + end), (20_000, 40_000, 80_000), piece)


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "clean": hygiene.clean,
    "paragraphs": hygiene.paragraphs,
    "names": names.split,
    "byline": byline_parts,
    "credits": credits_in,
    "dates": find_all,
    "tail": lambda text: tail_credits([f"A sentence.{text}", text]),
    "normalise": urls.normalise,
    "identity": lambda text: urls.identity(URL, text),
    "host": urls.host,
    "front": urls.is_front,
    "absolute": lambda text: urls.absolute(URL, text),
    "same": lambda text: urls.same_site(text, URL),
    "back": lambda text: urls.leads_back(text, URL),
    "template": templates.template,
    "shape": links.shape,
}
FORMS = {
    "absolute": "https://a.example/{}",
    "hosted": "https://{}.a.example/a",
    "asked": "https://a.example/a?{}",
    "bare": "{}",
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_take_time_by_length(name: str) -> None:
    function = FUNCTIONS[name]
    sizes = (40_000, 80_000, 160_000) if THOROUGH else (5_000, 10_000, 20_000)
    forms = (
        FORMS.values()
        if name in ("normalise", "identity", "host", "front", "absolute", "same", "template", "shape")
        else ("{}",)
    )
    pieces = {
        **hostile_lines.UNITS,
        "up": "a/../",
        "credit": "（责任编辑：王小明）",
        "combining": "\u0301\u0316",
        "joiners": "\u200c",
        "tails": "1.1/",
    }
    for form in forms:
        for unit, piece in list(pieces.items())[:: 1 if THOROUGH else -2]:
            is_linear(
                lambda size: function(form.format((piece * (size // len(piece) + 1))[:size])),
                sizes,
                f"{unit} in {form}",
            )


@pytest.mark.parametrize("place", hostile_lines.FEED_PLACES)
def test_feeds_take_time_by_length(place: str) -> None:
    def run(text: str) -> None:
        with contextlib.suppress(feeds.NotAFeed):
            feeds.parse(hostile_lines.FEED_PLACES[place](text).encode(), "https://a.example/feed")

    pieces = list({**hostile_lines.UNITS, **hostile_lines.FEED_PIECES}.values())
    for piece in pieces if THOROUGH else [*pieces[::9], *hostile_lines.FEED_PIECES.values()]:
        is_linear(
            lambda size: run((piece * (size // len(piece) + 1))[:size]),
            (5_000, 10_000, 20_000),
            f"{piece!r} as {place}",
        )


@pytest.mark.parametrize("place", hostile_lines.SECTION_PLACES)
def test_list_pages_take_time_by_length(place: str) -> None:
    for piece in hostile_lines.UNITS.values():

        def run(size: int, piece: str = piece) -> None:
            sections.parse(
                hostile_lines.SECTION_PLACES[place]((piece * (size // len(piece) + 1))[:size]).encode(),
                "https://a.example/news/2024/",
                SITE,
            )

        is_linear(run, (10_000, 20_000, 40_000), f"{piece!r} as {place}")


def test_a_list_of_numbered_pages_at_a_long_address_is_read() -> None:
    page = "".join(f"<a href='/{'1' * 1500}/{number}'>2</a>" for number in range(300)).encode()
    with limit(3, "three hundred links"):
        sections.parse(page, f"https://a.example/{'1' * 1900}", SITE)


@pytest.mark.parametrize("form", ["<urlset><url><loc>{0}</loc></url></urlset>", "<urlset><url><loc>{0}", "{0}"])
def test_sitemaps_take_time_by_length(form: str) -> None:
    def run(text: str) -> None:
        with contextlib.suppress(sitemaps.NotASitemap):
            sitemaps.parse(form.format(text).encode(), "https://a.example/sitemap.xml")

    for piece in hostile_lines.UNITS.values():
        is_linear(lambda size: run((piece * (size // len(piece) + 1))[:size]), (20_000, 40_000, 80_000), repr(piece))


@pytest.mark.parametrize("start", ["", "\ufeff", "\ufeff\ufeff", "x"])
def test_what_stands_before_the_root_is_read_once(start: str) -> None:
    page = f"{'<!-- a -->' * 2_000}{'<?a?>' * 500}{start}<html><body><p>Text</p></body></html>".encode()
    with limit(1, "comments before the root"):
        assert "Text" in decode(page).text
    with pytest.raises(Refused, match="RSS"):
        decode(f"{'<!-- a --> ' * 100}<rss></rss>".encode())


LONG = "1" * 5_000


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12", 12),
        (" 7 ", 7),
        ("-3", -3),
        (12, 12),
        (2.0, 2),
        ("", None),
        ("a", None),
        ("1.5", None),
        (LONG, None),
        (float("inf"), None),
        (float("nan"), None),
        (None, None),
        ([], None),
        ("٣", 3),
    ],
)
def test_whole_numbers(value: object, number: int | None) -> None:
    assert guarded.whole(value) == number


def test_other_readers_of_numbers_refuse_nothing() -> None:
    assert [guarded.decimal(text) for text in ("1.5", "640", "1.1.1", ".", LONG)] == [1.5, 640, 0, 0, 0]
    assert guarded.unescaped("Q&amp;A &#8211; &eacute;") == "Q&A – é"
    assert guarded.unescaped(f"&#{LONG}; &#x{LONG};") == f"&#{LONG}; &#x{LONG};"
    assert javascript.value_of(f"[{LONG}, 0x{LONG}]")[0] is None


@pytest.mark.parametrize(
    "address",
    [
        "http://[link]",
        "http://[",
        "//[x]/a",
        "http://a.example:99999999/",
        "http://ⅷ℀.example/",
        f"http://a.example:{LONG}/",
    ],
)
def test_addresses_that_cannot_be_parsed_are_none(address: str) -> None:
    for read in (
        urls.host,
        urls.origin,
        urls.is_front,
        urls.normalise,
        urls.split,
        templates.template,
        links.shape,
        links.trap,
    ):
        read(address)
    assert urls.joined(URL, "http://[link]") == ""
    assert urls.chosen(URL, address) == URL
    page = hostile_lines.STRUCTURES["bad-addresses"](3).replace("http://[link]", address)
    assert isinstance(newscrawl.extract(page, URL), newscrawl.Article)
