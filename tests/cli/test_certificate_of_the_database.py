"""Whom the database's certificate is trusted for, and what an operator is told where it is not: never a password."""

import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.cli.in_main import run

ME = "postgresql://me:hunter2@127.0.0.1"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("sslmode=verify-full", 'root certificate file "HOME/.postgresql/root.crt" does not exist'),
        ("sslmode=verify-full&sslrootcert=system", "the file sslrootcert=system cannot be used: No such file"),
        ("sslmode=verify-full&sslrootcert=HOME/nowhere", "the file sslrootcert=HOME/nowhere cannot be used: No such"),
        ("sslmode=verify-full&sslrootcert=HOME/text", "the file sslrootcert=HOME/text cannot be used: it holds no"),
        ("sslmode=verified", "`sslmode` parameter must be one of: disable, "),
    ],
)
def test_a_file_or_a_mode_that_makes_no_sense_is_named(monkeypatch, capsys, tmp_path, options, said):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "text").write_text("no certificate\n")
    url = f"{ME}:9/x?{options.replace('HOME', str(tmp_path))}"
    assert run(monkeypatch, "migrate", "--status", DATABASE_URL=url) == 1
    err = capsys.readouterr().err
    assert f"FLAKEGUARD_DATABASE_URL: {said.replace('HOME', str(tmp_path))}" in err
    assert err.count("\n") == 1
    assert "hunter2" not in err


def signed_by_itself(name):
    """Return a certificate with its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(subject_name=subject, issuer_name=subject, public_key=key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + private


@pytest.fixture
def strangers_port(tmp_path):
    """Something that takes up TLS as a PostgreSQL does, once, with a certificate of its own making."""
    file = tmp_path / "stranger.pem"
    file.write_bytes(signed_by_itself("stranger"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)

    def take_one():
        conn, _ = listening.accept()
        with conn, suppress(OSError):
            conn.recv(8)
            conn.sendall(b"S")
            context.wrap_socket(conn, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        taking = threading.Thread(target=take_one)
        taking.start()
        yield listening.getsockname()[1]
        taking.join(20)


def test_a_server_whose_certificate_another_authority_signed_is_not_asked_twice(
    monkeypatch, capsys, tmp_path, strangers_port
):
    (tmp_path / "ca.crt").write_bytes(signed_by_itself("our authority"))
    url = f"{ME}:{strangers_port}/x?sslmode=verify-full&sslrootcert={tmp_path}/ca.crt"
    assert run(monkeypatch, "migrate", "--status", DATABASE_URL=url) == 1
    assert capsys.readouterr().err.startswith("the database's certificate is not trusted: self")
