"""Pages that misbehave in the browser, and a browser that dies: nothing is lost but the page itself, and nothing is left running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newscrawl.browser import chromium
from newscrawl.browser.process_tree import Process, kill, marked
from tests.browser.conftest import MARK, ROOT, Crawler
from tests.browser.portal import TEXTS, TITLE, shell, slowly, story, told
from tests.local_portal import Answer, Handler, status

Start = Callable[[dict[str, Answer]], Crawler]
GOOD = {"/news/good": shell(), "/news/good.json": story(99)}


def test_consent_walls_are_dismissed_and_lists_unrolled_as_the_site_file_says(crawler: Start) -> None:
    wall = shell(
        "document.querySelector('#wall button').onclick = () => { document.getElementById('wall').remove(); show() }",
        "<div id='wall'><p>We and our partners use cookies. Manage your consent.</p><button>Accept all</button></div>",
    )
    items = """let next = 1
        const add = () => { for (let end = next + 4; next < end; next++) document.getElementById('app').innerHTML +=
            `<p><a href="/news/${next}">A headline of quite some length for story ${next}</a></p>` }
        add(); addEventListener('scroll', () => setTimeout(add, 100))"""
    pages: dict[str, Answer] = {"/": shell(items)}
    for number in range(1, 9):
        pages |= {f"/news/{number}": wall, f"/news/{number}.json": story(number)}
    run = crawler(pages).run(browser="[]steps = 1\nconsent = '#wall button'")
    assert {record["url"].rsplit("/", 1)[-1] for record in run.records} >= {str(number) for number in range(1, 9)}
    assert len(run.records) + len(run.rejected) <= 16, "an endless list ends after the site file's steps"


def test_a_list_is_unrolled_by_its_button_and_an_article_is_waited_for(crawler: Start) -> None:
    button = """let next = 1
        const add = () => { for (let end = next + 3; next < end; next++) document.getElementById('list').innerHTML +=
            `<p><a href="/news/${next}">A headline of quite some length for story ${next}</a></p>` }
        document.getElementById('app').innerHTML = '<div id="list"></div><button class="load">Show more</button>'
        document.querySelector('.load').onclick = () => setTimeout(add, 100); add()"""
    # What stands there at first is steady, and is not the article.
    late = """document.getElementById('app').innerHTML = '<p>This story is being loaded for you, and that takes a moment of your time.</p>'
        setTimeout(() => fetch(location.pathname + '.json').then(answer => answer.json()).then(found => {
            render(found.html); document.querySelector('article').classList.add('whole') }), 3000)"""
    pages: dict[str, Answer] = {"/": shell(button)}
    for number in range(1, 10):
        pages |= {f"/news/{number}": shell(late), f"/news/{number}.json": story(number)}
    run = crawler(pages).run(browser="[]steps = 2\nmore = '.load'\nwait = 'article.whole'")
    assert {record["url"].rsplit("/", 1)[-1] for record in run.records} == {str(number) for number in range(1, 10)}, (
        run.log
    )
    assert all(TEXTS[0] in record["text"] for record in run.records)


def test_an_entry_page_that_is_a_shell_is_rendered(crawler: Start) -> None:
    script = "document.getElementById('app').innerHTML = '<ul><li><a href=\"/news/good\">A headline of quite some length here</a></li></ul>'"
    run = crawler({"/": shell(script), **GOOD}).run()
    assert run.record("good")


def test_dialogs_popups_downloads_and_navigation_change_nothing(crawler: Start) -> None:
    noise = """alert('one'); confirm('two'); prompt('three'); window.onbeforeunload = () => 'stay'
        window.open('/popup'); const link = document.createElement('a'); link.href = '/file.zip'; link.download = 'file.zip'
        document.body.append(link); link.click(); show().then(() => setTimeout(() => { location.href = '/elsewhere' }, 50))"""
    crawl = crawler(
        {
            "/news/noise": shell(noise),
            "/news/noise.json": told(),
            "/popup": "popped",
            "/elsewhere": "<p>else</p>",
            "/file.zip": status(200, "PK", Content_Disposition="attachment"),
        }
    )
    run = crawl.run()
    assert run.record("noise")["text"] == "\n\n".join(TEXTS)
    assert not crawl.portal.asked["/elsewhere"] and not crawl.portal.asked["/popup"]
    assert not list(crawl.folder.glob("**/*.zip"))


def test_what_never_ends_costs_its_seconds(crawler: Start) -> None:
    pages: dict[str, Answer] = {
        "/news/hangs": shell("show(); fetch('/never')", "<script src='/never.js' async></script>"),
        "/news/hangs.json": told(),
        "/news/spins": shell("for (;;) {}"),
        "/never": slowly(30),
        "/never.js": slowly(30),
        **GOOD,
    }
    run = crawler(pages).run("-s", "BROWSER_SECONDS=8")
    assert run.record("hangs")["title"] == TITLE
    assert run.record("good")
    assert "does not answer within 8 seconds" in run.rejected["spins"]["detail"]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("const all = []; for (;;) all.push(new Array(1000000).fill(Math.random()))", id="heap"),
        pytest.param(
            "const all = []; setInterval(() => all.push(new Uint8Array(50e6).fill(1)), 20)", id="beside-the-heap"
        ),
    ],
)
def test_a_page_that_allocates_without_end_ends_alone(crawler: Start, script: str) -> None:
    run = crawler({"/news/greedy": shell(script), **GOOD}).run(
        "-s", "BROWSER_MEGABYTES=400", "-s", "BROWSER_PAGES=1", "-s", "BROWSER_SECONDS=120"
    )
    assert run.record("good")
    assert "memory" in run.rejected["greedy"]["detail"] or "crashed" in run.rejected["greedy"]["detail"]


def test_no_way_leads_to_a_private_address(crawler: Start) -> None:
    """The portal is 127.0.0.1, which is allowed; its neighbour is not, however a page leads there."""
    with socket.create_server(("127.0.0.2", 0)) as private:
        private.setblocking(False)
        there = f"127.0.0.2:{private.getsockname()[1]}"
        tries = f"""
            const urls = ['http://{there}/secret', 'https://{there}/secret', 'http://2130706434:{private.getsockname()[1]}/', 'http://10.0.0.1/', '/moved']
            const one = url => fetch(url, {{mode: 'no-cors'}}).catch(() => 0)
            try {{ new WebSocket('ws://{there}/secret') }} catch (e) {{}}
            window.open('http://{there}/popup')
            for (const url of urls) {{
                const add = (tag, key) => {{ const it = document.createElement(tag); it[key] = url; document.body.append(it) }}
                add('iframe', 'src'); add('script', 'src'); add('img', 'src'); one(url); navigator.sendBeacon(url) }}
            Promise.all(urls.map(one)).then(() => show())"""
        crawl = crawler(
            {
                "/news/curious": shell(tries),
                "/news/curious.json": told(),
                "/moved": status(302, Location=f"http://{there}/secret"),
                "/news/jumps": shell(f"location.href = 'http://{there}/secret'"),
                "/news/file": shell("show('file:///etc/passwd')"),
                **GOOD,
            }
        )
        run = crawl.run()
        assert run.record("curious") and run.record("good")
        assert crawl.portal.asked["/moved"], "the redirect was tried"
        with pytest.raises(BlockingIOError):
            private.accept()


def test_robots_hold_for_what_a_page_asks_for(crawler: Start) -> None:
    crawl = crawler(
        {
            "/robots.txt": "User-agent: *\nDisallow: /api/\n",
            "/news/one": shell("show('/api/one.json')"),
            "/api/one.json": told(),
        }
    )
    run = crawl.run()
    assert run.rejected["one"]["reason"] == "empty" and not crawl.portal.asked["/api/one.json"]


def browsers(crawl: Crawler) -> list[Process]:
    return [
        one
        for one in marked(MARK)
        if MARK.encode() in one.command and b"--type=" not in one.command and _cwd(one.pid) == str(crawl.folder)
    ]


def _cwd(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def test_a_browser_that_is_killed_is_started_again(crawler: Start) -> None:
    killed: list[int] = []

    def deadly(handler: Handler) -> None:
        if not killed:
            for process in browsers(crawl):
                killed.append(process.pid)
                kill(process)
            time.sleep(0.5)
        status(200, story(1))(handler)

    pages: dict[str, Answer] = {"/news/1": shell(), "/news/1.json": deadly}
    for number in range(2, 5):
        pages |= {f"/news/{number}": shell(), f"/news/{number}.json": story(number)}
    crawl = crawler(pages)
    run = crawl.run()
    assert killed and len(run.records) == 4, run.log


# Kills the crawl's browser in front of the call that opens a page, which then never returns, as it happens when the news comes too late.
DEADLY = """
import asyncio, contextlib, os
from playwright.async_api import Browser
from newscrawl.browser.process_tree import kill, marked
plain, times = Browser.new_context, {times}
async def deadly(self, **options):
    global times
    if times:
        times -= 1
        for one in marked('--newscrawl-run='):
            with contextlib.suppress(OSError):  # others end meanwhile
                if os.readlink(f'/proc/{{one.pid}}/cwd') == os.getcwd():
                    kill(one)
        await asyncio.Event().wait()
    return await plain(self, **options)
Browser.new_context = deadly
"""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files, with a short name, as a user's is."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


@pytest.mark.parametrize("times", [1, 2])
def test_a_page_whose_browser_dies_while_it_is_opened_is_tried_once_more(
    crawler: Start, temporary: Path, times: int
) -> None:
    crawl = crawler({"/news/good": shell(), "/news/good.json": story(99)})
    (crawl.folder / "deadly").mkdir()
    (crawl.folder / "deadly" / "sitecustomize.py").write_text(DEADLY.format(times=times))
    crawl.variables = {"PYTHONPATH": f"{crawl.folder / 'deadly'}:{ROOT}", "TMPDIR": str(temporary)}
    began = time.monotonic()
    run = crawl.run("-s", "BROWSER_SECONDS=90")
    assert time.monotonic() - began < 60, "its end is noticed, not waited for"
    if times == 1:
        assert run.record("good")
    else:
        assert "the browser ended: killed or crashed" in run.rejected["good"]["detail"]
        crawl.variables = {"TMPDIR": str(temporary)}
        assert crawl.run().record("good"), "the next run asks for it again"
    assert not [
        path for path in temporary.iterdir() if path.name.startswith(("newscrawl-", "org.chromium", ".org.chromium"))
    ]


def test_a_browser_that_dies_while_it_starts_is_started_once_more(crawler: Start) -> None:
    crawl = crawler(GOOD)
    program, started = crawl.folder / "browser", crawl.folder / "started"
    program.write_text(
        f'#!/bin/sh\nif [ ! -e {started} ]; then touch {started}; kill -9 $$; fi\nexec {chromium.find()} "$@"\n'
    )
    program.chmod(0o755)
    run = crawl.run("-s", f"BROWSER={program}")
    assert started.exists() and run.record("good")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_crawl_that_is_ended(crawler: Start, number: signal.Signals) -> None:
    asked = threading.Event()

    def waits(handler: Handler) -> None:
        asked.set()
        time.sleep(5)

    crawl = crawler({"/news/one": shell(), "/news/one.json": waits})
    crawl.site()
    process = subprocess.Popen(
        crawl.command("-s", "BROWSER_SECONDS=60"), cwd=crawl.folder, env=crawl.environment, stderr=subprocess.PIPE
    )
    assert asked.wait(60)
    assert browsers(crawl)
    process.send_signal(number)
    _, log = process.communicate(timeout=40)
    end = time.monotonic() + 20
    while browsers(crawl) and time.monotonic() < end:
        time.sleep(0.2)
    assert not browsers(crawl), "the browser outlives its crawl"
    assert b"Traceback" not in log, log.decode()
