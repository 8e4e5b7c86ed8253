"""The certificate of the gate: made once, by openssl, and told to who joins by its fingerprint."""

from __future__ import annotations

import hashlib
import os
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

from tasks.contracts.errors import ProcessFailed
from tasks.contracts.membership import write_private

CERTIFICATE, KEY = "gate.pem", "gate.key"
DAYS = 3650
OPENSSL_TIMEOUT_S = 30.0
REQUEST = """\
[req]
distinguished_name = name
prompt = no
x509_extensions = extensions
[name]
CN = rookery
[extensions]
subjectAltName = DNS:rookery
basicConstraints = critical, CA:TRUE
keyUsage = critical, digitalSignature, keyCertSign
subjectKeyIdentifier = hash
"""


def can_be_made() -> bool:
    """Return whether this machine has what a certificate is made with."""
    return shutil.which("openssl") is not None


def ensure(folder: Path) -> tuple[Path, Path]:
    """Return certificate and key in `folder`, made at first use; the key is for its owner's eyes only.

    Raises:
        ProcessFailed: openssl did not make them.
    """
    certificate, key = folder / CERTIFICATE, folder / KEY
    if not (certificate.exists() and key.exists()):
        with tempfile.TemporaryDirectory(dir=folder) as name:  # made with mode 0700
            made = _make(Path(name))
            write_private(key, made[1].read_text("ascii"))
            write_private(certificate, made[0].read_text("ascii"))
    return certificate, key


def fingerprint(certificate: str) -> str:
    """Return the SHA-256 of a certificate in PEM, in hexadecimal."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()


def _make(folder: Path) -> tuple[Path, Path]:
    certificate, key, request = folder / CERTIFICATE, folder / KEY, folder / "request"
    request.write_text(REQUEST, "ascii")
    _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(key))
    _openssl(
        "req", "-x509", "-new", "-key", str(key), "-config", str(request), "-days", str(DAYS), "-out", str(certificate)
    )
    return certificate, key


def _openssl(*arguments: str) -> None:
    try:
        subprocess.run(
            ["openssl", *arguments],
            check=True,
            capture_output=True,
            timeout=OPENSSL_TIMEOUT_S,
            env={**os.environ, "OPENSSL_CONF": os.devnull},
        )
    except (OSError, subprocess.SubprocessError) as exc:
        said = getattr(exc, "stderr", b"") or b""
        raise ProcessFailed(
            f"openssl made no certificate: {said.decode(errors='replace').strip()[-300:] or exc}",
            next_step="see that `openssl version` runs, or listen in a private network without it",
        ) from exc
