"""What the commands have in common that need no crawl: they run in any Scrapy project, and outside of one."""

from __future__ import annotations

import argparse
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl import configuration
from newscrawl.commands.terminal import say


class StandaloneCommand(ScrapyCommand):
    """A command that starts no crawl and finds its settings by itself. It lies here because Scrapy takes what lies in ``commands`` for a command."""

    requires_project = False
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Scrapy's options, and below them the environment and the package's defaults."""
        super().process_options(args, opts)
        assert self.settings is not None
        try:
            told = configuration.complete(self.settings)
        except configuration.ConfigurationError as error:
            raise UsageError(str(error), print_help=False) from error
        for line in told:
            say(line)
