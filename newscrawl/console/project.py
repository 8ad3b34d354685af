"""``newscrawl startproject DIR``: a small Scrapy project with what a scheduled crawl needs."""

from __future__ import annotations

import argparse
import errno
import importlib.util
import keyword
import re
import shlex
import sys
from pathlib import Path
from string import Template

SITE = "example"
TEMPLATES = Path(__file__).with_name("data")
FAILED, USAGE, DISK = 1, 2, 74
# The files of a project, each with its template. A crontab and units are not put to use by themselves.
FILES = {
    "scrapy.cfg": "scrapy.cfg",
    "$package/__init__.py": "init.txt",
    "$package/settings.py": "settings.txt",
    "$package/spiders/__init__.py": "spiders.txt",
    f"sites/{SITE}.toml": "site.txt",
    "schedule/crontab": "crontab",
    "schedule/newscrawl@.service": "newscrawl@.service",
    "schedule/newscrawl@.timer": "newscrawl@.timer",
}


def main(argv: list[str]) -> int:
    """Makes the project, says what to do next, and returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="newscrawl startproject",
        description="Makes a Scrapy project for crawls in DIR: settings.py with the newscrawl add-on, a site file to fill in, a crontab "
        "line, a systemd service and its timer. DIR is made where it does not exist; one with something in it is left as it is. "
        "Exit status: 0 made; 1 DIR is not empty or cannot be written; 2 usage; 74 disk.",
    )
    parser.add_argument("dir", metavar="DIR")
    folder = Path(parser.parse_args(argv).dir).absolute()
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            return _fail(f"{folder} is {'not empty' if folder.is_dir() else 'no folder'}: name a new one", FAILED)
        package = _package(folder.name)
        _write(folder, package)
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO}
        return _fail(f"cannot write {error.filename or folder}: {error.strerror}", DISK if full else FAILED)
    print(_read("next.txt").substitute(_values(folder, package)), end="")
    return 0


def _write(folder: Path, package: str) -> None:
    values = _values(folder, package)
    for name, template in FILES.items():
        path = folder / Template(name).substitute(values)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_read(template).substitute(values), encoding="utf-8")


def _read(template: str) -> Template:
    return Template((TEMPLATES / template).read_text(encoding="utf-8"))


def _values(folder: Path, package: str) -> dict[str, str]:
    scripts = Path(sys.executable).parent
    return {
        "package": package,
        "site": SITE,
        "folder": str(folder),
        "quoted": shlex.quote(str(folder)).replace("%", r"\%"),  # cron takes a bare % for a line's end
        "scrapy": shlex.quote(str(scripts / "scrapy")).replace("%", r"\%"),
        "systemd_folder": _unit(str(folder)),
        "systemd_scrapy": _unit(str(scripts / "scrapy")),
    }


def _unit(path: str) -> str:
    """A path as a systemd unit takes it."""
    return path.replace("\\", "\\\\").replace("%", "%%").replace(" ", "\\x20")


def _package(name: str) -> str:
    """A name for the project's package that Python takes, and that hides no other module."""
    package = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "news"
    if not package.isidentifier():
        return f"news_{package}"
    found = importlib.util.find_spec(package)
    taken = package in sys.stdlib_module_names or keyword.iskeyword(package) or (found is not None and found.origin)
    return f"{package}_project" if taken else package


def _fail(text: str, status: int) -> int:
    print(f"newscrawl: error: {text}", file=sys.stderr)
    return status
