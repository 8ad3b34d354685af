"""Where a setting has its value from.

From the weakest to the strongest: the package's defaults (:mod:`newscrawl.default_settings`), the environment (``NEWSCRAWL_<SETTING>``), the
project's ``settings.py`` where a command runs inside of a Scrapy project, ``-s NAME=VALUE``.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from scrapy.settings import SETTINGS_PRIORITIES, default_settings

from newscrawl.default_settings import OWN, TABLES, VALUES

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

PREFIX = "NEWSCRAWL_"
PACKAGE = "newscrawl.settings"
DEFAULTS = 5
"""Scrapy's priority of the package's defaults: above Scrapy's own, below what a command, an add-on or a project sets."""
ENVIRONMENT = SETTINGS_PRIORITIES["project"] - 1


class ConfigurationError(Exception):
    """A value that its setting cannot take; the text is one line for a user."""


def variable(setting: str) -> str:
    """The environment variable of a setting; ``NEWSCRAWL_SITES`` has the prefix already."""
    return setting if setting.startswith(PREFIX) else f"{PREFIX}{setting}"


def complete(settings: BaseSettings) -> list[str]:
    """Lays the package's defaults and the environment below what a project and a command line have set.

    Returns, and raises, as :func:`apply_environment` does.
    """
    for name, value in _defaults().items():
        settings.set(name, value, DEFAULTS)
    return apply_environment(settings)


def apply_environment(settings: BaseSettings) -> list[str]:
    """Takes settings from the environment. Returns a line for each variable whose name is nearly a setting's; others with the prefix
    are somebody else's.

    Raises :class:`ConfigurationError` for a value that a setting cannot take.
    """
    known = {variable(name): name for name in (*vars(default_settings), *_defaults()) if name.isupper()}
    # Where the package's defaults are the project's settings.py, as in a checkout, they are still no more than the defaults.
    own = os.environ.get("SCRAPY_SETTINGS_MODULE") == PACKAGE
    priority = SETTINGS_PRIORITIES["project"] if own else ENVIRONMENT
    told = []
    for key in sorted(name for name in os.environ if name.startswith(PREFIX)):
        if key not in known:
            near = get_close_matches(key.removeprefix(PREFIX), [name.removeprefix(PREFIX) for name in known], 1, 0.85)
            told += (
                [f"{key} in the environment names no setting, and is ignored; {PREFIX}{near[0]} does"] if near else []
            )
            continue
        try:
            settings.set(known[key], os.environ[key], priority)
        except ValueError as error:
            raise ConfigurationError(f"{key}={os.environ[key]}: {error}") from error
    return told


def _defaults() -> dict[str, Any]:
    return {**OWN, **VALUES, **TABLES}
