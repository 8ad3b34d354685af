"""What a rendered page asked of a host counts: the host rests for it, so that its delay holds on average."""

from __future__ import annotations

import asyncio

from newscrawl.download.hosts import Hosts
from newscrawl.sites.registry import Pace, Site

SITE = Site(name="a", hosts=("a.example",), pace=Pace(delay=2.0))


def test_a_host_rests_for_a_page_with_many_requests() -> None:
    now = [100.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    async def ask(hosts: Hosts) -> float:
        began = now[0]
        hosts.answered(await hosts.turn("https://a.example/1", SITE), 200, {})
        return now[0] - began

    async def run() -> list[float]:
        hosts = Hosts(clock=lambda: now[0], sleep=sleep, draw=lambda low, high: 1.0)
        times = [await ask(hosts), await ask(hosts)]
        hosts.charge("https://a.example/app.js", 5)
        hosts.charge("https://never-asked.example/", 5)
        times += [await ask(hosts), await ask(hosts)]
        hosts.charge("https://a.example/app.js", 10_000)
        return [*times, await ask(hosts)]

    assert asyncio.run(run()) == [0, 2, 12, 2, 62]
