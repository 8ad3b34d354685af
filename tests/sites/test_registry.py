"""Site files: what they give, and how wrong ones are named."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import pytest

from newscrawl.extraction.pipeline import _FINDERS
from newscrawl.sites.registry import CORRECTABLE, DATA, SiteError, bare, for_host, load, names

GOOD = 'hosts = ["example.com"]\n'


def site_file(folder: Path, text: str, name: str = "mine") -> Path:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", [path.stem for path in DATA.glob("*.toml")])
def test_every_site_that_comes_with_the_package_loads(name: str) -> None:
    assert load(name).hosts


def test_kankanews_is_in_shanghai() -> None:
    site = load("kankanews")
    assert (site.hosts, site.time_zone, site.language) == (("kankanews.com",), "Asia/Shanghai", "zh")
    assert site.covers("https://www.kankanews.com/x")
    assert not site.covers("https://notkankanews.com/x")
    assert site.covers("https://KANKANEWS.com./x")


def test_a_users_folder_comes_first_and_adds_to_the_packages(tmp_path: Path) -> None:
    site_file(tmp_path, 'hosts = ["elsewhere.org"]', "kankanews")
    assert load("kankanews", tmp_path).hosts == ("elsewhere.org",)
    assert {"demo", "kankanews"} <= set(names(tmp_path))
    found = for_host("www.elsewhere.org", tmp_path)
    assert found is not None
    assert found.name == "kankanews"


def test_a_site_travels_to_a_worker_process(tmp_path: Path) -> None:
    site = load(
        "mine", site_file(tmp_path, GOOD + 'body = ["//article"]\n[[layouts]]\nuntil = 2024-04-15\ndrop = [".ad"]')
    )
    assert pickle.loads(pickle.dumps(site)) == site


def test_a_dated_layout_serves_pages_of_its_time(tmp_path: Path) -> None:
    site = load(
        "mine",
        site_file(
            tmp_path,
            GOOD + 'body = ["//new"]\n[[layouts]]\nuntil = 2024-04-15\nbody = ["//old"]\n'
            '[[layouts]]\nuntil = 2020-01-01\nbody = ["//oldest"]',
        ),
    )
    assert site.layout(date(2019, 5, 1)).body == ("//oldest",)
    assert site.layout(date(2024, 4, 15)).body == ("//old",)
    assert site.layout(date(2024, 4, 16)).body == ("//new",)
    assert site.layout().body == ("//new",)


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ('hostss = ["a"]', "hostss", "expected one of"),
        ("", "hosts", "expected a list"),
        ('hosts = "example.com"', "hosts", "expected a list"),
        ('hosts = ["https://example.com/"]', "hosts", "host name"),
        (GOOD + 'time_zone = "Shanghai"', "time_zone", "IANA"),
        (GOOD + "time_zone = 8", "time_zone", "expected a string"),
        (GOOD + 'javascript = "yes"', "javascript", "yes"),
        (GOOD + '[pace]\ndelay = "slow"', "pace.delay", "expected a number"),
        (GOOD + "[pace]\ndelay = -1", "pace.delay", "0 to 3600"),
        (GOOD + "[pace]\nspeed = 1", "pace.speed", "delay, concurrency"),
        (GOOD + '[starts]\nfeeds = ["/rss"]', "starts.feeds", "absolute"),
        (GOOD + 'articles = ["("]', "articles", "regular expression"),
        (GOOD + 'body = ["//["]', "body", "XPath or CSS"),
        (GOOD + '[[layouts]]\nbdy = ["x"]', "layouts[0].bdy", "expected one of"),
        ('hosts = ["*.example.com"]', "hosts", "subdomains are covered"),
        ('hosts = [".example.com"]', "hosts", "host name"),
        ('hosts = ["example.com."]', "hosts", "host name"),
        (GOOD + 'language = "English"', "language", "BCP 47"),
        (GOOD + '[fields]\nfoo = "p"', "fields.foo", "expected one of: authors"),
        (
            GOOD + '[[layouts]]\nuntil = 2024-04-15\nfields = {text = "p"}',
            "layouts[0].fields.text",
            "expected one of: authors",
        ),
        (GOOD + 'name = "x"', "name", "display_name"),
    ],
)
def test_a_wrong_key_is_named_with_file_and_what_was_expected(
    tmp_path: Path, text: str, key: str, expected: str
) -> None:
    with pytest.raises(SiteError) as caught:
        load("mine", site_file(tmp_path, text))
    line = str(caught.value)
    assert "mine.toml" in line
    assert f"`{key}`" in line
    assert expected in line
    assert "\n" not in line


def test_hosts_fields_and_languages_that_are_right(tmp_path: Path) -> None:
    fields = "\n".join(f'{name} = "p"' for name in CORRECTABLE)
    site = load(
        "mine",
        site_file(
            tmp_path,
            f'hosts = ["127.0.0.1", "xn--fiq228c.cn", "中文网.cn", "a_b.example"]\nlanguage = "zh-Hans-CN"\n[fields]\n{fields}',
        ),
    )
    assert len(site.hosts) == 4
    assert set(CORRECTABLE) == {"title", "published", "modified", "language", *_FINDERS} - {"access"}


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load("mine", tmp_path).hosts == ("example.com",)


def test_broken_toml_and_unknown_names_are_one_line_each(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"mine\.toml: not TOML: .*line 1"):
        load("mine", site_file(tmp_path, "hosts = oops"))
    with pytest.raises(SiteError, match="unknown site 'nope'; known sites: demo"):
        load("nope")
    with pytest.raises(SiteError, match="unknown site"):
        load("../../etc/passwd")
    with pytest.raises(SiteError, match="no folder"):
        load("demo", tmp_path / "absent")


def test_a_site_without_a_file_is_its_registrable_domain() -> None:
    assert bare("https://m.news.example.co.uk/x").covers("https://www.example.co.uk/y")
    assert bare("http://127.0.0.1:8000/").covers("http://127.0.0.1:9000/")
