# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates of WinRM listeners, good ones and others. ansible-core brings the library that makes them."""

from __future__ import annotations

import ipaddress
import ssl
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(ca: bool) -> x509.KeyUsage:
    """Newer Pythons refuse a CA that does not say what it is for."""
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    more = {**dict.fromkeys(others, False), "encipher_only": False, "decipher_only": False}
    return x509.KeyUsage(digital_signature=True, key_cert_sign=ca, crl_sign=ca, **more)


class Authority:
    """A CA. ``file`` is its certificate, which a client that trusts it names."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _name(name)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._certificate(self._subject, self._key.public_key(), None, 365, ca=True))

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, address: str | None, days: int, *, ca: bool = False
    ) -> bytes:
        now = datetime.now(timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 400 * _DAY)
            .not_valid_after(now + days * _DAY)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(_usage(ca), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if address is not None:
            names = [x509.IPAddress(ipaddress.ip_address(address))] if address[0].isdigit() else [x509.DNSName(address)]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _context(self, name: str, key: ec.EllipticCurvePrivateKey, certificate: bytes) -> ssl.SSLContext:
        file = self._folder / f"{name}-listener.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def listener(self, name: str, *, address: str = "127.0.0.1", days: int = 30) -> ssl.SSLContext:
        """What a listener with a certificate of this CA speaks: for that address, valid for so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._context(name, key, self._certificate(_name(name), key.public_key(), address, days))

    def self_signed(self, name: str) -> ssl.SSLContext:
        """A listener with the CA's own key and name, such as Windows' quick set-up makes."""
        certificate = self._certificate(self._subject, self._key.public_key(), "127.0.0.1", 30)
        return self._context(name, self._key, certificate)


def only_old_tls(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same listener on a host that has only TLS 1.1 and older."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore"):  # that they are old
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context
