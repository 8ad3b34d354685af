"""``scrapy explain``: the reasons are the true ones, the page shows and runs nothing of the page, and every error is one line."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

import newscrawl
from newscrawl.explain import explain_page, explain_text
from newscrawl.explain.examination import explained
from newscrawl.explain.explanation import BlockRow, Explanation, Gap, shown
from newscrawl.extraction import drafting
from newscrawl.items import Article, RawPage
from newscrawl.sites.registry import Site
from tests.archive.warc_maker import record, response, zipped
from tests.local_portal import Portal, serve, status

ROOT = Path(__file__).parents[1]
STRUCTURES = sorted((ROOT / "fixtures" / "structures").glob("*.html")) + sorted(
    (ROOT / "fixtures" / "structures").glob("*.txt")
)
URL = "https://news.example/2024/03/05/harbour.html"
TEXT = [
    "The harbour opened again on Monday after a long winter, and several hundred people came to see what had become of it.",
    "Work on the harbour had taken the town two years and a good part of its savings, the mayor said in a short speech.",
    "Not everybody was pleased: neighbours of the harbour spoke of noise, of dust and of a bill that nobody had shown them.",
    "The council will decide in March whether the harbour is to stay open on Sundays, and what a visit will cost by then.",
]
PAGE = f"""<html lang="en"><head><title>The harbour opens again | The Example Post</title>
<meta property="og:title" content="Harbour: what the town has paid for it">
<meta property="og:site_name" content="The Example Post">
<meta name="author" content="The Example Post">
<meta property="article:published_time" content="2024-03-05T08:30:00+01:00">
<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "The harbour opens again", "datePublished": "2024-03-05T09:30:00+01:00"}}</script>
</head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<div hidden>Not to be seen by anybody</div>
<article><h1>The harbour opens again</h1>
<p class="byline">By Jane Doe, 5 March 2024 09:30</p>
<p>{TEXT[0]}</p><p>{TEXT[1]}</p>
<div class="newsletter-signup"><p>Our best stories by mail</p></div>
<p>{TEXT[2]}</p><p>{TEXT[3]}</p>
<p>Source: Riverside Review</p></article>
<h3>Related stories</h3>
<ul><li><a href="/a">The library closes its doors for a year</a></li><li><a href="/b">A railway for the valley after all</a></li></ul>
<div class="box"><p>© 2024 The Example Post. All rights reserved.</p></div>
</body></html>"""


def told(body: str = PAGE, url: str = URL, site: Site | None = None, *, plain: bool = False) -> Explanation:
    return explained(RawPage(body=body.encode(), url=url, requested_url=url, plain_text=plain), site)


def block(explanation: Explanation, words: str) -> BlockRow:
    found = [row for row in explanation.blocks if words in row.text]
    assert len(found) == 1, f"{words!r}: {len(found)} blocks"
    return found[0]


def run(*args: object, settings: tuple[str, ...] = (), stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    extra = [part for setting in settings for part in ("-s", setting)]
    command = [sys.executable, "-m", "scrapy", "explain", *map(str, args), *extra]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, timeout=180, check=False)


def only_line(done: subprocess.CompletedProcess[bytes]) -> str:
    """The one line of an error; nothing on standard output, no traceback."""
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1, lines
    assert not done.stdout
    return lines[0]


@pytest.mark.parametrize("path", STRUCTURES, ids=lambda path: path.name)
def test_an_explanation_is_of_the_record_that_extraction_gives(path: Path) -> None:
    page = RawPage(body=path.read_bytes(), url=URL, plain_text=path.suffix == ".txt")
    record = newscrawl.extract(page)
    explanation = explained(page)
    if not isinstance(record, Article):
        assert (explanation.reason, explanation.detail) == (record.name, record.detail or "")
        return
    assert explanation.article is not None
    assert explanation.article.to_dict() == record.to_dict()
    assert not explanation.reason
    dropped: Counter[str] = Counter()
    for row in explanation.blocks:
        assert row.evidence, row
        if not row.kept:
            dropped[row.reason] += len(row.text)
    cut = sum(map(len, explanation.cut))
    assert dropped + Counter({"credit": cut} if cut else {}) == Counter(record.removed)
    kept = "".join("".join(row.text.split()) for row in explanation.blocks if row.kept)
    for paragraph in explanation.paragraphs:
        assert "".join(paragraph.split())[:40] in kept


def test_the_record_and_its_explanation_say_how_likely_the_text_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    read = drafting.read

    def doubtful(*args: Any, **more: Any) -> drafting.Draft:
        draft = read(*args, **more)
        draft.confidence = 0.31249
        return draft

    monkeypatch.setattr(drafting, "read", doubtful)
    record, explanation = newscrawl.extract(PAGE, URL), told()
    assert isinstance(record, Article) and explanation.article is not None
    assert record.confidence == explanation.article.confidence == 0.312
    for text in (explain_text.render(explanation), explain_page.render(explanation)):
        assert "characters in 4 paragraphs, confidence 0.312" in text


@pytest.mark.parametrize(
    ("words", "reason", "evidence"),
    [
        ("Home", "navigation", "tag <nav>"),
        ("Not to be seen", "hidden", "<div> is hidden"),
        ("Our best stories", "newsletter", "class “newsletter-signup”"),
        ("Source: Riverside", "credit", "source = Riverside Review"),
        ("Related stories", "recommended", "sure that it is text; most against it: "),
        ("The library closes", "recommended", "100% of it is links"),
        ("© 2024", "licence", "the words “©"),
    ],
)
def test_a_dropped_block_names_what_it_is_and_the_strongest_evidence(words: str, reason: str, evidence: str) -> None:
    row = block(told(), words)
    assert not row.kept
    assert row.reason == reason
    assert evidence in row.evidence


def test_blocks_that_became_fields_say_so_and_links_are_measured() -> None:
    explanation = told()
    assert block(explanation, "By Jane Doe").fields == ("authors",), "the date came from JSON-LD"
    assert "source" in block(explanation, "Riverside").fields
    assert block(explanation, "A railway").link_share == 1.0
    assert block(explanation, TEXT[0]).link_share == 0.0
    assert [row.text for row in explanation.blocks if row.kept] == TEXT


def test_a_field_shows_where_it_came_from_and_which_candidates_lost() -> None:
    fields = {row.name: row for row in told().fields}
    published = fields["published"]
    assert (published.value, published.place) == ("2024-03-05T09:30:00+01:00", "json-ld, datePublished")
    assert ("2024-03-05T08:30:00+01:00", "lost") in [
        (other.value, other.verdict) for other in published.others if other.place.startswith("meta")
    ]
    assert any(other.verdict == "agrees" and other.place.startswith("visible") for other in published.others)
    places = {other.place: other for other in fields["title"].others} | {fields["title"].place: None}
    assert places.keys() == {"meta, og:title", "visible, <h1>", "json-ld, headline", "meta, <title>"}
    authors = fields["authors"]
    assert authors.value == "Jane Doe"
    refused = [other for other in authors.others if other.place.startswith("meta")]
    assert [(other.value, other.verdict, other.why) for other in refused] == [
        ("The Example Post", "lost", "nothing usable in it")
    ]


def test_a_site_files_corrections_are_named() -> None:
    site = Site(
        name="example", hosts=("news.example",), drop=("div.newsletter-signup",), fields={"title": "//nav/a[2]"}
    )
    explanation = told(site=site)
    row = block(explanation, "Our best stories")
    assert (row.reason, row.evidence) == ("layout", "the site file drops its element")
    title = next(row for row in explanation.fields if row.name == "title")
    assert (title.value, title.place) == ("Sport", "layout")


def test_a_text_only_page_is_explained_too() -> None:
    text = (
        "HARBOUR NEWS\n\nThe harbour opens again\n\n2024-03-05 09:30 Riverside Review\n\n"
        + "\n\n".join(TEXT)
        + "\n\nRelated stories\n"
    )
    explanation = told(text, plain=True)
    assert [row.text for row in explanation.blocks if row.kept] == TEXT
    assert "title" in block(explanation, "The harbour opens again").fields
    assert "sure that it is text; most against it: " in block(explanation, "HARBOUR NEWS").evidence


def test_a_rejection_says_why_in_words_and_numbers() -> None:
    cards = "".join(
        f"<h3><a href='/{n}'>A headline of story number {n} with some words</a></h3><p>A short text of story {n}.</p>"
        for n in range(30)
    )
    explanation = told(
        f"<html><head><title>Sport</title></head><body><h1>Sport</h1>{cards}</body></html>",
        "https://news.example/sport/",
    )
    assert explanation.reason == "list_page"
    assert explanation.meaning.startswith("A section, tag, search")
    assert explanation.numbers["teasers"] >= 20
    page = explain_page.render(explanation)
    assert "No article: list_page" in page and "Nothing of this was written" in page
    assert explain_text.render(explanation).startswith("no article: list_page")


def test_of_a_huge_page_the_blocks_near_the_article_are_shown_and_the_others_counted() -> None:
    def row(at: int) -> BlockRow:
        return BlockRow(
            at + 1, f"block {at}", 30_000 <= at < 30_010, "body" if 30_000 <= at < 30_010 else "navigation", "", 0.0, ""
        )

    rows = [row(at) for at in range(50_000)]
    found = list(shown(rows, 1_000))
    blocks = [item for item in found if isinstance(item, BlockRow)]
    gaps = [item for item in found if isinstance(item, Gap)]
    assert len(blocks) == 1_000
    assert {item.index for item in blocks} >= set(range(30_001, 30_011))
    assert sum(gap.last - gap.first + 1 for gap in gaps) == 49_000
    assert (gaps[0].first, gaps[-1].last) == (1, 50_000)
    page = explain_page.render(Explanation(URL, blocks=rows))
    assert len(page) < 2_000_000
    assert "Of 50,000 blocks the 2,000 nearest to the article are shown" in page


HOSTILE = PAGE.replace(
    "Our best stories by mail",
    "&lt;script&gt;document.title='pwned'&lt;/script&gt; &lt;img src=x onerror=alert(1)&gt; &lt;/textarea&gt;&lt;/style&gt; \u202eevil",
).replace("Jane Doe", '"&gt;&lt;svg onload=alert(1)&gt;')


def test_nothing_of_the_page_is_markup_of_the_explanation() -> None:
    explanation = told(HOSTILE, url='https://news.example/"><script>alert(1)</script>')
    explanation.notes = ["</style><script>alert(2)</script>"]
    page = explain_page.render(explanation)
    tree = lxml_html.document_fromstring(page)
    assert not tree.xpath(
        "//script | //img | //svg | //iframe | //link | //a | //object | //form | //base | //textarea"
    )
    assert not tree.xpath("//@src | //@href | //@style | //@*[starts-with(name(), 'on')]")
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert "url(" not in page and "@import" not in page
    assert "<script>document.title='pwned'</script>" in tree.text_content()


def test_the_terminal_is_not_steered_by_the_page() -> None:
    explanation = told(
        "The \x1b[31mharbour\x9b opens\u202e again\n\n2024-03-05 09:30\n\n"
        + "\n\n".join(TEXT)
        + "\n\n\x1b]0;pwned\x07 a line",
        plain=True,
    )
    explanation.notes = ["a note with \x1b[2J"]
    text = explain_text.render(explanation)
    assert not [char for char in text if ord(char) < 32 and char != "\n"]
    assert not set("\x7f\x9b\u202e") & set(text)
    widths = [len(line) for line in explain_text.render(told(), 80).splitlines() if line[:1] in "+->"]
    assert max(widths) <= 90


def test_the_command_prints_text_and_writes_a_page(tmp_path: Path) -> None:
    page, out, text = tmp_path / "page.html.gz", tmp_path / "out.html", tmp_path / "out.txt"
    page.write_bytes(gzip.compress(PAGE.encode()))
    done = run(page, "--url", URL)
    assert (done.returncode, done.stderr) == (0, b"")
    assert f"  {URL}\n" in done.stdout.decode() and "\x1b" not in done.stdout.decode()
    assert run(page, "--url", URL, "-o", out).returncode == 0
    assert out.read_text().startswith("<!doctype html>") and out.stat().st_mode & 0o777 == 0o644
    assert run(page, "--url", URL, "--text", "-o", text).returncode == 0
    assert text.read_bytes() == done.stdout
    assert run(page, "--url", URL, "-o", "-").stdout == out.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.html", "out.txt", "page.html.gz"]


def test_of_several_responses_in_an_archive_the_last_is_explained(tmp_path: Path) -> None:
    archive = tmp_path / "pages.warc.gz"
    later = PAGE.replace("The harbour opened again on Monday", "The harbour opened again on Tuesday")
    revisit = record("revisit", URL, b"HTTP/1.1 200 OK\r\n\r\n")
    archive.write_bytes(
        zipped(
            response(URL, PAGE.encode()),
            response("https://news.example/b", PAGE.encode()),
            response(URL, later.encode()),
            revisit,
        )
    )
    done = run(f"{archive}#{URL}")
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert "opened again on Tuesday" in text and "on Monday" not in text
    assert (
        "3 responses for this URL: this is the last that is a page (a later one says that it had not changed)" in text
    )
    spelt = run(f"{archive}#http://www.news.example/2024/03/05/harbour.html?utm_source=x")
    assert f"the archive has it as {URL}" in spelt.stdout.decode()
    assert "no such URL: https://news.example/c; it has 4 responses" in only_line(
        run(f"{archive}#https://news.example/c")
    )
    several = run(archive)
    assert several.returncode == 2 and f"name one, as {archive}#{URL}" in only_line(several)


def test_errors_are_one_line_each(tmp_path: Path) -> None:
    page, wrong, failed = tmp_path / "page.html", tmp_path / "wrong.warc.gz", tmp_path / "failed.warc"
    page.write_text(PAGE)
    wrong.write_bytes(gzip.compress(b"no archive at all"))
    failed.write_bytes(response(URL, b"gone", "404 Not Found"))
    for place, words, status_ in (
        (tmp_path / "none.html", "No such file", 1),
        (f"{tmp_path}/none.warc.gz#{URL}", "No such file", 1),
        (f"{wrong}#{URL}", "no WARC archive", 1),
        (f"{failed}#{URL}", "http_404", 1),
        (tmp_path, "is a folder", 2),
        ("ftp://news.example/a", "bad_scheme", 1),
    ):
        done = run(place)
        assert (done.returncode, words in only_line(done)) == (status_, True), done.stderr
    assert run(page, "--site", "nowhere").returncode == 2
    out = tmp_path / "no" / "folder.html"
    assert "its folder does not exist" in only_line(run(page, "-o", out))
    assert run().returncode == 2


@pytest.fixture
def portal() -> Portal:
    pages = {
        "/news/harbour": PAGE,
        "/secret/harbour": PAGE,
        "/robots.txt": "User-agent: *\nDisallow: /secret/",
        "/moved": status(302, Location="/news/harbour"),
    }
    with serve(pages) as running:
        yield running


def test_a_url_is_fetched_once_through_guard_and_robots(portal: Portal, tmp_path: Path) -> None:
    allowed = ("PRIVATE_HOSTS=127.0.0.1", f"STATE_DIR={tmp_path / 'state'}", "DOWNLOAD_DELAY=0")
    refused = run(portal.url("/news/harbour"))
    assert refused.returncode == 1 and "blocked_address" in only_line(refused)
    assert not portal.asked
    done = run(portal.url("/moved"), settings=allowed)
    assert done.returncode == 0, done.stderr
    assert "fetched now" in done.stdout.decode() and TEXT[0][:40] in done.stdout.decode()
    assert portal.asked == {"/robots.txt": 1, "/moved": 1, "/news/harbour": 1}
    assert not list(tmp_path.iterdir())
    forbidden = run(portal.url("/secret/harbour"), settings=allowed)
    assert forbidden.returncode == 1 and "robots" in only_line(forbidden)
    assert "/secret/harbour" not in portal.asked
    missing = run(portal.url("/none"), settings=allowed)
    assert missing.returncode == 1 and "http_404" in only_line(missing)


def chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    return found


def loaded(page: Path, profile: Path, *extra: str) -> str:
    """The document that Chromium makes of a file, two seconds of its time later."""
    flags = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={profile}",
        "--virtual-time-budget=2000",
        *extra,
    )
    done = subprocess.run(
        [chromium(), *flags, "--dump-dom", page.as_uri()],
        capture_output=True,
        timeout=120,
        check=False,
        env=os.environ | {"HOME": str(profile)},
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
    return done.stdout.decode()


def test_chromium_runs_nothing_and_asks_for_nothing(tmp_path: Path) -> None:
    with serve({}) as net:
        bait = PAGE.replace(
            "</article>",
            f"""<script>document.title = 'pwned'; fetch('{net.url("/fetch")}')</script>
            <img src="{net.url("/img.png")}" onerror="document.title = 'pwned'">
            <p style="background: url({net.url("/style.png")})">A paragraph with a picture behind it that somebody wanted to count readers with.</p>
            <textarea></textarea></textarea><p>&lt;/textarea&gt;&lt;script&gt;document.title = 'pwned'&lt;/script&gt;&lt;img src="{net.url("/typed.png")}"&gt;</p></article>""",
        )
        page, out = tmp_path / "bait.html", tmp_path / "out.html"
        page.write_text(bait)
        out.write_text(explain_page.render(told(bait)))
        assert "pwned" in lxml_html.document_fromstring(loaded(page, tmp_path / "one")).findtext(".//title")
        assert net.asked["/img.png"] and net.asked["/style.png"], (
            "the bait itself does nothing, so the test below would show nothing"
        )
        net.asked.clear()
        tree = lxml_html.document_fromstring(loaded(out, tmp_path / "two"))
        assert not net.asked
        assert tree.findtext(".//title").startswith("explain: ")
        assert not tree.xpath("//script | //img | //textarea")
        assert "/typed.png" in tree.text_content()


def test_the_page_fits_a_phone_and_is_dark_where_it_is_wanted(tmp_path: Path) -> None:
    """A frame as wide as a phone measures the page: nothing stands out to the right, and the columns stand below each other."""
    out, probe = tmp_path / "out.html", tmp_path / "probe.html"
    long = PAGE.replace("Our best stories", "word" * 200)
    out.write_text(explain_page.render(told(long)))
    measured = out.read_text().replace(f'content="{explain_page.POLICY}"', 'content=""')
    script = """<script>addEventListener('load', () => { const d = document.documentElement, top = s => document.querySelector(s).getBoundingClientRect();
        d.dataset.seen = JSON.stringify([d.scrollWidth - d.clientWidth, top('.blocks').top > top('main > article').bottom - 1,
            getComputedStyle(document.body).backgroundColor]); parent.postMessage(d.dataset.seen, '*') })</script></body>"""
    probe_page = tmp_path / "measured.html"
    probe_page.write_text(measured.replace("</body>", script))
    for width, stacked in ((360, True), (1400, False)):
        probe.write_text(f"""<iframe src="measured.html" style="width:{width}px;height:800px"></iframe>
            <script>addEventListener('message', e => document.body.dataset.seen = e.data)</script>""")
        seen = lxml_html.document_fromstring(loaded(probe, tmp_path / f"p{width}", "--window-size=1600,1000")).xpath(
            "//body/@data-seen"
        )
        wider, below, light = json.loads(seen[0])
        assert (wider, below) == (0, stacked)
    dark = loaded(probe_page, tmp_path / "dark", "--blink-settings=preferredColorScheme=0")
    assert light == "rgb(255, 255, 255)"
    assert json.loads(lxml_html.document_fromstring(dark).get("data-seen"))[2] != light
