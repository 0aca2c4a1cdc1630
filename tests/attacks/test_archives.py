"""Artifacts made to get out of their folder, to fill the machine, or to hide; they are read in memory and named in words."""

import io
import os
import struct
import zipfile

import pytest

from app.core.archive import Limits
from app.core.identity import repository_path
from app.core.reading import read_artifact
from tests.core.test_archive import patched, read, zipped

pytestmark = pytest.mark.attack("archives")

REPORT = b"<testsuite name='s'><testcase name='a' classname='c'/></testsuite>"
TIGHT = Limits(member_bytes=100_000, total_bytes=200_000, entries=50, ratio=20, ratio_free_bytes=10_000)

NAMES = {
    "out of its folder": "../../../../tmp/x.xml",
    "out of its folder, by backslashes": "..\\..\\..\\x.xml",
    "absolute": "/etc/cron.d/x.xml",
    "of a drive": "C:\\Windows\\x.xml",
    "of a share": "\\\\evil\\share\\x.xml",
    "of a device": "/dev/stdout/x.xml",
    "of a process": "/proc/self/mem/x.xml",
    "of an address": "https://evil.example/x.xml",
    "with NUL within": "a\0b.xml",
    "with bidi": "a\u202elmx.exe/x.xml",
    "with line ends": "a\nb\r\n.xml",
    "with escapes": "\x1b[2J\x1b]8;;https://evil\x07.xml",
    "of 60 kB": "x" * 60_000 + ".xml",
    "of ten thousand folders": "a/" * 10_000 + "x.xml",
    "with commands": "$(reboot);`reboot`|x.xml",
    "of Markdown": "![x](https://evil/@octocat).xml",
    "with our own mark of a zip within": "a.zip!b.xml",
    "of dots": ".../. ./x.xml",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_text_wherever_it_points(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "artifact.zip").write_bytes(zipped((name, REPORT)))
    reading = read_artifact(str(tmp_path / "artifact.zip"), ["**"])
    assert [one.case.name for one in reading.found] == ["a"]
    assert os.listdir(tmp_path) == ["artifact.zip"]  # noqa: PTH208 - what the system says


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_path_that_leads_out_of_the_repository_is_no_file_of_it(name):
    path = repository_path(name)
    assert path is None or not (path.startswith("/") or ".." in path.split("/") or ":" in path)


def bomb(size=5_000_000):
    return zipped(("bomb.xml", b"\0" * size))


def nested(depth, data):
    for _ in range(depth):
        data = zipped(("in.zip", data))
    return data


def quine():
    """Return a zip whose directory names itself, by an offset that leads to its own beginning."""
    data = zipped(("x.xml", REPORT))
    return patched(data, b"PK\1\2", 42, struct.pack("<L", data.index(b"PK\1\2")))


def overlapping(times):
    data = zipped(("x.xml", bytes(range(250)) * 300))
    directory, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    entry = data[directory:end]
    tail = data[end : end + 8] + struct.pack("<HHLL", times, times, len(entry) * times, directory) + b"\0\0"
    return data[:directory] + entry * times + tail


BOMBS = {
    "zeros": bomb(),
    "zeros in a zip in a zip": nested(1, bomb()),
    "zips in zips without end": nested(30, REPORT),
    "fifty zips of zeros": zipped(*[(f"{number}.zip", bomb(90_000)) for number in range(50)]),
    "a directory that says the same again and again": overlapping(1_000),
    "a directory that points at itself": quine(),
    "a size of nothing": patched(bomb(), b"PK\1\2", 24, struct.pack("<L", 0)),
    "a size over everything": patched(bomb(), b"PK\1\2", 24, b"\xff\xff\xff\xfe"),
    "a packed size over everything": patched(bomb(), b"PK\1\2", 20, b"\xff\xff\xff\xfe"),
    "an offset behind its end": patched(bomb(), b"PK\1\2", 42, b"\xff\xff\xff\x7f"),
    "ten thousand empty files": zipped(*[(f"{number}.xml", b"") for number in range(10_000)]),
    "bzip2": zipped(("x.xml", b"\0" * 5_000_000), compression=zipfile.ZIP_BZIP2),
    "LZMA": zipped(("x.xml", b"\0" * 5_000_000), compression=zipfile.ZIP_LZMA),
    "a comment of 64 kB that says it is a directory": zipped(("x", b""))[:-2]
    + b"\xff\xff"
    + b"PK\5\6" * 16_383
    + b"PK\5",
    "a count that lies": patched(zipped(("x.xml", b"1")), b"PK\5\6", 10, b"\xff\xff"),
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_no_more_is_unpacked_than_may_be_and_that_is_said(data):
    members, said = read(data, TIGHT)
    assert sum(len(content) for _, content in members) <= TIGHT.total_bytes
    assert len(members) <= TIGHT.entries
    assert said or len(members) <= 1


def encrypted():
    data = patched(zipped(("x.xml", REPORT)), b"PK\1\2", 8, b"\1\0")
    return patched(data, b"PK\3\4", 6, b"\1\0")


def locally_named(name):
    """Return a zip whose file is called one thing in its directory and another where it stands."""
    return zipped(("good.xml", REPORT)).replace(b"good.xml", name, 1)


HIDING = {
    "encrypted": encrypted(),
    "packed in a way that nobody knows": patched(zipped(("x.xml", b"1")), b"PK\1\2", 10, b"\x63\0"),
    "called otherwise where it stands": locally_named(b"evil.exe"),
    "with a wrong checksum": patched(zipped(("x.xml", REPORT)), b"PK\1\2", 16, b"\0\0\0\0"),
    "cut short": zipped(("x.xml", REPORT))[:-30],
    "no zip but named one": b"MZ\x90\0" + b"\0" * 100,
    "behind a program": b"#!/bin/sh\nreboot\n" + zipped(("../x.png", b"")),
    "with a version of the future": patched(zipped(("x.xml", REPORT)), b"PK\1\2", 6, b"\xff\0"),
}


@pytest.mark.parametrize("data", HIDING.values(), ids=HIDING)
def test_what_hides_is_not_believed(data):
    members, said = read(data)
    assert members == [] or [path for path, _ in members] == ["../x.png"]
    assert said or members


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_two_files_and_neither_hides_the_other():
    failed = b"<testsuite name='s'><testcase name='a' classname='c'><failure/></testcase></testsuite>"
    members, _ = read(zipped(("x.xml", failed), ("x.xml", REPORT)))
    assert sorted(content for _, content in members) == sorted([failed, REPORT])


@pytest.mark.parametrize("kind", [0o120777, 0o060666, 0o020666, 0o010666, 0o104755], ids=lambda kind: f"{kind:o}")
def test_links_devices_and_programs_are_the_bytes_that_stand_there(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    info = zipfile.ZipInfo("x.xml")
    info.create_system, info.external_attr = 3, kind << 16
    assert read(zipped((info, "/etc/passwd")))[0] == [("x.xml", b"/etc/passwd")]
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - what the system says


def test_a_zip_of_every_byte_turned_is_read_or_refused():
    data = zipped(("x.xml", REPORT))
    for at in range(len(data)):
        broken = io.BytesIO(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        members, _ = read(broken.getvalue(), TIGHT)
        assert len(members) <= 1
