"""The table ``[browser]`` of a site file: what it takes, and how a mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from newscrawl.sites.registry import SiteError, load


def test_keys_are_read(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(
        'hosts = ["a.example"]\n[browser]\nsteps = 5\nmore = "button.more"\nconsent = "//button[1]"\nwait = "article p"\n'
    )
    found = load("one", tmp_path).browser
    assert (found.steps, found.more, found.consent, found.wait) == (5, "button.more", "//button[1]", "article p")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("step = 5", "key `browser.step` is unknown; expected one of: steps, more, consent, wait"),
        ("steps = 1000", "key `browser.steps`: expected 0 to 100"),
        ('steps = "many"', "key `browser.steps`: expected a whole number"),
        ('more = "button"', "key `browser.more`: needs `browser.steps`"),
        ('consent = "//["', "key `browser.consent`: expected XPath or CSS"),
        ('wait = "p >"', "key `browser.wait`: expected XPath or CSS"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, lines: str, said: str) -> None:
    (tmp_path / "one.toml").write_text(f'hosts = ["a.example"]\n[browser]\n{lines}\n')
    with pytest.raises(SiteError, match="one.toml") as caught:
        load("one", tmp_path)
    assert said in str(caught.value)
