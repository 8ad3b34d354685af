"""What strangers wrote, on its way to the log: no terminal is cleared or coloured by a page, and no page writes a line of its own."""

from __future__ import annotations

import logging

from newscrawl.printable import printable


class PrintableRecord(logging.LogRecord):
    """A record without control characters; lines after its first are set in. Made the standard by :mod:`newscrawl.addon`."""

    def getMessage(self) -> str:  # noqa: N802 - the base class's name
        """The message."""
        message = super().getMessage()
        return (
            message
            if message.isprintable()
            else "\n    ".join(printable(line.replace("\t", " ")) for line in message.split("\n"))
        )
