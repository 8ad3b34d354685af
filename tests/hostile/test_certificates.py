"""Certificates that do not hold are refused and named; one that holds is no obstacle."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.hostile.run import crawl
from tests.hostile.server import Answer, page, raw_bytes, silence
from tests.local_portal import article

DAY = timedelta(days=1)
Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def make(
    name: str, begin: datetime, end: datetime, *, signer: Pair | None = None, address: str = "", authority: bool = False
) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer[0].subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    names: list[x509.GeneralName] = [x509.IPAddress(ip_address(address))] if address else [x509.DNSName(name)]
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer[1] if signer else key, hashes.SHA256()), key


def context(folder: Path, name: str, pair: Pair) -> ssl.SSLContext:
    file = folder / f"{name}.pem"
    private = pair[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + pair[0].public_bytes(serialization.Encoding.PEM))
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(file)
    return found


def test_certificates(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = make("Authority of the test", now - 30 * DAY, now + 30 * DAY, authority=True)
    (tmp_path / "authority.pem").write_bytes(authority[0].public_bytes(serialization.Encoding.PEM))
    local = {"address": "127.0.0.1", "signer": authority}
    pairs = {
        "certificate-that-holds-well": make("good", now - DAY, now + DAY, **local),  # type: ignore[arg-type]
        "certificate-that-is-expired": make("expired", now - 9 * DAY, now - DAY, **local),  # type: ignore[arg-type]
        "certificate-of-the-future": make("future", now + DAY, now + 9 * DAY, **local),  # type: ignore[arg-type]
        "certificate-of-another-name": make("elsewhere.example", now - DAY, now + DAY, signer=authority),
        "certificate-of-another-address": make(
            "elsewhere.example", now - DAY, now + DAY, signer=authority, address="127.0.0.2"
        ),
        "certificate-signed-by-itself": make("self", now - DAY, now + DAY, address="127.0.0.1"),
        "certificate-of-unknown-authority": make(
            "unknown",
            now - DAY,
            now + DAY,
            address="127.0.0.1",
            signer=make("Another", now - DAY, now + DAY, authority=True),
        ),
    }
    tls = {name: context(tmp_path, name, pair) for name, pair in pairs.items()}
    cases: dict[str, Answer] = {name: page(article(number)) for number, name in enumerate(pairs, 40)}
    run = crawl(
        tmp_path,
        cases
        | {"plain-text-for-tls": raw_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "silence-instead-of-tls": silence},
        tls=tls,
        variables={"SSL_CERT_FILE": str(tmp_path / "authority.pem"), "SSL_CERT_DIR": str(tmp_path / "none")},
    )
    run.undisturbed()
    assert run.code == 0, run.log
    assert (
        run.differs(
            {
                "certificate-that-holds-well": ("record",),
                "certificate-that-is-expired": ("tls", "expired"),
                "certificate-of-the-future": ("tls", "not yet valid"),
                "certificate-of-another-name": ("tls", "another name"),
                "certificate-of-another-address": ("tls", "another name"),
                "certificate-signed-by-itself": ("tls", "self-signed"),
                "certificate-of-unknown-authority": ("tls", "unknown issuer"),
            }
        )
        == {}
    )
    assert not any(
        run.hosts.asked[case, path] for case, path in run.hosts.asked if case in pairs and "holds-well" not in case
    )
