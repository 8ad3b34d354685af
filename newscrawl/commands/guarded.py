"""A command's run, whose every failure is one line and an exit status."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from newscrawl.commands.terminal import CommandError, say
from newscrawl.output.read_lines import FileError
from newscrawl.sites.registry import SiteError

FAILED, DISK, PIPE = 1, 74, 128 + signal.SIGPIPE
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG))


def guarded(run: Callable[[], int]) -> int:
    """The exit status of ``run``: its own; 1 or 2 as an error says; 74 for a full disk; 130, 143 when stopped; 141 when nobody reads on."""
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        status = run()
        sys.stdout.flush()
        return status
    except CommandError as error:
        say(f"error: {error}")
        return error.status
    except (FileError, SiteError) as error:
        say(f"error: {error}")
        return FAILED
    except KeyboardInterrupt as stop:
        say("stopped by a signal before the end")
        return 128 + (signal.SIGTERM if stop.args else signal.SIGINT)
    except BrokenPipeError:  # such as `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE
    except OSError as error:
        say(f"error: {error.filename or 'the output'}: {error.strerror}")
        if not error.filename:  # what is left in the buffer cannot be written either
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DISK if error.errno in _FULL else FAILED
    finally:
        signal.signal(signal.SIGTERM, previous)


def _terminate(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt("SIGTERM")
