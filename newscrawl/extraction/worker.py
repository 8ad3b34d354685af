"""What runs in the extraction workers and in the process that they are forked from; :mod:`newscrawl.extraction.pool` is the other side."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing import forkserver, get_context, spawn
from typing import TYPE_CHECKING, Any

from newscrawl.items import Article, RawPage
from newscrawl.rejections import ExtractCrash, Rejection

if TYPE_CHECKING:
    from newscrawl.sites.registry import Site

MEMORY_EXIT = 87
"""Exit status of a worker that ran out of memory."""
OWN_GROUP = "NEWSCRAWL_OWN_GROUP"
"""Environment variable that tells :mod:`newscrawl.extraction.preload` that it is loaded by the fork server."""
MAIN_NAME, MAIN_PATH = "NEWSCRAWL_MAIN_NAME", "NEWSCRAWL_MAIN_PATH"
"""Environment variables that tell it of the parent's main module or script, which it must not run: it may have no ``__main__`` guard."""

Task = Callable[[RawPage, Any], "Article | Rejection"]


def start_fork_server() -> None:
    """Starts the process that workers are forked from, with the libraries loaded, so that a new worker takes milliseconds.

    Before Python 3.13 the fork server does not get the parent's ``sys.path`` (python/cpython#126631), hence PYTHONPATH.
    """
    get_context("forkserver").set_forkserver_preload(["newscrawl.extraction.preload"])
    path = os.pathsep.join(path or os.getcwd() for path in sys.path)
    told = spawn.get_preparation_data("worker")  # what each worker will be told of the parent's main script
    main = {MAIN_NAME: told.get("init_main_from_name", ""), MAIN_PATH: told.get("init_main_from_path", "")}
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", OWN_GROUP, *main)}
    os.environ.update({"PYTHONPATH": path, OWN_GROUP: "1", **main})
    try:
        forkserver.ensure_running()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def prepare_worker(megabytes: int, model: str = "") -> None:
    """Sets a new worker's limits and signals, and the block model where it is not the package's own."""
    import resource  # Unix only, as is the pool

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    signal.signal(
        signal.SIGTERM, signal.SIG_DFL
    )  # pebble's handler would wait for Python, which a loop in C never reaches
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]  # the user's own (ulimit -v), which cannot be raised again
    limit = megabytes * 2**20 if hard == resource.RLIM_INFINITY else min(megabytes * 2**20, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if model:
        from newscrawl.extraction.body import block_model  # the parent has no need of the extractor's libraries

        block_model.use(model)
    logging.disable(logging.CRITICAL)  # what libraries say of a bad page would stand between the user's lines


def run(task: Task, page: RawPage, site: Site | None, seconds: float) -> Article | Rejection:
    """One page in a worker. Ends the worker with :data:`MEMORY_EXIT` when its memory is used up."""
    # Outlives the parent: after kill -9 of the run no worker keeps a core busy for ever.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 2 * seconds + 5)
    try:
        return task(page, site)
    except MemoryError:
        # What is left of the address space may be in pieces, so the worker goes, once pebble has read that it has this page.
        time.sleep(0.1)
        os._exit(MEMORY_EXIT)
    except Exception as error:  # any exception of the extraction is the page's, and need not be picklable
        return ExtractCrash(detail=describe(error))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def describe(error: BaseException) -> str:
    """An exception in one short line."""
    return f"{type(error).__name__}: {error}"[:500]
