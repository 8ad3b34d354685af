"""Refuses the TLS certificates that Twisted refuses, but tells the reason in words, which Twisted's error does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from OpenSSL import SSL
from service_identity import VerificationError
from service_identity.exceptions import CertificateError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.python.failure import Failure
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from OpenSSL.crypto import X509

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_REASONS = {
    9: "is not yet valid (from {begin})",
    10: "has expired (on {end})",
    18: "is self-signed",
    19: "has a self-signed certificate in its chain",
    20: "has an unknown issuer",
    21: "has an unknown issuer, and the server sends no certificate of it",
    23: "is revoked",
}


class BadCertificate(Exception):
    """A certificate does not hold; the text says why."""


@implementer(IPolicyForHTTPS)
class NamingPolicy:
    """Wraps a policy that verifies certificates."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802 - Twisted's name
        """Returns what makes the connections to a host."""
        return _Creator(self._policy.creatorForNetloc(hostname, port))


@implementer(IOpenSSLClientConnectionCreator)
class _Creator:
    def __init__(self, creator: Any) -> None:
        self._creator = creator

    def clientConnectionForTLS(self, protocol: Any) -> SSL.Connection:  # noqa: N802 - Twisted's name
        connection: SSL.Connection = self._creator.clientConnectionForTLS(protocol)
        name: str = self._creator._hostnameASCII
        identity = DNS_ID(name) if self._creator._hostnameIsDnsName else IPAddress_ID(name)

        def verify(_: SSL.Connection, certificate: X509, error: int, depth: int, ok: int) -> bool:
            nonlocal protocol
            why = None if ok else _broken(certificate, error, depth)
            if ok and depth == 0:  # the chain's last: the server's own
                try:
                    verify_service_identity(extract_patterns(certificate), [identity], [])
                except (VerificationError, CertificateError):
                    why = f"the certificate is another name's than {name}"
            if why:
                protocol.failVerification(Failure(BadCertificate(why)))  # type: ignore[no-untyped-call]
            if why or depth == 0:
                protocol = None  # else connection and protocol keep each other
            return not why

        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)
        return connection


def _broken(certificate: X509, error: int, depth: int) -> str:
    begin, end = (_day(moment) for moment in (certificate.get_notBefore(), certificate.get_notAfter()))
    words = _REASONS.get(error, f"does not hold (OpenSSL's error {error})").format(begin=begin, end=end)
    return f"the certificate {words}" if depth == 0 else f"a certificate of the chain {words}"


def _day(moment: bytes | None) -> str:
    """Returns the day of an ASN.1 time."""
    digits = (moment or b"").decode("ascii", "replace")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"
