"""Which addresses may be asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.error import DNSLookupError

from newscrawl.download.guard import AddressGuard, BlockedAddressError, GuardedResolver, is_public, unusable


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808"]
)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "3fff::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "",
        "example.com",
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "name",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "a.localhost",
        "[::1]",
        "169.254.169.254",
        "１２７.0.0.1",
        "127。0。0。1",
    ],
)
def test_spelled_out_addresses_are_recognised_without_a_resolver(name: str) -> None:
    assert AddressGuard().refused_literal(name)


@pytest.mark.parametrize("name", ["example.com", "8.8.8.8", "facade", "0xygen.com"])
def test_names_are_left_to_the_resolver(name: str) -> None:
    assert AddressGuard().refused_literal(name) is None


def test_only_what_is_named_may_be_private() -> None:
    guard = AddressGuard(["127.0.0.1:8000", "intranet.example.org", "10.2.0.0/16", "[fd00::1]"])
    assert guard.allows("127.0.0.1", "127.0.0.1")
    assert guard.allows("intranet.example.org", "192.168.3.4")
    assert guard.allows("any.example.com", "10.2.3.4")
    assert guard.allows("fd00::1", "fd00::1")
    assert not guard.allows("any.example.com", "10.3.3.4")
    assert not guard.allows("any.example.com", "192.168.3.4")
    assert not guard.allows("localhost", "127.0.0.2")


def test_a_network_that_is_none_is_named() -> None:
    assert unusable(["127.0.0.1:8000", "intranet.example.org", "10.2.0.1/16", " fd00::/8 ", "", "::1"]) is None
    for wrong in ("127.0.0.0/99", "10.0.0/8", "http://intranet.example.org/", "127.0.0.1/"):
        assert unusable(["10.0.0.0/8", wrong]) == wrong


class InlineReactor:
    """As much of a reactor as a resolver needs; timers never ring."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def callFromThread(self, call: Callable[..., Any], *arguments: Any) -> None:  # noqa: N802 - Twisted's names
        call(*arguments)
        self.over.set()

    def callLater(self, *_: Any) -> InlineReactor:  # noqa: N802
        return self

    def active(self) -> bool:
        """Of a timer."""
        return True

    def cancel(self) -> None:
        """Of a timer."""


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "found"),
    [
        ("93.184.216.34", "2606:2800:220:1::1", "93.184.216.34"),
        (None, "2606:2800:220:1::1", "2606:2800:220:1::1"),
        (None, "fd00::1", BlockedAddressError),
        (None, "::ffff:10.0.0.1", BlockedAddressError),
        ("10.0.0.1", "2606:2800:220:1::1", BlockedAddressError),
        (None, None, DNSLookupError),
    ],
)
def test_hosts_without_ipv4_are_asked_over_ipv6_behind_the_same_guard(
    monkeypatch: pytest.MonkeyPatch, ipv4: str | None, ipv6: str | None, found: str | type[Exception]
) -> None:
    def gethostbyname(_: str) -> str:
        if ipv4 is None:
            raise socket.gaierror
        return ipv4

    def getaddrinfo(*_: Any) -> list[Any]:
        if ipv6 is None:
            raise socket.gaierror
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (ipv6, 0, 0, 0))]

    monkeypatch.setattr(socket, "gethostbyname", gethostbyname)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    results: list[Any] = []
    reactor = InlineReactor()
    resolver = GuardedResolver(reactor, AddressGuard(), 1.0)
    resolver.address(f"{ipv4}.{ipv6}.example").addBoth(results.append)
    assert reactor.over.wait(10)
    assert results[0] == found if isinstance(found, str) else results[0].type is found
