"""The address guard: no request leaves for an address that is not public, unless it is named in ``PRIVATE_HOSTS``.

The check sits where names become addresses, in the resolver of the download handler, through which literals go too: the address
that was checked is the address that is connected, on every redirect and retry, so a second resolution cannot differ. Only the
handler that asks has this resolver; a plain spider in the same process keeps Scrapy's. It is our own because
Scrapy has no such guard, and libraries that look a name up before the request (such as ``advocate``) are made for blocking clients.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import unicodedata
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from scrapy.utils.datatypes import LocalCache
from twisted.internet.address import IPv4Address as TCP4Address
from twisted.internet.address import IPv6Address as TCP6Address
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IReactorPluggableNameResolver
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]

# Not public, though ipaddress of Python 3.11 says `is_global` of some of them (measured).
_DENIED = tuple(ip_network(text) for text in ("100.64.0.0/10", "192.88.99.0/24", "fec0::/10", "3fff::/20", "5f00::/16"))
_NAT64 = ip_network("64:ff9b::/96")


class BlockedAddressError(DNSLookupError):
    """A host resolves to an address that may not be asked.

    A kind of DNS failure, because Twisted logs any other exception of a resolver with a traceback.
    """


def is_public(text: str) -> bool:
    """Returns whether an IP address is one of the open Internet; addresses wrapped in IPv6 forms are unwrapped."""
    try:
        address = ip_address(text.split("%", 1)[0])
    except ValueError:
        return False
    inner = _wrapped(address)
    if inner is not None:
        return is_public(str(inner))
    if any(address in network for network in _DENIED if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _wrapped(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def unusable(private: Iterable[str]) -> str | None:
    """Returns the first entry of ``PRIVATE_HOSTS`` that is meant as a network and is none, as it was given; None when all can be used."""
    return next((name for name in private if "/" in name and _network(_bare(name)) is None), None)


class AddressGuard:
    """Decides on a host and its address; ``private`` are the hosts, addresses and networks that may be private."""

    def __init__(self, private: Iterable[str] = ()) -> None:
        names = {_bare(name) for name in private if name.strip()}
        self._names = names
        self._networks = [network for name in names if (network := _network(name)) is not None]

    def allows(self, name: str, address: str) -> bool:
        """Returns whether a connection to ``address``, found for the host ``name``, may be made."""
        if is_public(address) or _bare(name) in self._names:
            return True
        found = _network(address)
        return found is not None and any(
            found.version == known.version and found.subnet_of(known) for known in self._networks
        )

    def refused_literal(self, name: str) -> str | None:
        """Returns the address that a host name spells out, in any spelling that resolvers take, if it may not be asked; else None."""
        bare = _bare(name)
        address = "127.0.0.1" if bare == "localhost" or bare.endswith(".localhost") else _literal(bare)
        return address if address and not self.allows(name, address) else None


def not_public(name: str, address: str) -> str:
    """Returns the refusal in words, with what to do."""
    place = address if name == address else f"{name} ({address})"
    return f"{place} is no public address; PRIVATE_HOSTS={name} would allow it"


def _literal(name: str) -> str | None:
    """Reads what ``inet_aton`` of the C library reads: ``127.1``, ``2130706433``, ``0x7f000001`` and ``0177.0.0.1`` are 127.0.0.1."""
    try:
        return str(ip_address(name))
    except ValueError:
        pass  # not in the usual spelling
    try:
        return socket.inet_ntoa(socket.inet_aton(name)) if re.fullmatch(r"[0-9a-fx.]+", name, re.I) else None
    except OSError:
        return None


def _bare(name: str) -> str:
    """Returns the name without brackets and port, and in the letters that IDNA makes of it (full-width digits, ideographic full stops)."""
    name = unicodedata.normalize("NFKC", name.strip()).replace("\u3002", ".").lower()
    if name.count(":") == 1:
        name = name.partition(":")[0]
    return name.strip("[]")


def _network(text: str) -> Any:
    try:
        return ip_network(text.split("%", 1)[0], strict=False)
    except ValueError:
        return None


_refused: LocalCache[str, str] = LocalCache(10_000)


def refused_address(name: str) -> str | None:
    """Returns the address for which the guard last refused a host in this process: Twisted's own error no longer says."""
    found: str | None = _refused.get(_bare(name))
    return found


def resolve(name: str) -> str | None:
    """Returns a host's first address by the system's resolver, IPv6 where it has no other; None where it has none. Blocks."""
    try:
        return socket.gethostbyname(name)
    except (OSError, ValueError):  # ValueError: no host can have such a name
        pass
    try:
        address: str = socket.getaddrinfo(name, None, socket.AF_INET6, socket.SOCK_STREAM)[0][4][0]  # type: ignore[assignment]
        return address
    except (OSError, ValueError):
        return None


_addresses: LocalCache[str, str] = LocalCache(10_000)
"""What was looked up in this process; each use is checked anew."""


@implementer(IHostResolution)
class _Resolution:
    """One lookup of Twisted's, which is never cancelled: the time limit ends it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Does nothing."""


@implementer(IHostnameResolver)
class GuardedResolver:
    """Looks hosts up behind the guard, within ``seconds``. IPv4 first, IPv6 for hosts that have no other."""

    def __init__(self, reactor: Any, guard: AddressGuard, seconds: float) -> None:
        self._reactor = reactor
        self._guard = guard
        self._seconds = seconds

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Any = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Tells the receiver the host's address; none where it has none or the guard refuses it."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def resolved(address: str) -> None:
            kind = TCP6Address if ":" in address else TCP4Address
            resolutionReceiver.addressResolved(kind("TCP", address, portNumber))

        def complete(_: Any) -> None:
            resolutionReceiver.resolutionComplete()

        self.address(hostName).addCallbacks(resolved, lambda _: None).addBoth(complete)
        return resolution

    def address(self, name: str) -> Deferred[str]:
        """The host's address. Fails with :class:`BlockedAddressError` where the guard refuses it, else with DNSLookupError."""
        found: Deferred[str] = Deferred()
        if name in _addresses:
            found.callback(_addresses[name])
        else:
            late = self._reactor.callLater(self._seconds, self._end, found, name, None)
            # Not a thread of the reactor's pool: that one is waited for when the run ends, and a dead name server takes a minute.
            threading.Thread(target=self._look_up, args=(found, late, name), daemon=True).start()
        return found.addCallback(self._checked, name)

    def _look_up(self, found: Deferred[str], late: Any, name: str) -> None:
        address = resolve(name)
        with contextlib.suppress(RuntimeError):  # the run has ended in the meantime
            self._reactor.callFromThread(self._end, found, name, address, late)

    def _end(self, found: Deferred[str], name: str, address: str | None, late: Any = None) -> None:
        if late is not None and late.active():
            late.cancel()
        if found.called:
            return
        if address is None:
            found.errback(DNSLookupError(f"{name} not found"))
        else:
            _addresses[name] = address
            found.callback(address)

    def _checked(self, address: str, name: str) -> str | Failure:
        if self._guard.allows(name, address):
            return address
        _refused[_bare(name)] = address
        return Failure(BlockedAddressError(f"{name} resolves to {address}, which is not public"))  # type: ignore[no-untyped-call]


@implementer(IReactorPluggableNameResolver)
class GuardedReactor:
    """Twisted's reactor, but for the names of the hosts that are connected: those go through the guard."""

    def __init__(self, reactor: Any, guard: AddressGuard, seconds: float) -> None:
        self._reactor = reactor
        self.nameResolver = GuardedResolver(reactor, guard, seconds)

    def installNameResolver(self, resolver: Any) -> Any:  # noqa: N802 - Twisted's name
        """Refused: the guard stays."""
        raise NotImplementedError("the address guard is not replaced")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)
