"""What commands say to people, and ask them."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from tqdm import tqdm

from newscrawl.printable import printable


class CommandError(Exception):
    """Ends a command with one line and an exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def say(text: str) -> None:
    """One line on the error stream, above a progress bar where there is one."""
    line = printable(
        " ".join(text.split())
    )  # a URL or a message with a line break must stay one line, and colours nothing
    tqdm.write(f"newscrawl: {line}".encode(errors="replace").decode(), file=sys.stderr)


def show(text: str) -> None:
    """A line of a command's result, on standard output. Lone surrogates, which no terminal has, are replaced."""
    with tqdm.external_write_mode(file=sys.stdout):
        sys.stdout.write(f"{text}\n".encode(errors="replace").decode())


def coloured() -> bool:
    """Whether standard output shows colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def confirm(question: str, yes: bool, answers: str = "yn") -> str:
    """The first letter of a person's answer, ``n`` where there is none; ``y`` at once with ``yes``. Raises :class:`CommandError` without
    a terminal to ask on."""
    if yes:
        return "y"
    if not sys.stdin.isatty():
        refuse("it asks before it writes; where nobody can answer, say --yes")
    sys.stdout.flush()
    while True:
        print(f"{question} [{'/'.join(answers)}] ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        answer = line.strip().lower()[:1]
        if answer in answers and answer:
            return answer
        if not line or not answer:
            return "n"


def refuse(text: str) -> NoReturn:
    """Ends the command as wrongly used."""
    raise CommandError(text, 2)
