"""Manners towards hosts on a clock of the test's own: pace, rests, ends, and what the next run remembers."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Awaitable, Coroutine
from email.utils import formatdate
from typing import Any

import pytest

from newscrawl.download.failures import Refused, transient
from newscrawl.download.host import REST_MAX, SLOWEST, host_name
from newscrawl.download.hosts import BACK_OFF_MAX, FAILURES_MAX, PATIENCE, SLOW_MAX, Hosts
from newscrawl.items import MemoryNotes
from newscrawl.rejections import (
    BadResponse,
    BlockedAddress,
    ConnectionFailed,
    HostLeftAlone,
    HttpStatus,
    LimitReached,
    Rejection,
    RobotsForbidden,
    Timeout,
    TlsError,
    TooLarge,
)
from newscrawl.sites.registry import Pace, Site

A, B = "https://a.example/1", "https://b.example/1"
START = 1_800_000_000.0


class World:
    """A clock that jumps to the next thing that is waited for, and the hosts of a run that lives by it."""

    def __init__(
        self, notes: MemoryNotes | None = None, left: float | None = None, start: float = START, **options: Any
    ) -> None:
        self.now = 1000.0
        self.start = start
        self.left = left
        self.notes = notes or MemoryNotes()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        options.setdefault("draw", lambda low, high: (low + high) / 2)
        self.hosts = Hosts(
            clock=lambda: self.now,
            wall=lambda: self.start + self.now - 1000,
            sleep=self.sleep,
            seconds_left=lambda: None if self.left is None else self.left - (self.now - 1000),
            **options,
        )

    def sleep(self, seconds: float) -> Awaitable[None]:
        assert seconds > 0
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, id(future), future))
        return future

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        async def drive() -> Any:
            main = asyncio.ensure_future(coroutine)
            while True:
                for _ in range(20):
                    await asyncio.sleep(0)
                if main.done():
                    return main.result()
                while self._sleepers and self._sleepers[0][2].done():
                    heapq.heappop(self._sleepers)
                assert self._sleepers, "nothing will ever happen"
                self.now, _, future = heapq.heappop(self._sleepers)
                future.set_result(None)

        return asyncio.run(drive())

    async def ask(
        self, url: str, *answer: Any, site: Site | None = None, takes: float = 0.0, priority: int = 0
    ) -> float:
        """One request; when it was sent. The answer is a status and headers, or a rejection."""
        turn = await self.hosts.turn(url, site or FAST, self.notes, priority)
        sent = self.now
        if takes:
            await self.sleep(takes)
        if answer and isinstance(answer[0], Rejection):
            self.hosts.failed(turn, answer[0])
        else:
            self.hosts.answered(turn, *(answer or (200,))[:1], answer[1] if len(answer) > 1 else {})
        return sent - 1000


def site(delay: float, concurrency: int = 1) -> Site:
    return Site(name="s", hosts=("a.example",), pace=Pace(delay=delay, concurrency=concurrency))


FAST = site(0)


def test_a_host_is_asked_at_its_pace_and_another_is_not_kept() -> None:
    world = World()

    async def several() -> list[float]:
        slow = [world.ask(A, site=site(2)) for _ in range(4)]
        return list(await asyncio.gather(*slow, *(world.ask(B, site=site(0.5)) for _ in range(3))))

    assert world.run(several()) == [0, 2, 4, 6, 0, 0.5, 1]


def test_jitter_keeps_the_mean_and_a_crawl_delay_is_a_lower_bound() -> None:
    def gaps(crawl_delay: float | None) -> list[float]:
        world = World(draw=random.Random(1).uniform)
        if crawl_delay is not None:
            world.hosts.crawl_delay(A, crawl_delay)

        async def many() -> list[float]:
            return [await world.ask(A, site=site(1)) for _ in range(400)]

        times = world.run(many())
        return [later - earlier for earlier, later in zip(times, times[1:], strict=False)]

    plain, polite = gaps(None), gaps(3)
    assert 0.75 <= min(plain) < 0.8 < 1.2 < max(plain) <= 1.2500001
    assert 0.95 < sum(plain) / len(plain) < 1.05
    assert min(polite) >= 2.9999999
    assert max(polite) > 3.1


def test_a_crawl_delay_counts_from_the_request_for_robots_txt_and_allows_one_at_a_time() -> None:
    world = World()

    async def first() -> list[float]:
        await world.ask(A, site=site(1))
        world.hosts.crawl_delay(A, 10)
        return list(await asyncio.gather(*(world.ask(A, site=site(0, 8), takes=15) for _ in range(3))))

    assert world.run(first()) == [10, 25, 40]


def test_requests_at_the_same_time() -> None:
    world = World()

    async def many() -> list[float]:
        return list(await asyncio.gather(*(world.ask(A, site=site(0, 3), takes=1) for _ in range(7))))

    assert world.run(many()) == [0, 0, 0, 1, 1, 1, 2]


def test_two_sites_on_one_host_keep_the_slower_pace() -> None:
    world = World()

    async def both() -> list[float]:
        return list(await asyncio.gather(*(world.ask(A, site=site(delay, 4)) for delay in (1, 3, 1, 3))))

    assert world.run(both()) == [0, 1, 4, 7]


def test_what_is_more_urgent_goes_first() -> None:
    world = World()

    async def mixed() -> list[float]:
        return list(
            await asyncio.gather(*(world.ask(A, site=site(1), priority=priority) for priority in (0, 0, 0, 100, 1000)))
        )

    assert world.run(mixed()) == [0, 3, 4, 2, 1]


@pytest.mark.parametrize(
    "trouble",
    [
        (500,),
        (502,),
        (504,),
        (599,),
        (429,),
        (503,),
        (Timeout(),),
        (ConnectionFailed(),),
        (TlsError(),),
    ],
    ids=lambda one: one[0] if isinstance(one[0], int) else one[0].name,
)
def test_five_failures_in_a_row_leave_a_host_alone_for_the_run(trouble: tuple[Any, ...]) -> None:
    world = World()

    async def fail() -> None:
        for number in range(FAILURES_MAX):
            assert world.hosts.left_alone(A) is None, number
            await world.ask(A, *trouble)
        with pytest.raises(Refused) as refused:
            await world.ask(A)
        assert refused.value.kind is HostLeftAlone
        await world.ask(B)

    world.run(fail())
    assert "5 failures in a row" in (world.hosts.left_alone(A) or "")
    assert world.hosts.left_alone(B) is None
    assert [event["host"] for event in world.hosts.events if event["kind"] == "host_left_alone"] == ["a.example"]
    again = World(world.notes)
    assert again.run(again.ask(A)) >= 0, "the next run tries again"


@pytest.mark.parametrize(
    "answer",
    [(200,), (204,), (301,), (304,), (404,), (403,), (TooLarge(),), (BadResponse(),)],
    ids=lambda one: one[0] if isinstance(one[0], int) else one[0].name,
)
def test_any_answer_ends_the_row(answer: tuple[Any, ...]) -> None:
    world = World()

    async def mixed() -> None:
        for _ in range(6):
            for _ in range(FAILURES_MAX - 1):
                await world.ask(A, 500)
            await world.ask(A, *answer)

    world.run(mixed())
    assert world.hosts.left_alone(A) is None


def test_what_is_not_the_hosts_doing_does_not_count() -> None:
    world = World()

    async def refused() -> None:
        for _ in range(20):
            for rejected in (BlockedAddress(), LimitReached(), TooLarge(), BadResponse()):
                await world.ask(A, rejected)

    world.run(refused())
    assert world.hosts.left_alone(A) is None


def test_those_that_wait_are_refused_when_a_host_is_given_up() -> None:
    world = World()

    async def crowd() -> list[Any]:
        return await asyncio.gather(*(world.ask(A, 500, site=site(1)) for _ in range(30)), return_exceptions=True)

    outcomes = world.run(crowd())
    assert [one.kind for one in outcomes if isinstance(one, Refused)] == [HostLeftAlone] * 25


def date(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry-after": "120"}, 120),
        (503, {"retry-after": "7"}, 7),
        (503, {"retry-after": " 7 "}, 7),
        (503, {"retry-after": date(START + 90)}, 90),
        (429, {"retry-after": date(START + 90), "date": date(START + 30)}, 60),
        # A server whose clock is at home in 1970: only the difference between its own two dates tells.
        (503, {"retry-after": date(1000), "date": date(880)}, 120),
        (503, {"retry-after": "Friday, 15-Jan-27 08:01:30 GMT"}, 90),
        (503, {"retry-after": "Fri Jan 15 08:01:30 2027"}, 90),
        # Past, nought and garbage: the run's own back-off.
        (503, {"retry-after": date(START - 90)}, 1),
        (503, {"retry-after": "0"}, 1),
        (503, {"retry-after": "-5"}, 1),
        (503, {"retry-after": "soon"}, 1),
        (503, {"retry-after": "1.5"}, 1),
        (503, {"retry-after": "٣٠"}, 1),
        (503, {"retry-after": ""}, 1),
        (503, {}, 1),
        (429, {}, 1),
        (503, {"retry-after": "x" * 100_000}, 1),
        (503, {"retry-after": "Fri, 99 Foo 99999 99:99:99 GMT"}, 1),
    ],
)
def test_a_host_rests_as_long_as_it_asks_and_the_others_go_on(
    status: int, headers: dict[str, str], seconds: float
) -> None:
    world = World()

    async def rest() -> tuple[float, float]:
        await world.ask(A, status, headers)
        assert world.hosts.resting(A) == pytest.approx(seconds)
        assert world.hosts.resting(B) == 0
        return await world.ask(B), await world.ask(A)

    assert world.run(rest()) == pytest.approx((0, seconds))
    event = world.hosts.new_events()[0]
    assert (event["host"], event["status"], event["seconds"], event["until"]) == (
        "a.example",
        status,
        seconds,
        START + seconds,
    )
    assert world.hosts.new_events() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "9" * 4000},
        {"retry-after": str(10 * 365 * 86_400)},
        {"retry-after": date(START + 10 * 365 * 86_400)},
    ],
)
def test_ten_years_are_a_day(headers: dict[str, str]) -> None:
    world = World()
    world.run(world.ask(A, 503, headers))
    assert world.hosts.resting(A) == REST_MAX
    later = World(world.notes, start=START + REST_MAX + 1)
    assert later.run(later.ask(A)) == 0


@pytest.mark.parametrize(
    ("left", "asked", "put_off"),
    [
        (None, PATIENCE, False),
        (None, PATIENCE + 1, True),
        (3600, 1800, False),
        (3600, 3601, True),
        (60, 61, True),
        (60, 59, False),
    ],
)
def test_a_rest_longer_than_the_run_is_the_next_runs(left: float | None, asked: float, put_off: bool) -> None:
    world = World(left=left)

    async def first() -> list[Any]:
        await world.ask(A, 503, {"retry-after": str(int(asked))})
        return await asyncio.gather(world.ask(A), return_exceptions=True)

    outcome = world.run(first())[0]
    assert isinstance(outcome, Refused) == put_off == (world.hosts.left_alone(A) is not None)
    if put_off:
        early = World(world.notes, start=START + 1, left=asked - 30)
        with pytest.raises(Refused) as refused:
            early.run(early.ask(A))
        assert refused.value.kind is HostLeftAlone
        soon = World(world.notes, start=START + asked - 10)
        assert soon.run(soon.ask(A)) == pytest.approx(10), "the next run keeps to it"
        later = World(world.notes, start=START + asked + 10)
        assert later.run(later.ask(A)) == 0


def test_back_off_doubles_and_good_answers_take_it_back() -> None:
    world = World()

    async def storm() -> list[float]:
        rests = []
        for _ in range(12):
            await world.ask(A, 503)
            rests.append(world.hosts.resting(A))
            await world.ask(A, 404)
        return rests

    rests = world.run(storm())
    assert rests[:3] == pytest.approx([1, 1.8, 3.24])
    assert max(rests) <= min(SLOWEST, BACK_OFF_MAX)

    async def calm() -> list[float]:
        for _ in range(60):
            await world.ask(A, site=site(1))
        return [await world.ask(A, site=site(1)) for _ in range(3)]

    times = world.run(calm())
    assert [later - earlier for earlier, later in zip(times, times[1:], strict=False)] == pytest.approx([1, 1])


def test_a_slowed_host_stays_slow_in_the_next_run() -> None:
    world = World()

    async def trouble() -> None:
        for _ in range(3):
            await world.ask(A, 429)

    async def two(later: World) -> float:
        first = await later.ask(A, 500, site=site(1))
        return await later.ask(A, 500, site=site(1)) - first

    world.run(trouble())
    soon, tomorrow = World(world.notes, start=START + 3600), World(world.notes, start=START + 2 * REST_MAX)
    assert (soon.run(two(soon)), tomorrow.run(two(tomorrow))) == (pytest.approx(8), pytest.approx(1))


def test_a_slowed_host_is_still_asked() -> None:
    world = World(left=10**6)
    world.notes.remember("host", "https://a.example:443", {"at": START, "until": START, "factor": SLOWEST})
    world.hosts.crawl_delay(A, 30)

    async def two() -> list[float]:
        return [
            await world.ask(A, 500, site=site(1)),
            await world.ask(A, 500, site=site(1)),
            await world.ask(B, site=site(100)),
            await world.ask(B, site=site(100)),
        ]

    assert world.run(two()) == [0, SLOW_MAX, SLOW_MAX, SLOW_MAX + 100]


def test_answers_to_what_was_under_way_are_one_event() -> None:
    world = World()

    async def burst() -> None:
        await asyncio.gather(*(world.ask(A, 429, site=site(0, 8), takes=1) for _ in range(8)))

    world.run(burst())
    assert world.hosts.left_alone(A) is None
    assert [event["kind"] for event in world.hosts.events] == ["backoff"]
    assert world.hosts.resting(A) == pytest.approx(1)


@pytest.mark.parametrize(
    ("now", "rest"),
    [
        (START - 10 * 365 * 86_400, 100.0),  # set back ten years: the rest is as long as it was
        (START + 60, 40.0),
        (START + 10 * 365 * 86_400, 0.0),
    ],
)
def test_a_clock_that_jumped_makes_no_rest_longer(now: float, rest: float) -> None:
    world = World()
    world.run(world.ask(A, 503, {"retry-after": "100"}))
    later = World(world.notes, start=now)
    assert later.run(later.ask(A)) == pytest.approx(rest)


@pytest.mark.parametrize(
    "note",
    [
        3,
        "x",
        [],
        {},
        {"at": "x", "until": 1, "factor": 1},
        {"at": START, "until": float("inf"), "factor": 1},
        {"at": START, "until": START + 9, "factor": float("nan")},
        {"at": START, "until": None, "factor": 1},
    ],
)
def test_a_note_that_cannot_be_read_is_none(note: Any) -> None:
    world = World()
    world.notes.remember("host", "https://a.example:443", note)
    assert world.run(world.ask(A)) == 0


def test_a_note_of_the_far_future_is_a_day_at_most() -> None:
    world = World(left=10 * REST_MAX)
    world.notes.remember(
        "host", "https://a.example:443", {"at": START + 10**9, "until": START + 2 * 10**9, "factor": 10**9}
    )
    assert world.run(world.ask(A)) == REST_MAX


def test_nothing_is_remembered_of_a_host_that_is_well() -> None:
    world = World()

    async def recover() -> None:
        await world.ask(A, 503)
        for _ in range(30):
            await world.ask(A)

    world.run(recover())
    assert world.notes.note("host", "https://a.example:443") is None


def test_a_stop_refuses_what_waits_and_what_comes() -> None:
    world = World()

    async def stop() -> list[Any]:
        await world.ask(A, 503, {"retry-after": "200"})
        waiting = [asyncio.ensure_future(world.ask(A)) for _ in range(3)]
        await asyncio.sleep(0)
        world.hosts.stop()
        return await asyncio.gather(*waiting, world.ask(B), return_exceptions=True)

    assert [refused.kind for refused in world.run(stop())] == [LimitReached] * 4


def test_a_request_that_is_given_up_does_not_hold_its_host() -> None:
    world = World()

    async def give_up() -> float:
        turn = await world.hosts.turn(A, site(1), world.notes)
        waiting = [asyncio.ensure_future(world.ask(A, site=site(1))) for _ in range(3)]
        await asyncio.sleep(0)
        for task in waiting[:2]:
            task.cancel()
        world.hosts.answered(turn, 200, {})
        return await waiting[2]

    assert world.run(give_up()) == 1


def test_a_turn_that_came_in_the_moment_of_giving_up_goes_back() -> None:
    world = World()

    async def give_up() -> float:
        turn = await world.hosts.turn(A, FAST)
        waiting = asyncio.ensure_future(world.hosts.turn(A, FAST))
        await asyncio.sleep(0)
        world.hosts.answered(turn, 200, {})
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return await world.ask(A)

    assert world.run(give_up()) == 0


def test_a_replay_waits_for_nothing() -> None:
    world = World(paced=False)

    async def replay() -> list[float]:
        world.hosts.crawl_delay(A, 30)
        return [await world.ask(A, 503, {"retry-after": "9000"}, site=site(5)) for _ in range(9)]

    assert world.run(replay()) == [0] * 9
    assert world.hosts.left_alone(A) is None


def test_a_delay_for_all_sites() -> None:
    world = World(delay=0.25)

    async def two() -> list[float]:
        return [await world.ask(A, site=site(5)) for _ in range(3)]

    assert world.run(two()) == [0, 0.25, 0.5]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("https://a.example:443", "a.example"),
        ("http://a.example:80", "a.example"),
        ("http://a.example:443", "a.example:443"),
        ("https://a.example:8443", "a.example:8443"),
        ("http://[::1]:80", "[::1]"),
    ],
)
def test_names_of_hosts(key: str, name: str) -> None:
    assert host_name(key) == name


@pytest.mark.parametrize(
    ("error", "rejected", "again"),
    [
        (None, HttpStatus(status=404), False),
        (None, HttpStatus(status=410), False),
        (None, HttpStatus(status=403), False),
        (None, HttpStatus(status=408), True),
        (None, HttpStatus(status=425), True),
        (None, HttpStatus(status=429), True),
        (None, HttpStatus(status=500), True),
        (None, HttpStatus(status=503), True),
        (OSError(), Timeout(), True),
        (OSError(), ConnectionFailed(), True),
        (OSError(), TlsError(), True),
        (OSError(), TooLarge(), False),
        (Refused(HostLeftAlone), HostLeftAlone(), True),
        (Refused(LimitReached), LimitReached(), True),
        (Refused(BlockedAddress), BlockedAddress(), False),
        (Refused(RobotsForbidden, "forbidden by robots.txt"), RobotsForbidden(), False),
        (Refused(RobotsForbidden, "could not be asked", transient=True), RobotsForbidden(), True),
    ],
)
def test_which_failures_a_later_run_may_find_otherwise(
    error: BaseException | None, rejected: Rejection, again: bool
) -> None:
    assert transient(error, rejected) == again
