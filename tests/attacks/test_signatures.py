"""Who does not know the secret gets nothing in, however the signature is dressed up."""

import base64
import gzip
import hashlib
import hmac
import zlib

import pytest

from app.web import webhook
from tests.attacks.conftest import SECRET, headers_of, sign

pytestmark = pytest.mark.attack("signatures")

BODY = b'{"zen": "Keep it logically awesome.", "hook_id": 1}'
RIGHT, OTHER = sign(BODY), sign(BODY, "another secret")
DIGEST = RIGHT.removeprefix("sha256=")
NAME = "X-Hub-Signature-256"
SHA1 = "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()

WRONG = {
    "no signature at all": [],
    "an empty one": [(NAME, "")],
    "its name and nothing": [(NAME, "sha256=")],
    "SHA-1 alone": [("X-Hub-Signature", SHA1)],
    "SHA-1 in the place of SHA-256": [(NAME, SHA1)],
    "a right SHA-1 beside a wrong SHA-256": [("X-Hub-Signature", SHA1), (NAME, OTHER)],
    "SHA-256 under the old name": [("X-Hub-Signature", RIGHT)],
    "the name in capitals": [(NAME, "SHA256=" + DIGEST)],
    "the digest in capitals": [(NAME, "sha256=" + DIGEST.upper())],
    "the digest without the name": [(NAME, DIGEST)],
    "the name twice": [(NAME, "sha256=" + RIGHT)],
    "one digit short": [(NAME, RIGHT[:-1])],
    "one digit more": [(NAME, RIGHT + "0")],
    "one digit of another": [(NAME, RIGHT[:-1] + ("0" if RIGHT[-1] != "0" else "1"))],
    "the first half": [(NAME, RIGHT[: 7 + 32])],
    "a blank within": [(NAME, "sha256= " + DIGEST)],
    "a tab within": [(NAME, f"sha256={DIGEST[:32]}\t{DIGEST[32:]}")],
    "quotes around": [(NAME, f'"{RIGHT}"')],
    "a wrong one and the right one in a list": [(NAME, f"{OTHER}, {RIGHT}")],
    "the right one twice in a list": [(NAME, f"{RIGHT},{RIGHT}")],
    "the wrong header before the right one": [(NAME, OTHER), (NAME, RIGHT)],
    "in base64": [(NAME, "sha256=" + base64.b64encode(bytes.fromhex(DIGEST)).decode())],
    "of another secret": [(NAME, OTHER)],
    "of an empty secret": [(NAME, sign(BODY, ""))],
    "of an empty body": [(NAME, sign(b""))],
    "of the body without its last byte": [(NAME, sign(BODY[:-1]))],
    "of the body and a line end": [(NAME, sign(BODY + b"\n"))],
    "of the same JSON with other blanks": [(NAME, sign(BODY.replace(b": ", b":")))],
    "of the GUID": [(NAME, sign(b"guid-1"))],
    "a hash without a key": [(NAME, "sha256=" + hashlib.sha256(BODY).hexdigest())],
    "a hash of secret and body": [(NAME, "sha256=" + hashlib.sha256(SECRET.encode() + BODY).hexdigest())],
    "SHA-512": [(NAME, "sha512=" + hmac.new(SECRET.encode(), BODY, hashlib.sha512).hexdigest())],
    "letters that are not ASCII": [(NAME, "sha256=" + "ä" * 64)],
    "digits of another script": [(NAME, "sha256=" + "٣" * 64)],
    "bytes that are no text": [(NAME, b"sha256=" + b"\xff" * 64)],
    "six thousand digits": [(NAME, "sha256=" + "0" * 6_000)],
    "nothing but the word none": [(NAME, "none")],
    "in a cookie": [("Cookie", f"{NAME}={RIGHT}")],
}


@pytest.mark.parametrize("signature", WRONG.values(), ids=WRONG)
async def test_a_wrong_signature_is_refused(door, signature):
    said = [(name, value) for name, value in headers_of(BODY).items() if name != NAME]
    status, text = await door.send(BODY, said + signature)
    assert status == 401
    assert DIGEST not in text


CHANGED = {
    "its first byte": b"[" + BODY[1:],
    "its last byte": BODY[:-1] + b"]",
    "one bit in its middle": BODY[:20] + bytes([BODY[20] ^ 1]) + BODY[21:],
    "a byte order mark before it": b"\xef\xbb\xbf" + BODY,
    "NUL behind it": BODY + b"\0",
    "a line end behind it": BODY + b"\n",
    "its blanks": BODY.replace(b" ", b""),
    "its length": BODY * 2,
    "everything": b"",
}


@pytest.mark.parametrize("body", CHANGED.values(), ids=CHANGED)
async def test_a_body_of_which_something_was_changed_is_refused(door, body):
    assert (await door.send(body, headers_of(BODY)))[0] == 401


async def test_what_is_signed_rightly_is_taken(door):
    assert (await door.send(BODY, headers_of(BODY)))[0] == 200


PACKED = {
    "gzip, signed as it was before": ("gzip", gzip.compress(BODY), RIGHT),
    "gzip, signed as it is": ("gzip", gzip.compress(BODY), sign(gzip.compress(BODY))),
    "deflate": ("deflate", zlib.compress(BODY), RIGHT),
    "in capitals": ("GZIP", gzip.compress(BODY), RIGHT),
    "twice": ("gzip, gzip", gzip.compress(gzip.compress(BODY)), RIGHT),
    "a way that nobody knows": ("rot13", BODY, RIGHT),
    "a bomb": ("gzip", gzip.compress(b"\0" * (50 << 20)), RIGHT),
}


@pytest.mark.parametrize(("encoding", "body", "signature"), PACKED.values(), ids=PACKED)
async def test_a_packed_body_is_refused_unread(door, encoding, body, signature):
    status, _ = await door.send(body, headers_of(BODY) | {NAME: signature, "Content-Encoding": encoding})
    assert status in (400, 415)


@pytest.mark.parametrize(
    "encodings", [("identity", "deflate"), ("deflate", "identity"), ("identity", "identity", "gzip")]
)
async def test_one_way_of_packing_does_not_hide_behind_another(door, encodings):
    said = [*headers_of(BODY).items(), *(("Content-Encoding", one) for one in encodings)]
    packed = gzip.compress(BODY) if "gzip" in encodings else zlib.compress(BODY)
    assert (await door.send(packed, said))[0] == 415


def in_chunks(body, size=7, end=b"0\r\n\r\n"):
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in pieces) + end


CHUNKED = {
    "whole": (in_chunks(BODY), RIGHT, 200),
    "signed wrongly": (in_chunks(BODY), OTHER, 401),
    "signed as it was sent": (in_chunks(BODY), sign(in_chunks(BODY)), 401),
    "cut short and ended": (in_chunks(BODY[:-7]), RIGHT, 401),
    "with the signature behind it": (in_chunks(BODY, end=f"0\r\n{NAME}: {RIGHT}\r\n\r\n".encode()), None, 401),
    "with a length that is none": (b"zz\r\n" + BODY + b"\r\n0\r\n\r\n", RIGHT, 400),
    "with a negative length": (b"-5\r\n" + BODY + b"\r\n0\r\n\r\n", RIGHT, 400),
}


@pytest.mark.parametrize(("body", "signature", "expected"), CHUNKED.values(), ids=CHUNKED)
async def test_a_body_in_chunks_is_held_to_its_signature(door, body, signature, expected):
    said = headers_of(BODY) | {"Transfer-Encoding": "chunked"}
    said = {name: value for name, value in (said | {NAME: signature}).items() if value is not None}
    assert (await door.send(body, said, length=False))[0] == expected


LYING = {
    "less than there is": ([("Content-Length", str(len(BODY) - 1))], 401),
    "nothing": ([("Content-Length", "0")], 401),
    "a negative one": ([("Content-Length", "-1")], 400),
    "a word": ([("Content-Length", "many")], 400),
    "digits of another script": ([("Content-Length", "٣")], 400),
    "two that differ": ([("Content-Length", str(len(BODY))), ("Content-Length", "3")], 400),
    "chunks as well": ([("Content-Length", str(len(BODY))), ("Transfer-Encoding", "chunked")], 400),
    "more than anybody may send": ([("Content-Length", str(26 << 20))], 413),
    "more than any number holds": ([("Content-Length", "9" * 30)], 413),
}


@pytest.mark.parametrize(("lengths", "expected"), LYING.values(), ids=LYING)
async def test_a_length_that_lies_gets_nothing_in(door, lengths, expected):
    status, _ = await door.send(BODY, [*headers_of(BODY).items(), *lengths], length=False)
    assert status in (expected, 400)


async def test_more_than_was_sent_is_waited_for_and_given_up(door, monkeypatch):
    monkeypatch.setattr(webhook, "READ_SECONDS", 0.1)
    status, _ = await door.send(BODY, headers_of(BODY) | {"Content-Length": str(len(BODY) + 1)}, length=False)
    assert status == 503
