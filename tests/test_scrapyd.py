"""newscrawl under a real scrapyd on loopback: deployed as an egg, scheduled over HTTP, with site files and state of the server's own."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.changing_portal import World, open_world
from tests.scheduled_runs import ROOT, Schedule, check

pytestmark = pytest.mark.skipif(importlib.util.find_spec("scrapyd") is None, reason="scrapyd is not installed")
BUILD = "import setuptools; setuptools.setup()"


@pytest.fixture(scope="module")
def egg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as scrapyd takes it, built as docs/operation.md says."""
    folder = tmp_path_factory.mktemp("egg")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "newscrawl", folder / "newscrawl", ignore=shutil.ignore_patterns("__pycache__"))
    build = subprocess.run([sys.executable, "-c", BUILD, "-q", "bdist_egg"], cwd=folder, capture_output=True, text=True)
    assert build.returncode == 0, build.stderr
    return next((folder / "dist").glob("*.egg"))


class Server:
    """A running scrapyd."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        (folder / "scrapyd.conf").write_text(
            f"[scrapyd]\nbind_address = 127.0.0.1\nhttp_port = {self.port}\npoll_interval = 0.2\nmax_proc = 2\n"
        )
        variables = {
            name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "SCRAPY_SETTINGS_MODULE")
        }
        with (folder / "scrapyd.log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "scrapyd"], cwd=folder, env=variables, stdout=log, stderr=log
            )

    def ask(self, path: str, data: bytes | None = None, **headers: str) -> dict[str, Any]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", data, headers)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as response:
            found: dict[str, Any] = json.load(response)
        return found

    def wait(self) -> None:
        """Until it answers."""
        end = time.monotonic() + 60
        while True:
            assert self.process.poll() is None, (self.folder / "scrapyd.log").read_text()
            with contextlib.suppress(OSError):
                self.ask("daemonstatus.json")
                return
            assert time.monotonic() < end
            time.sleep(0.1)

    def deploy(self, egg: Path) -> dict[str, Any]:
        """What ``curl -F project=newscrawl -F version=1 -F egg=@FILE`` does."""
        parts = [("project", b"newscrawl"), ("version", b"1"), ("egg", egg.read_bytes())]
        body = (
            b"".join(
                b'--part\r\nContent-Disposition: form-data; name="%s"; filename="x"\r\n\r\n%s\r\n'
                % (name.encode(), value)
                if name == "egg"
                else b'--part\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
                for name, value in parts
            )
            + b"--part--\r\n"
        )
        return self.ask("addversion.json", body, **{"Content-Type": "multipart/form-data; boundary=part"})

    def schedule(self, settings: dict[str, str], **arguments: str) -> str:
        fields = [
            ("project", "newscrawl"),
            ("spider", "portal"),
            *arguments.items(),
            *[("setting", f"{name}={value}") for name, value in settings.items()],
        ]
        found = self.ask("schedule.json", urllib.parse.urlencode(fields).encode())
        assert found["status"] == "ok", found
        return str(found["jobid"])

    def state(self, job: str) -> str:
        return str(self.ask(f"status.json?project=newscrawl&job={job}")["currstate"])

    def finish(self, job: str) -> str:
        """The log of a job, once it has ended."""
        end = time.monotonic() + 120
        while self.state(job) != "finished":
            assert time.monotonic() < end, (self.folder / "scrapyd.log").read_text()
            time.sleep(0.1)
        return (self.folder / "logs" / "newscrawl" / "portal" / f"{job}.log").read_text()


@pytest.fixture
def server(tmp_path: Path, egg: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    try:
        running.wait()
        yield running
    finally:
        running.process.send_signal(signal.SIGTERM)
        try:
            running.process.wait(timeout=20)
        finally:
            running.process.kill()


def test_scrapyd_runs_what_was_deployed_with_sites_and_state_of_its_own(
    server: Server, egg: Path, tmp_path: Path
) -> None:
    world = World()
    with open_world(world) as portal:
        plan = Schedule(tmp_path, portal, world)
        feeds = json.dumps({str(tmp_path / "news.jsonl"): {"format": "jsonlines"}})
        settings = {
            "NEWSCRAWL_SITES": str(tmp_path / "sites"),
            "STATE_DIR": str(tmp_path / "state"),
            "PRIVATE_HOSTS": "127.0.0.1",
            "REVISIT": "never",
            "FEEDS": feeds,
        }
        deployed = server.deploy(egg)
        assert (deployed["status"], deployed.get("spiders")) == ("ok", 2), deployed
        world.publish(9)
        log = server.finish(server.schedule(settings, site="local"))
        assert "exit status 0" in log, log
        check(plan.records(), plan.rejections(), world.truth())
        assert (tmp_path / "state" / "local.sqlite").is_file()

        world.tick()
        world.publish(8)
        plan.write_site(delay=1, concurrency=1)
        job = server.schedule(settings, site="local")
        end = time.monotonic() + 60
        while len(plan.records()) < 11:
            assert time.monotonic() < end
            time.sleep(0.1)
        server.ask("cancel.json", urllib.parse.urlencode({"project": "newscrawl", "job": job}).encode())
        assert "exit status 130" in server.finish(job)
        assert len(plan.records()) < 17

        plan.write_site(delay=0)
        log = server.finish(server.schedule(settings, site="local"))
        assert "exit status 0" in log, log
        check(plan.records(), plan.rejections(), world.truth())
    assert "Traceback" not in log
