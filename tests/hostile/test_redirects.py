"""Redirects and links to where no request may go: other schemes, addresses that are not public in all spellings, rings."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.run import crawl
from tests.hostile.server import Answer, answer, page, paths, silence
from tests.local_portal import article

RESOLVER = '''
"""Name resolution of the test: no name leaves this machine."""
import socket
import time

ADDRESSES = {"private": "10.0.0.1", "loopback": "127.0.0.2", "metadata": "169.254.169.254", "carrier": "100.64.1.1", "this-network": "0.0.0.0"}
SIX = {"local-six": "fd00:ec2::254", "mapped-six": "::ffff:169.254.169.254", "link-six": "fe80::1", "loopback-six": "::1"}
TURNS = {"rebound": ["127.0.0.1", "10.0.0.1"]}


def gethostbyname(name):
    first = name.split(".")[0]
    if first in TURNS:
        return TURNS[first].pop(0) if len(TURNS[first]) > 1 else TURNS[first][0]
    if first == "hanging":
        time.sleep(8)
    if first in ADDRESSES:
        return ADDRESSES[first]
    if name.replace(".", "").isdigit():
        return name
    raise socket.gaierror(f"the test knows no {name}")


def getaddrinfo(name, port, *arguments, **options):
    first = str(name).split(".")[0]
    if first == "hanging":
        time.sleep(8)
    if first in SIX:
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (SIX[first], 0, 0, 0))]
    raise socket.gaierror(f"the test knows no {name}")


socket.gethostbyname, socket.getaddrinfo = gethostbyname, getaddrinfo
'''
ADDRESSES = {
    "loopback": "http://127.0.0.2/",
    "decimal": "http://2130706434/",
    "octal": "http://0177.0.0.2/",
    "hexadecimal": "http://0x7f000002/",
    "short": "http://127.2/",
    "mixed": "http://0x7f.2/",
    "zero": "http://0/",
    "zeros": "http://0.0.0.0/",
    "full-width": "http://１２７.0.0.2/",
    "ideographic": "http://127。0。0。2/",
    "private-ten": "http://10.1.2.3/",
    "private-dozen": "http://172.16.0.1/",
    "private-home": "http://192.168.1.1/",
    "carrier": "http://100.64.0.1/",
    "link-local": "http://169.254.1.1/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata-decimal": "http://2852039166/",
    "metadata-six": "http://[fd00:ec2::254]/",
    "loopback-six": "http://[::1]/",
    "unspecified-six": "http://[::]/",
    "link-six": "http://[fe80::1]/",
    "mapped-dotted": "http://[::ffff:127.0.0.2]/",
    "mapped-hex": "http://[::ffff:7f00:2]/",
    "translated": "http://[64:ff9b::7f00:2]/",
    "sixtofour": "http://[2002:7f00:2::]/",
    "multicast": "http://224.0.0.1/",
    "broadcast": "https://255.255.255.255/",
}
TARGETS = {
    "scheme-of-a-file": ("file:///etc/passwd", "bad_scheme"),
    "scheme-of-inline-data": ("data:text/html,<p>hello", "bad_scheme"),
    "scheme-of-file-transfer": ("ftp://127.0.0.1/a", "bad_scheme"),
    "scheme-of-a-script": ("javascript:alert(1)", "bad_scheme"),
    "scheme-of-a-bucket": ("s3://bucket/key", "bad_scheme"),
    "scheme-in-odd-case": ("FiLe:///etc/passwd", "bad_scheme"),
    "target-with-user-info": ("http://user:secret@127.0.0.1/", "bad_scheme"),
    "target-of-eight-kilobytes": ("/" + "a" * 8000, "bad_scheme"),
    "target-with-odd-port": ("http://127.0.0.1:99999/", "bad_scheme"),
    "target-with-broken-brackets": ("http://[::1/", "bad_scheme"),
    "target-that-is-empty": ("", "redirect_loop"),
    "target-on-another-site": ("http://elsewhere.example/", "off_site"),
    "target-with-terminal-escapes": ("/\x1b[31mred\x07\x9b1m", "http_404"),
    "target-with-foreign-letters": ("http://bücher.example/", "off_site"),
    "target-with-raw-bytes": ("/caf\xe9/\xff\xfe", "http_404"),
}
NAMES = (
    "private",
    "loopback",
    "metadata",
    "carrier",
    "this-network",
    "local-six",
    "mapped-six",
    "link-six",
    "loopback-six",
)


def to(target: str) -> Answer:
    body = target.encode("utf-8" if any(ord(sign) > 255 for sign in target) else "latin-1").decode("latin-1")
    redirect = answer("", f"Location: {body}", status="302 Found")
    return lambda connection, path: (
        redirect if path.endswith(("-server", "/robots.txt")) or "ring" in target else answer(status="404 Not Found")
    )(connection, path)


def ring(connection: object, path: str) -> None:
    """Three hundred pages, each redirecting to the next."""
    number = int(path.rpartition("-")[2]) if path[-1].isdigit() else 0
    to(f"/ring-page-{(number + 1) % 300}")(connection, path)  # type: ignore[arg-type]


def refresh(target: str, number: int) -> Answer:
    return page(article(number).replace("<head>", f"<head><meta http-equiv='refresh' content='0;url={target}'>"))


def test_no_request_goes_where_none_may(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(RESOLVER)
    cases: dict[str, Answer] = {f"redirect-to-address-{name}": to(target) for name, target in ADDRESSES.items()}
    cases |= {name: to(target) for name, (target, _) in TARGETS.items()}
    cases |= {f"redirect-to-name-{name}": to(f"http://{name}.hostile.example/a") for name in NAMES}
    cases |= {
        "ring-of-three-hundred": ring,
        "ring-of-one-page": to("/news/2026/03/07/ring-of-one-page-of-a-server"),
        "refresh-to-metadata-host": refresh("http://169.254.169.254/", 61),
        "refresh-to-a-file": refresh("file:///etc/passwd", 62),
        "name-that-is-rebound": paths({"/news/2026/03/07/name-rebound-story-of-a-server": page(article(63))}),
        "name-that-hangs": silence,
        "redirect-without-a-target": answer("", status="302 Found"),
        "redirect-to-missing-name": to("http://missing.hostile.example/"),
        "redirect-to-hanging-name": to("http://hanging.hostile.example/"),
    }
    linked = [f"http://{name}.hostile.example/news/2026/03/07/link-to-{name}-of-a-server" for name in NAMES]
    linked += [f"{target}news/2026/03/07/link-to-address-{name}-of-a-server" for name, target in ADDRESSES.items()]
    items = "".join(f"<item><title>Story</title><link>{link}</link></item>" for link in linked)
    cases["feed"] = answer(
        f"<?xml version='1.0'?><rss version='2.0'><channel>{items}</channel></rss>",
        "Content-Type: application/rss+xml; charset=utf-8",
    )
    run = crawl(
        tmp_path,
        cases,
        starts={"feeds": ["{feed}/feed.xml"]},
        variables={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}"},
        hosts='"127.0.0.1", "hostile.example"',
    )
    run.undisturbed()
    blocked = [f"redirect-to-address-{name}" for name in ADDRESSES] + [f"link-to-address-{name}" for name in ADDRESSES]
    blocked += [f"redirect-to-name-{name}" for name in NAMES] + [f"link-to-{name}" for name in NAMES]
    expected: dict[str, tuple[str, ...]] = dict.fromkeys(blocked, ("blocked_address", "PRIVATE_HOSTS"))
    expected |= {name: (outcome,) for name, (_, outcome) in TARGETS.items()}
    expected |= {
        "ring-of-three-hundred": ("redirect_loop", "11 redirects"),
        "ring-of-one-page": ("redirect_loop",),
        "refresh-to-metadata-host": ("blocked_address",),
        "refresh-to-a-file": ("record",),
        "redirect-without-a-target": ("bad_response", "without Location"),
        "redirect-to-missing-name": ("connection", "not found"),
        "redirect-to-hanging-name": ("robots", "timeout"),
    }
    assert run.differs(expected) == {}
    assert run.hosts.asked.total() < 500
