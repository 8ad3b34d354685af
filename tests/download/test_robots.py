"""robots.txt by RFC 9309: what its text allows, what its answers mean, and how long a copy holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from email.utils import formatdate

import pytest
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadTimeoutError

from newscrawl.download.failures import Refused
from newscrawl.download.robots import FRESH, KEPT, RETRY, Answer, RobotsFiles
from newscrawl.download.robots_rules import ROBOTS_BYTES, Robots, decode, parse
from newscrawl.items import MemoryNotes
from newscrawl.rejections import BlockedAddress, ConnectionFailed, HttpStatus, Rejection, RobotsForbidden, Timeout

SITE = "https://example.com"
START = 1_800_000_000.0


def allows(text: str, path: str, agent: str = "newscrawl") -> bool:
    return Robots(parse(text, agent)).refusal(SITE + path) is None


def group(*rules: str, agent: str = "newscrawl") -> str:
    return "\n".join([f"User-agent: {agent}", *rules])


@pytest.mark.parametrize(
    ("text", "agent", "allowed"),
    [
        # RFC 9309 §2.2.1: the group that names the product token, letter case aside; else the group for all; else everything is allowed.
        ("User-agent: *\nDisallow: /\n\nUser-agent: newscrawl\nDisallow: /private", "newscrawl", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: NewsCrawl\nDisallow: /private", "newscrawl", True),
        ("User-agent: newscrawl\nDisallow: /", "NEWSCRAWL", False),
        ("User-agent: *\nDisallow: /", "newscrawl", False),
        ("User-agent: other\nDisallow: /", "newscrawl", True),
        ("", "newscrawl", True),
        # ... "The crawler's product token": not a part of it, nor a longer one that begins with it.
        ("User-agent: news\nDisallow: /", "newscrawl", True),
        ("User-agent: newscrawler\nDisallow: /", "newscrawl", True),
        ("User-agent: newscrawl-images\nDisallow: /", "newscrawl", True),
        ("User-agent: crawl\nDisallow: /", "newscrawl", True),
        ("User-agent: newscrawl/1.0\nDisallow: /", "newscrawl", False),
        ("User-agent: newscrawl 1.0\nDisallow: /", "newscrawl", False),
        ("User-agent: newscrawl\nDisallow: /", "newscrawl/2.0 (+https://example.com)", False),
        # ... two groups for one token are one group: the RFC's example, and the same for all agents.
        (
            "user-agent: ExampleBot\ndisallow: /foo\ndisallow: /bar\n\nuser-agent: ExampleBot\ndisallow: /news",
            "ExampleBot",
            False,
        ),
        ("user-agent: ExampleBot\ndisallow: /news\n\nuser-agent: ExampleBot\ndisallow: /baz", "ExampleBot", False),
        (
            "user-agent: *\ndisallow: /foo\n\nuser-agent: x\ndisallow: /\n\nuser-agent: *\ndisallow: /news",
            "ExampleBot",
            False,
        ),
        # ... its own group alone counts: what is said to all is not added.
        ("user-agent: *\ndisallow: /news\n\nuser-agent: ExampleBot\ndisallow: /foo", "ExampleBot", True),
        # ... several agents share a group.
        ("User-agent: other\nUser-agent: newscrawl\nDisallow: /", "newscrawl", False),
        ("User-agent: newscrawl\nUser-agent: other\nDisallow: /", "newscrawl", False),
        ("User-agent: newscrawl\n\n\nUser-agent: other\nDisallow: /", "newscrawl", False),
        # A group without rules, and one whose rule is empty, allow everything.
        ("User-agent: newscrawl\n\nUser-agent: *\nDisallow: /", "newscrawl", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: newscrawl", "newscrawl", True),
        ("User-agent: newscrawl\nDisallow:\n\nUser-agent: *\nDisallow: /", "newscrawl", True),
        # Rules before any group say nothing.
        ("Disallow: /\nUser-agent: other\nDisallow: /", "newscrawl", True),
        # An agent may be called "* something", not "*something".
        ("User-agent: * all\nDisallow: /", "newscrawl", False),
        ("User-agent: *newscrawl\nDisallow: /", "newscrawl", True),
        # §2.2.4: other records and unknown lines do not divide a group.
        ("User-agent: newscrawl\nsomething: new\nUser-agent: other\nDisallow: /", "newscrawl", False),
        (
            "User-agent: newscrawl\nSitemap: https://example.com/s.xml\nUser-agent: other\nDisallow: /",
            "newscrawl",
            False,
        ),
        ("User-agent: newscrawl\nSitemap: https://example.com/s.xml\nDisallow: /", "newscrawl", False),
        ("User-agent: newscrawl\nDisallow: /x\nunknown: y\nDisallow: /news", "newscrawl", False),
        # A delay is a rule of its group, so that the next agent begins another one.
        ("User-agent: newscrawl\nCrawl-delay: 5\n\nUser-agent: other\nDisallow: /", "newscrawl", True),
    ],
)
def test_groups(text: str, agent: str, allowed: bool) -> None:
    assert allows(text, "/news/1", agent) == allowed


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("user-agent : newscrawl # us\n disallow : /", False),
        ("USER-AGENT:newscrawl\r\nDISALLOW:/\r\n", False),
        ("user-agent: newscrawl\rdisallow: /\r", False),
        ("\tuser-agent:\tnewscrawl\t\n\tdisallow:\t/\t", False),
        ("user agent: newscrawl\ndissallow: /", False),
        ("useragent newscrawl\ndisallow /", False),
        ("user-agent: newscrawl\n# disallow: /", True),
        ("user-agent: newscrawl\ndisallow: /#news", False),
        ("user-agent: newscrawl\ndisallowed: /", True),
        ("user-agent: newscrawl\ndisallow: /news\u2028allow: /news", True),
        ("<html><body>welcome</body></html>", True),
        ("\x01\x02\x7f", True),
    ],
)
def test_lines(text: str, allowed: bool) -> None:
    assert allows(text, "/news/1") == allowed


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        # RFC 9309 §2.2.2: the longest match decides, allow at equal length, allow without a match, robots.txt itself is always allowed.
        (["Allow: /example/page/", "Disallow: /example/page/disallowed.gif"], "/example/page/", True),
        (["Allow: /example/page/", "Disallow: /example/page/disallowed.gif"], "/example/page/disallowed.gif", False),
        (["Disallow: /", "Allow: /news/"], "/news/1", True),
        (["Allow: /news/", "Disallow: /news/1"], "/news/1", False),
        (["Disallow: /news", "Allow: /news"], "/news/1", True),
        (["Allow: /news", "Disallow: /news"], "/news/1", True),
        (["Disallow: /foo"], "/news/1", True),
        (["Disallow: /"], "/robots.txt", True),
        (["Allow: /p", "Disallow: /"], "/page", True),
        (["Allow: /folder", "Disallow: /folder"], "/folder/page", True),
        (["Allow: /page", "Disallow: /*.htm"], "/page.htm", False),
        (["Allow: /page", "Disallow: /*.ph"], "/page.php5", True),
        (["Allow: /$", "Disallow: /"], "/", True),
        (["Allow: /$", "Disallow: /"], "/page.htm", False),
        # ... "match the first octet of the path", letter by letter.
        (["Disallow: /News"], "/news", True),
        (["Disallow: news"], "/news", True),
        (["Disallow: /fish"], "/fish.html", False),
        (["Disallow: /fish"], "/fishheads/yummy.html", False),
        (["Disallow: /fish"], "/catfish", True),
        (["Disallow: /fish/"], "/fish", True),
        (["Disallow: /fish/"], "/fish/?id=anything", False),
        # ... the table of encodings: rule and path are compared with one spelling of escapes.
        (["Disallow: /foo/bar?baz=quz"], "/foo/bar?baz=quz", False),
        (["Disallow: /foo/bar?baz=http://foo.bar"], "/foo/bar?baz=http%3A%2F%2Ffoo.bar", False),
        (["Disallow: /foo/bar?baz=http%3A%2F%2Ffoo.bar"], "/foo/bar?baz=http://foo.bar", False),
        (["Disallow: /*baz=http%3A%2F%2Ffoo.bar"], "/foo/bar?baz=http%3A%2F%2Ffoo.bar", False),
        (["Disallow: /foo/bar/ツ"], "/foo/bar/%E3%83%84", False),
        (["Disallow: /foo/bar/%E3%83%84"], "/foo/bar/%E3%83%84", False),
        (["Disallow: /foo/bar/%e3%83%84"], "/foo/bar/%E3%83%84", False),
        (["Disallow: /foo/bar/%62%61%7A"], "/foo/bar/baz", False),
        (["Disallow: /a%3cd.html"], "/a%3Cd.html", False),
        (["Disallow: /a%2fb.html"], "/a/b.html", True),
        (["Disallow: /a%2fb.html"], "/a%2Fb.html", False),
        (["Disallow: /%7Ejoe/index.html"], "/~joe/index.html", False),
        # §2.2.3: "#" ends a line, "$" anchors the end, "*" stands for anything; their literals are escaped.
        (["Allow: /this/path/exactly$", "Disallow: /this"], "/this/path/exactly", True),
        (["Allow: /this/path/exactly$", "Disallow: /this"], "/this/path/exactly/not", False),
        (["Disallow: /this/*/exactly"], "/this/path/is/exactly", False),
        (["Disallow: /path/file-with-a-%2A.html"], "/path/file-with-a-*.html", False),
        (["Disallow: /path/file-with-a-%2A.html"], "/path/file-with-a-star.html", True),
        (["Disallow: /path/foo-%24"], "/path/foo-$", False),
        (["Disallow: /path/foo-%24"], "/path/foo-", True),
        (["Disallow: /fish*"], "/fish.html", False),
        (["Disallow: /*.php$"], "/folder/filename.php", False),
        (["Disallow: /*.php$"], "/filename.php?parameters", True),
        (["Disallow: /*.php$"], "/filename.php5", True),
        (["Disallow: /fish*.php"], "/fishheads/catfish.php?parameters", False),
        (["Disallow: /fish*.php"], "/Fish.PHP", True),
        (["Disallow: *"], "/anything", False),
        (["Disallow: /**/**/x"], "/a/b/x", False),
        (["Disallow: /*?id="], "/news/1?id=2", False),
        (["Disallow: /foo/bar$"], "/foo/bar?x", True),
        (["Disallow: /*?$"], "/foo?", False),
        # §5.1, the simple example's groups.
        (["Disallow: *.gif$", "Disallow: /example/", "Allow: /publications/"], "/a/picture.gif", False),
        (["Disallow: *.gif$", "Disallow: /example/", "Allow: /publications/"], "/example/1", False),
        (["Disallow: *.gif$", "Disallow: /example/", "Allow: /publications/"], "/publications/1", True),
    ],
)
def test_rules(rules: list[str], path: str, allowed: bool) -> None:
    assert allows(group(*rules), path) == allowed


def test_the_simple_example_of_the_rfc() -> None:
    text = """\
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
"""
    wanted = {
        "anybot": {"/x.gif": False, "/example/1": False, "/publications/1": True, "/": True},
        "foobot": {"/": False, "/example/page.html": True, "/example/allowed.gif": True, "/publications/": False},
        "barbot": {"/example/page.html": False, "/example/allowed.gif": True, "/x.gif": True},
        "bazbot": {"/example/page.html": False, "/x.gif": True},
        "quxbot": {"/example/page.html": True, "/x.gif": True},
    }
    assert {agent: {path: allows(text, path, agent) for path in paths} for agent, paths in wanted.items()} == wanted


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        (["Crawl-delay: 2.5"], 2.5),
        (["crawl-delay: 86400"], 86400),
        (["Crawl-delay: nan"], None),
        (["Crawl-delay: inf"], None),
        (["Crawl-delay: -1"], None),
        (["Crawl-delay: soon"], None),
        (["Crawl-delay:"], None),
        (["Crawl-delay: 1e400"], None),
        (["Request-rate: 1/10"], 10),
        (["Request-rate: 2/1m"], 30),
        (["Request-rate: 0/5"], None),
        (["Request-rate: x"], None),
        (["Crawl-delay: 1", "Request-rate: 1/5 0600-0845"], 5),
        (["Crawl-delay: 4", "Crawl-delay: 2"], 4),
        (["Allow: /"], None),
    ],
)
def test_crawl_delay(lines: list[str], seconds: float | None) -> None:
    assert parse(group(*lines), "newscrawl").delay == seconds
    assert parse(group(*lines, agent="other"), "newscrawl").delay is None


def test_sitemaps_belong_to_no_group() -> None:
    text = "Sitemap: https://example.com/a.xml\nUser-agent: other\nDisallow: /\nsite-map: https://example.com/b.xml\nSitemap https://example.com/c.xml\nSitemap:"
    assert parse(text, "newscrawl").sitemaps == [f"https://example.com/{name}.xml" for name in "abc"]


@pytest.mark.parametrize(
    ("rules", "all_"),
    [
        (["Disallow: /"], True),
        (["Disallow: /*"], True),
        (["Disallow: /", "Allow: /news/"], False),
        (["Disallow: /news/"], False),
        (["Disallow:"], False),
    ],
)
def test_forbidding_everything(rules: list[str], all_: bool) -> None:
    assert Robots(parse(group(*rules), "newscrawl")).forbids_all == all_


RULES = "User-agent: newscrawl\nDisallow: /news\n"


@pytest.mark.parametrize(
    "body",
    [
        RULES.encode(),
        b"\xef\xbb\xbf" + RULES.encode(),
        RULES.encode("utf-16"),
        b"\xfe\xff" + RULES.encode("utf-16-be"),
        RULES.replace("\n", "\0\n").encode(),
        RULES.encode("utf-16-le"),
        RULES.encode() + b"Disallow: /\xff\xfe\n",
    ],
    ids=["utf-8", "mark", "utf-16", "utf-16-be", "nul", "utf-16 without its mark", "broken bytes"],
)
def test_encodings(body: bytes) -> None:
    assert not allows(decode(body), "/news/1")


def test_a_rule_in_another_encoding_meets_its_url() -> None:
    assert not allows(decode("User-agent: *\nDisallow: /新闻".encode("gbk")), "/%D0%C2%CE%C5")


def test_what_is_beyond_the_limit_does_not_count() -> None:
    filler = b"# " + b"x" * 997 + b"\n"
    beyond = b"User-agent: *\nDisallow: /a\n" + filler * 520 + b"Disallow: /b\n"
    assert (allows(decode(beyond), "/a"), allows(decode(beyond), "/b")) == (False, True)
    head = b"User-agent: *\nDisallow: /a\n# "
    cut = head + b"x" * (ROBOTS_BYTES - len(head) - len(b"\nDisallow: /")) + b"\nDisallow: /bcd\n"
    assert (allows(decode(cut), "/a"), allows(decode(cut), "/x")) == (False, True), "half a rule is none"


@pytest.mark.parametrize(
    "hostile",
    [
        "User-agent: *\n" + "".join(f"Disallow: /*{number}*a*b*c$\n" for number in range(22_000)),
        "".join(f"User-agent: {'abcdefghij'[number % 10]}{'x' * (number // 10 % 40)}\n" for number in range(12_000))
        + "Disallow: /a\n" * 15_000,
        "User-agent: *\nDisallow: /" + "*a" * 240_000,
        " " * ROBOTS_BYTES,
        "user-agent" + " " * ROBOTS_BYTES + "x",
        "user" * 100_000,
        "crawl " * 80_000,
    ],
    ids=["stars", "agents times rules", "one pattern", "spaces", "spaces within", "no line", "words"],
)
def test_hostile_files_cost_bounded_time(hostile: str) -> None:
    began = time.monotonic()
    Robots(parse(hostile, "newscrawl")).refusal(SITE + "/news/" + "aab" * 600)
    assert time.monotonic() - began < 30


class Server:
    """Answers for RobotsFiles, by URL, in turn, the last one for ever; a clock that moves only when told."""

    def __init__(self, **answers: list[Answer | BaseException]) -> None:
        self.answers = {
            f"https://{name.replace('_', '.')}/robots.txt": list(several) for name, several in answers.items()
        }
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.wall = START
        self.notes = MemoryNotes()
        self.told: list[str] = []
        self.files = self.next_run()

    def next_run(self) -> RobotsFiles:
        self.files = RobotsFiles("newscrawl", clock=lambda: self.wall - START, wall=lambda: self.wall)
        return self.files

    async def ask(self, url: str, headers: dict[str, str]) -> Answer:
        self.asked.append(url)
        self.headers.append(headers)
        answers = self.answers.get(url, [Answer(404)])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def refusal(self, url: str = SITE + "/news/1") -> Refused | None:
        async def look() -> Refused | None:
            return (await self.files.of(url, self.ask, self.notes, self.told.append)).refusal(url)

        return asyncio.run(look())

    def allows(self, url: str = SITE + "/news/1") -> bool:
        return self.refusal(url) is None


def text(body: str | bytes, **headers: str) -> Answer:
    return Answer(
        200,
        {name.replace("_", "-"): value for name, value in headers.items()},
        body.encode() if isinstance(body, str) else body,
    )


def to(target: str, status: int = 302) -> Answer:
    return Answer(status, {"location": target}, b"User-agent: *\nDisallow: /")


FORBID = text("User-agent: *\nDisallow: /news")
ALLOW = text("User-agent: *\nDisallow: /private")


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (200, False),
        (201, False),
        (204, True),
        (304, True),
        (400, True),
        (401, True),
        (403, True),
        (404, True),
        (410, True),
        (418, True),
        (451, True),
        (429, False),
        (500, False),
        (502, False),
        (503, False),
        (504, False),
        (599, False),
        (300, True),
        (301, True),
    ],
)
def test_statuses(status: int, allowed: bool) -> None:
    """A body counts with 2xx only: a 404 that forbids allows, a 500 that allows forbids."""
    body = b"User-agent: *\nDisallow: /news" if status < 500 and status != 204 else b"User-agent: *\nAllow: /"
    server = Server(example_com=[Answer(status, {}, body)])
    refused = server.refusal()
    assert (refused is None) == allowed
    if refused is not None:
        assert refused.kind is RobotsForbidden
        assert refused.transient == (status == 429 or status >= 500)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DownloadTimeoutError("slow"), RobotsForbidden),
        (DownloadConnectionRefusedError("no"), ConnectionFailed),
        (Refused(BlockedAddress, "10.0.0.1"), BlockedAddress),
    ],
)
def test_a_host_without_an_answer_is_left_alone_with_the_true_reason(error: Exception, kind: type[Rejection]) -> None:
    refused = Server(example_com=[error]).refusal()
    assert refused is not None
    assert refused.kind is kind
    assert refused.transient == (kind is not BlockedAddress)


def test_two_tries_and_the_first_ones_reason() -> None:
    mended = Server(example_com=[Answer(503), FORBID])
    assert not mended.allows()
    assert len(mended.asked) == 2
    assert mended.told == []
    broken = Server(example_com=[Answer(503), DownloadTimeoutError("slow")])
    assert "http_503" in str(broken.refusal())
    assert (len(broken.asked), broken.told) == (2, ["robots_unreachable"])


def test_a_host_is_asked_once_and_all_wait_for_that() -> None:
    server = Server(example_com=[FORBID])

    async def many() -> list[bool]:
        found = await asyncio.gather(
            *(server.files.of(f"{SITE}/news/{number}", server.ask, server.notes) for number in range(20))
        )
        return [robots.refusal(SITE + "/news/1") is None for robots in found]

    assert asyncio.run(many()) == [False] * 20
    assert server.asked == [SITE + "/robots.txt"]


def test_scheme_name_and_port_are_three_hosts() -> None:
    server = Server(**{"example_com": [FORBID], "example_com:8443": [ALLOW], "www_example_com": [ALLOW]})
    assert [
        server.allows(f"https://{place}/news/1")
        for place in ("example.com", "example.com:443", "EXAMPLE.com", "example.com:8443", "www.example.com")
    ] == [False, False, False, True, True]
    assert server.allows("http://example.com/news/1")
    assert server.asked == [
        f"{place}/robots.txt" for place in (SITE, SITE + ":8443", "https://www.example.com", "http://example.com")
    ]


def test_five_redirects_are_followed_also_to_other_hosts() -> None:
    ring = {f"h{number}_com": [to(f"https://h{number + 1}.com/robots.txt")] for number in range(1, 6)}
    five = Server(example_com=[to("https://h2.com/robots.txt")], **ring, h6_com=[FORBID])
    assert not five.allows()
    assert five.allows("https://h6.com/other")
    six = Server(example_com=[to("https://h1.com/robots.txt")], **ring, h6_com=[FORBID])
    assert six.allows(), "more count as a file that is not there"
    assert len(six.asked) == 6
    assert Server(example_com=[to(SITE + "/robots.txt")]).allows(), "a ring"


def test_rules_behind_a_redirect_are_the_first_hosts() -> None:
    server = Server(example_com=[to("//other.com/robots.txt", 301)], other_com=[FORBID])
    assert not server.allows()
    server.answers["https://other.com/robots.txt"] = [ALLOW]
    assert server.allows("https://other.com/news/1"), "asked for itself"


@pytest.mark.parametrize(
    "target",
    [
        "ftp://example.com/robots.txt",
        "file:///etc/passwd",
        "data:text/plain,x",
        "https://user:word@example.com/",
        "https://[::1",
    ],
)
def test_a_redirect_to_what_is_never_asked_finds_no_file(target: str) -> None:
    server = Server(example_com=[to(target)])
    assert server.allows()
    assert server.asked == [SITE + "/robots.txt"]


def test_trouble_behind_a_redirect_is_told_as_robots() -> None:
    refused = Server(example_com=[to("https://inner.com/\x1b[31m")], inner_com=[Answer(404)]).refusal()
    assert refused is None, "404 there"
    server = Server(
        example_com=[to("https://inner.com/robots.txt")],
        inner_com=[Refused(BlockedAddress, "inner.com (10.0.0.1) is no public address")],
    )
    refused = server.refusal()
    assert refused is not None
    assert (refused.kind, refused.transient) == (RobotsForbidden, True)
    assert "10.0.0.1" in (refused.detail or "")
    assert "http_500" in str(
        Server(example_com=[to("https://inner.com/robots.txt")], inner_com=[Answer(500)]).refusal()
    )


def test_a_copy_is_kept_between_runs_and_confirmed_when_old() -> None:
    modified = formatdate(START, usegmt=True)
    server = Server(
        example_com=[text(FORBID.body, etag='"a"', last_modified=modified), Answer(304), Answer(304), ALLOW]
    )
    server.answers["https://example.com/robots.txt"][0] = Answer(
        200, {"etag": '"a"', "last-modified": modified}, FORBID.body
    )
    assert not server.allows()
    server.wall += FRESH - 1
    server.next_run()
    assert not server.allows()
    assert len(server.asked) == 1
    server.wall += 2
    server.next_run()
    assert not server.allows(), "304: the copy holds"
    assert server.headers[-1] == {"If-None-Match": '"a"', "If-Modified-Since": modified}
    server.wall += FRESH - 1
    server.next_run()
    assert not server.allows()
    assert len(server.asked) == 2, "confirmed, it is fresh again"
    server.wall += 3 * KEPT
    server.next_run()
    assert not server.allows()
    server.wall += FRESH
    server.next_run()
    assert server.allows()
    assert server.told == ["robots_changed"]


def test_a_long_run_asks_again() -> None:
    server = Server(example_com=[FORBID, ALLOW])
    assert not server.allows()
    server.wall += FRESH + 1
    assert server.allows()


def test_an_unreachable_host_uses_the_copy_of_a_day_and_then_nothing() -> None:
    server = Server(example_com=[ALLOW, Answer(503)])
    assert server.allows()
    server.wall += FRESH + 1
    server.next_run()
    assert server.allows()
    assert server.told == ["robots_stale"]
    server.wall = START + KEPT + 1
    server.next_run()
    assert not server.allows()
    assert not server.allows()
    assert len(server.asked) == 5, "two tries a run; what could not be asked is remembered only within one"
    server.answers["https://example.com/robots.txt"] = [ALLOW]
    assert not server.allows()
    server.wall += RETRY
    assert server.allows(), "it is back"


def test_a_refusal_is_not_remembered_for_the_next_run() -> None:
    server = Server(example_com=[Answer(500), Answer(500), ALLOW])
    assert not server.allows()
    server.next_run()
    assert server.allows()


def test_a_clock_that_was_set_back_makes_no_copy_eternal() -> None:
    server = Server(example_com=[FORBID, ALLOW])
    assert not server.allows()
    server.wall -= 10 * 365 * KEPT
    server.next_run()
    assert server.allows()


@pytest.mark.parametrize(
    "note",
    [
        None,
        3,
        {},
        {"at": "x"},
        {"at": START, "status": 200, "rules": {"rules": [[1, 2]]}, "agent": "newscrawl", "sha": ""},
    ],
)
def test_a_note_that_cannot_be_read_is_none(note: object) -> None:
    server = Server(example_com=[FORBID])
    server.notes.remember("robots", "https://example.com:443", note)
    assert not server.allows()
    assert len(server.asked) == 1


def test_another_product_token_asks_anew() -> None:
    server = Server(example_com=[text("User-agent: newscrawl\nDisallow: /")])
    assert not server.allows()
    server.files = RobotsFiles("other", wall=lambda: server.wall)
    assert server.allows()


@pytest.mark.parametrize(
    ("answer", "allowed", "kinds"),
    [
        (Answer(403), True, ["robots_forbidden_file"]),
        (Answer(401), True, ["robots_forbidden_file"]),
        (text("<!DOCTYPE html>\n<title>Welcome</title>"), True, ["robots_html"]),
        (text("  <HTML>\nUser-agent: *\nDisallow: /news"), False, ["robots_html"]),
        (text("User-agent: *\nDisallow: /"), False, ["robots_forbids_all"]),
        (Answer(404), True, []),
    ],
)
def test_what_the_report_tells(answer: Answer, allowed: bool, kinds: list[str]) -> None:
    server = Server(example_com=[answer])
    assert server.allows() == allowed
    assert server.told == kinds == [event["kind"] for event in server.files.events]
    assert all(event["host"] == "example.com" for event in server.files.events)


def test_a_change_that_forbids_everything_is_told_in_each_run() -> None:
    server = Server(example_com=[ALLOW, text("User-agent: *\nDisallow: /")])
    server.allows()
    server.wall += FRESH
    server.next_run()
    server.allows()
    assert server.told == ["robots_changed", "robots_forbids_all"]
    server.next_run()
    server.allows()
    assert server.told[2:] == ["robots_forbids_all"]


def test_a_failure_of_the_notes_is_not_the_hosts_for_ever() -> None:
    server = Server(example_com=[ALLOW])
    remember = server.notes.remember
    server.notes.remember = None  # type: ignore[assignment]
    with pytest.raises(TypeError):
        server.allows()
    server.notes.remember = remember  # type: ignore[method-assign]
    assert server.allows()


def test_relative_sitemaps_are_found() -> None:
    server = Server(
        example_com=[text("Sitemap: /news.xml\nSitemap: javascript:alert(1)\nSitemap: https://other.com/s.xml")]
    )
    robots = asyncio.run(server.files.of(SITE, server.ask, server.notes))
    assert robots.sitemaps == ["https://example.com/news.xml", "https://other.com/s.xml"]


def test_only_the_asking_failed() -> None:
    refused = Robots(unreachable=Timeout(detail="no whole answer in time")).refusal(SITE)
    status = Robots(unreachable=HttpStatus(status=503)).refusal(SITE)
    assert refused is not None
    assert status is not None
    assert (refused.detail, status.detail) == (
        "robots.txt could not be asked: timeout (no whole answer in time)",
        "robots.txt could not be asked: http_503",
    )
