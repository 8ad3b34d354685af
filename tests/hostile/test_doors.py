"""Doors that Scrapy opens and a news crawler does not need."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from scrapy.settings import Settings

from newscrawl.addon import install
from tests.local_portal import article, section, serve
from tests.test_signals import Crawl

STORIES = [f"/news/2026/03/07/story-number-{number}" for number in range(30)]


def listening(process: int) -> set[str]:
    """The local addresses on which a process takes connections, as /proc writes them."""
    sockets = set()
    for link in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(OSError):
            sockets.add(os.readlink(link).removeprefix("socket:[").removesuffix("]"))
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{process}/net/{name}").read_text().splitlines()[1:]
    ]
    return {row[1] for row in rows if row[3] == "0A" and row[9] in sockets}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system has no /proc that lists sockets")
def test_a_run_takes_no_connections(tmp_path: Path) -> None:
    with serve(
        {"/news/": section(*STORIES), **{path: article(number) for number, path in enumerate(STORIES)}}
    ) as portal:
        crawl = Crawl(portal, tmp_path, delay=0.1)
        crawl.wait_for(10)
        assert listening(crawl.process.pid) == set()
        code, log = crawl.end()
    assert code == 0, log


def test_only_http_is_spoken_and_certificates_are_verified() -> None:
    settings = Settings()
    install(settings)
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    assert sorted(scheme for scheme, handler in handlers.items() if handler is not None) == ["http", "https"]
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
    assert settings.getint("DOWNLOAD_MAXSIZE") <= 16 * 2**20
    assert settings.getint("DOWNLOAD_TIMEOUT") <= 30
