"""Extraction beside the caller: worker processes with a limit in seconds and in memory for one page.

A page that hangs, eats memory or kills its worker costs its limit and one rejection; the worker is replaced and the others go
on. Pebble is the pool because it kills a hung worker by itself, which neither concurrent.futures nor loky does; the fork server
is the start method because forking under a running reactor with threads is unsafe.

A caller keeps the number of pages it has submitted near :attr:`ExtractorPool.window`: the pool itself refuses nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as TaskTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from newscrawl.extraction.worker import MEMORY_EXIT, Task, describe, prepare_worker, run, start_fork_server
from newscrawl.items import Article, RawPage
from newscrawl.rejections import ExtractCrash, ExtractMemory, ExtractTimeout, ParseLimit, Rejection

if TYPE_CHECKING:
    from newscrawl.sites.registry import Site

SECONDS = 10.0
"""One page's time. The slowest of 778 real pages takes trafilatura 0.4 s."""
MEGABYTES = 1024
"""One worker's address space, mappings included: 778 real pages of up to 1.6 MB take 310, of which 195 are there before a page."""
PAGE_BYTES = 10 * 2**20
"""Larger pages are refused before they are sent to a worker; no page of the bench exceeds 1.6 MB."""

Result = TypeVar("Result")
_ATTEMPTS = 3
"""How often a page is tried when the pool breaks under it for a reason that need not be the page's."""
_FROM_OUTSIDE = frozenset((-signal.SIGKILL, -signal.SIGTERM))
"""Exit statuses that no page gives its worker: the kernel, short of memory, sends the one, people and managers of services both."""

logger = logging.getLogger(__name__)


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def extract_page(page: RawPage, site: Site | None = None) -> Article | Rejection:
    """What a worker does with a page."""
    from newscrawl.extraction.pipeline import extract  # the parent has no need of the extractor's libraries

    return extract(page, site=site)


def shell_page(page: RawPage) -> bool:
    """The same with the question whether a page is a program's empty shell."""
    from newscrawl.extraction.pipeline import shell

    return shell(page)


class PoolClosed(RuntimeError):
    """A page was submitted after :meth:`ExtractorPool.close`."""


class CallFailed(RuntimeError):
    """A function of :meth:`ExtractorPool.call` gave no result: it raised, or took too long or too much memory."""


def _call(function: Callable[..., Any], arguments: tuple[Any, ...], page: RawPage, site: Site | None) -> Any:
    """A function in the place of the extraction."""
    return function(*arguments)


@dataclass(slots=True, eq=False)
class _Job:
    page: RawPage
    site: Site | None
    future: Future[Any]
    task: Callable[[RawPage, Any], Any]
    seconds: float
    attempt: int = 0


class ExtractorPool:
    """Worker processes that turn pages into articles or rejections.

    ``workers`` is the number of processes (default: one a core), ``seconds`` a page's time limit, ``megabytes`` a worker's
    address space, ``page_bytes`` the largest body that is tried, ``model`` the file of a block model (default: the package's own).
    ``task`` stands in for the extraction in tests.
    """

    def __init__(
        self,
        workers: int | None = None,
        seconds: float = SECONDS,
        megabytes: int = MEGABYTES,
        *,
        page_bytes: int = PAGE_BYTES,
        model: str = "",
        task: Task = extract_page,
    ) -> None:
        self.workers = workers or cores()
        self.seconds = seconds
        self.megabytes = megabytes
        self.page_bytes = page_bytes
        self.model = model
        self._task = task
        self._jobs: set[_Job] = set()
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._warm = threading.Event()
        self._progress = time.monotonic()
        self._pool = self._new_pool()
        self._watch = threading.Thread(target=self._replace_stuck_pool, name="extractor-watch", daemon=True)
        self._watch.start()

    @property
    def window(self) -> int:
        """Pages in flight that keep every worker busy without piling up."""
        return 4 * self.workers

    @property
    def waiting(self) -> int:
        """Pages that were submitted and have not ended."""
        return len(self._jobs)

    def submit(self, page: RawPage, site: Site | None = None) -> Future[Article | Rejection]:
        """The page's outcome, later. The future never raises for the page's sake and cannot be cancelled."""
        if self._closed.is_set():
            raise PoolClosed("the extractor pool is closed")
        job = _Job(page, site, Future(), self._task, self.seconds)
        # A cancelled pebble future can leave another task waiting for ever (noxdafox/pebble#153): ours starts as running.
        job.future.set_running_or_notify_cancel()
        if len(page.body) > self.page_bytes:
            detail = f"the page has {len(page.body)} bytes; the limit is {self.page_bytes}"
            job.future.set_result(ParseLimit(url=page.url, detail=detail, fetched_at=page.fetched_at))
        else:
            self._take(job)
        return job.future

    def _take(self, job: _Job) -> None:
        with self._lock:
            if not self._jobs:
                self._progress = time.monotonic()
            self._jobs.add(job)
        self._schedule(job)

    def warm_up(self) -> None:
        """Starts the workers, which otherwise the first page does; blocks until the libraries are loaded (some seconds)."""
        try:
            _ = self._pool.active  # pebble starts a new pool when it is asked for its state
        except (RuntimeError, OSError) as error:  # the first page meets it again, and is answered with it
            logger.debug("the extraction workers did not start: %s", error)
        self._warm.set()

    async def extract(self, page: RawPage, site: Site | None = None) -> Article | Rejection:
        """The same for asyncio. Cancelling the caller leaves the page to its worker, whose answer is dropped."""
        if not self._warm.is_set():
            await asyncio.to_thread(self.warm_up)
        return await asyncio.wrap_future(self.submit(page, site))

    async def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """The result of another function over foreign bytes, with a page's memory and three times its time; all must be picklable.

        Raises :class:`CallFailed`.
        """
        if not self._warm.is_set():
            await asyncio.to_thread(self.warm_up)
        if self._closed.is_set():
            raise PoolClosed("the extractor pool is closed")
        job = _Job(RawPage(body=b""), None, Future(), partial(_call, function, arguments), 3 * self.seconds)
        job.future.set_running_or_notify_cancel()
        self._take(job)
        outcome = await asyncio.wrap_future(job.future)
        if isinstance(outcome, Rejection):
            raise CallFailed(f"{outcome.name}: {outcome.detail}")
        result: Result = outcome
        return result

    def close(self) -> None:
        """Stops the workers at once. Pages still in work end as :class:`ExtractCrash`; a second call does nothing."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
        _stop(self._pool)
        for job in list(self._jobs):
            self._resolve(job, ExtractCrash(detail="the run was stopped", passing=True))

    def __enter__(self) -> ExtractorPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _new_pool(self) -> ProcessPool:
        start_fork_server()
        return ProcessPool(
            max_workers=self.workers,
            max_tasks=500,  # a bound on what libraries leak
            initializer=prepare_worker,
            initargs=(self.megabytes, self.model),
            context=get_context("forkserver"),
        )

    def _schedule(self, job: _Job) -> None:
        job.attempt += 1
        attempt, pool = job.attempt, self._pool
        try:
            inner = pool.schedule(run, args=(job.task, job.page, job.site, job.seconds), timeout=job.seconds)
        except (
            RuntimeError,
            OSError,
        ) as error:  # pebble's pool broke, was closed in the meantime, or found no descriptors or memory
            self._retry(job, pool, error)
        else:
            inner.add_done_callback(lambda done: self._finish(job, attempt, pool, done))

    def _finish(self, job: _Job, attempt: int, pool: ProcessPool, done: Future[Any]) -> None:
        if job.attempt != attempt:
            return  # a late answer of a pool that was given up
        try:
            self._resolve(job, done.result())
        except (BrokenProcessPool, CancelledError) as error:
            self._retry(job, pool, error)
        except TaskTimeout:
            self._resolve(job, self._timeout(job.seconds))
        except ProcessExpired as death:
            outcome = self._obituary(death.exitcode, job.seconds)
            if isinstance(outcome, ExtractCrash) and attempt == 1 and not self._closed.is_set():
                # The kernel may have killed the worker for another process's memory, and pebble can take the page before the
                # deadly one for it, while that page's answer is still in the pipe. A page that kills will do so again.
                self._schedule(job)
            else:
                self._resolve(job, outcome)
        except BaseException as error:  # such as a result that cannot be pickled: the page's fault, not the run's
            self._resolve(job, ExtractCrash(detail=describe(error)))

    def _timeout(self, seconds: float) -> Rejection:
        return ExtractTimeout(detail=f"took longer than {seconds:g} s")

    def _obituary(self, status: int, seconds: float) -> Rejection:
        if status == MEMORY_EXIT:
            return ExtractMemory(detail=f"needed more than {self.megabytes} MB")
        if status == -signal.SIGALRM:
            return self._timeout(seconds)
        cause = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        return ExtractCrash(detail=f"the worker died: {cause}", passing=status in _FROM_OUTSIDE)

    def _resolve(self, job: _Job, outcome: Article | Rejection) -> None:
        with self._lock:
            if job not in self._jobs:
                return
            self._jobs.discard(job)
            self._progress = time.monotonic()
        if isinstance(outcome, Rejection):
            outcome.url = outcome.url or job.page.url
            outcome.fetched_at = outcome.fetched_at or job.page.fetched_at
        job.future.set_result(outcome)

    def _retry(self, job: _Job, pool: ProcessPool, error: BaseException) -> None:
        if self._closed.is_set():
            self._resolve(job, ExtractCrash(detail="the run was stopped", passing=True))
            return
        self._replace(pool)
        if job.attempt < _ATTEMPTS:
            self._schedule(job)
        else:
            self._resolve(job, ExtractCrash(detail=f"no worker finished it: {describe(error)}", passing=True))

    def _replace(self, pool: ProcessPool) -> None:
        with self._lock:
            if self._pool is not pool or self._closed.is_set():
                return
            self._pool = self._new_pool()
        logger.info("the extraction workers were replaced")
        # pebble joins its own threads, of which the caller may be one
        threading.Thread(target=_stop, args=(pool,), daemon=True).start()

    def _replace_stuck_pool(self) -> None:
        """Gives a pool up that has work and ends none of it, although no page may take longer than the limit."""
        while not self._closed.wait(1.0):
            with self._lock:
                stuck = bool(self._jobs) and time.monotonic() - self._progress > 3 * self.seconds + 5
                jobs, pool = list(self._jobs), self._pool
                if stuck:
                    self._progress = time.monotonic()
            if stuck:
                for job in jobs:
                    self._retry(job, pool, TimeoutError("the workers did not answer"))


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
