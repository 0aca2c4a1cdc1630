"""Archives as they come, and as who wishes us ill would make them."""

import io
import os
import stat
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.archive import Limits, UnreadableError, read_members

pytestmark = pytest.mark.attack("archives")

ZEROS = b"\0" * 4_000
TIGHT = Limits(member_bytes=1_000, total_bytes=2_500, entries=5, ratio=10, ratio_free_bytes=500, depth=2)


def zipped(*files, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer.getvalue()


def noise(size, seed=1):
    return bytes((i * i * 31 + i * seed * 7 + (i >> 3)) % 251 for i in range(size))


def read(data, limits=None, wanted=lambda _: True):
    said = []
    members = []
    for member in read_members(io.BytesIO(data), wanted, said.append, limits):
        try:
            members.append((member.path, b"".join(member.pieces())))
        except UnreadableError as error:
            said.append(str(error))
    return members, said


def patched(data, at_signature, offset, value):
    """Overwrite a field of every header of one kind."""
    data = bytearray(data)
    at = data.find(at_signature)
    while at >= 0:
        data[at + offset : at + offset + len(value)] = value
        at = data.find(at_signature, at + 4)
    return bytes(data)


def test_wanted_files_are_read_in_the_order_of_their_paths():
    data = zipped(("b.xml", "2"), ("a/x.xml", "1"), ("skip.png", "3"), ("folder/", ""))
    assert read(data, wanted=lambda path: path.endswith(".xml")) == ([("a/x.xml", b"1"), ("b.xml", b"2")], [])


def test_a_zip_inside_is_opened_and_one_deeper_is_left_out():
    deepest = zipped(("z.xml", "3"))
    inner = zipped(("y.xml", "2"), ("deepest.zip", deepest))
    members, said = read(zipped(("x.xml", "1"), ("in.ZIP", inner)))
    assert members == [("in.ZIP!y.xml", b"2"), ("x.xml", b"1")]
    assert said == ["in.ZIP!deepest.zip is left out: an archive inside an archive inside an archive"]


def test_the_number_of_files_is_limited_over_all_depths():
    inner = zipped(*[(f"{i}.xml", "") for i in range(4)])
    members, said = read(zipped(("a.zip", inner), ("b.zip", inner)), TIGHT)
    assert len(members) == 4
    assert said == ["more than 5 files, the others are left out"]


def test_a_file_over_the_limit_is_left_out_and_the_others_are_read():
    members, said = read(zipped(("big", noise(1_001)), ("small", "s")), TIGHT)
    assert members == [("small", b"s")]
    assert said == ["big is left out: it unpacks to more than 1,000 bytes"]


def test_what_was_unpacked_in_vain_counts_towards_the_limit_of_all():
    files = [(f"{i}", noise(1_500, i)) for i in range(4)]
    members, said = read(zipped(*files), TIGHT)
    assert members == []
    assert len(said) == 3
    assert said[-1] == "more than 2,500 bytes, the other files are left out"


def test_a_file_that_packs_too_well_is_left_out_unless_it_is_small():
    limits = Limits(ratio=10, ratio_free_bytes=500)
    members, said = read(zipped(("bomb", ZEROS), ("fine", ZEROS[:400])), limits)
    assert [path for path, _ in members] == ["fine"]
    assert said == ["bomb is left out: it unpacks to more than 10 times its size"]


@pytest.mark.parametrize(("signature", "offset"), [(b"PK\1\2", 24), (b"PK\3\4", 22)])
def test_a_size_that_is_a_lie_gives_no_more_than_what_is_there(signature, offset):
    lying = patched(zipped(("x", noise(900))), signature, offset, struct.pack("<L", 10))
    members, said = read(lying, TIGHT)
    assert all(len(data) <= 900 for _, data in members)
    assert len(members) + len(said) == 1


def test_a_packed_size_that_is_a_lie_does_not_excuse_a_bomb():
    lying = patched(zipped(("bomb", ZEROS)), b"PK\1\2", 20, struct.pack("<L", 0x7FFFFFFF))
    members, said = read(lying, Limits(ratio=5, ratio_free_bytes=500))
    assert members == []
    assert len(said) == 1


def test_an_encrypted_file_and_an_unknown_packing_are_said_and_the_rest_is_read():
    encrypted = patched(zipped(("x", "1")), b"PK\1\2", 8, b"\1\0")
    encrypted = patched(encrypted, b"PK\3\4", 6, b"\1\0")
    unknown = patched(zipped(("x", "1")), b"PK\1\2", 10, b"\x63\0")
    members, said = read(zipped(("a.zip", encrypted), ("b.zip", unknown), ("c", "3")))
    assert members == [("c", b"3")]
    assert [line.split(":")[0] for line in said] == ["a.zip!x cannot be unpacked", "b.zip!x cannot be unpacked"]


def test_bytes_that_do_not_match_their_checksum_are_not_believed():
    data = zipped(("x", noise(300)), compression=zipfile.ZIP_STORED)
    members, said = read(data.replace(noise(300), noise(300, 2)))
    assert members == []
    assert said[0].startswith("x cannot be unpacked: Bad CRC-32")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_two_files():
    assert read(zipped(("x", "1"), ("x", "2")))[0] == [("x", b"1"), ("x", b"2")]


def test_files_that_share_their_bytes_are_charged_each():
    """Overlapping files are the quickest way to a bomb: one block of data, named many times in the directory."""
    data = zipped(("x", noise(900)))
    directory, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    entry, times = data[directory:end], 50
    tail = data[end : end + 8] + struct.pack("<HHLL", times, times, len(entry) * times, directory) + b"\0\0"
    members, said = read(data[:directory] + entry * times + tail, Limits(member_bytes=1_000, total_bytes=2_000))
    assert sum(len(content) for _, content in members) <= 2_000
    assert said


@pytest.mark.parametrize("name", ["../../etc/x.xml", "/etc/x.xml", "C:\\x\\x.xml", "a/../../x.xml", "\u202ex.xml"])
def test_a_path_is_text_and_nothing_is_ever_written(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    members, said = read(zipped((name, "1")))
    assert [data for _, data in members] == [b"1"]
    assert "\\" not in members[0][0]
    assert not said
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - what the system says


def test_a_symbolic_link_is_the_text_of_its_target_and_never_followed():
    link = zipfile.ZipInfo("link.xml")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert read(zipped((link, "/etc/passwd")))[0] == [("link.xml", b"/etc/passwd")]


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\3\4broken", b"<testsuite/>", b"PK\5\6" + b"\xff" * 18])
def test_what_is_no_zip_is_said(data):
    members, said = read(data)
    assert members == []
    assert said[0].startswith("the archive cannot be opened: ")


def test_a_broken_zip_inside_is_said_by_its_name_and_a_file_that_is_only_called_so_is_a_file():
    assert read(zipped(("in.zip", "PKno")))[1] == ["in.zip cannot be opened: File is not a zip file"]
    assert read(zipped(("in.zip", "no"))) == ([("in.zip", b"no")], [])


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings_are_read_and_their_damage_is_said(packing):
    data = zipped(("x", noise(900)), compression=packing)
    assert read(data) == ([("x", noise(900))], [])
    broken = data[:50] + b"\xff" * 40 + data[90:]
    assert [line.split(":")[0] for line in read(broken)[1]] == ["x cannot be unpacked"]


def test_a_zip64_archive_is_read():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open("x.xml", "w", force_zip64=True) as stream:
        stream.write(b"1")
    assert read(buffer.getvalue())[0] == [("x.xml", b"1")]


@given(st.integers(0, 400), st.integers(0, 255), st.integers(0, 400))
def test_no_damage_whatever_makes_the_reader_fail(at, byte, cut):
    data = bytearray(zipped(("a.xml", "x" * 50), ("b.zip", zipped(("c.xml", "y")))))
    data[at % len(data)] = byte
    for broken in (data, data[: len(data) - cut]):
        members, _ = read(bytes(broken))
        assert all(isinstance(content, bytes) for _, content in members)


def test_a_file_without_a_name_is_a_file_like_others():
    # A name that begins with NUL is empty to Python, which cuts it there.
    members, warnings = read(zipped(("n.xml", "x"), ("a.xml", "y")).replace(b"n.xml", b"\0.xml"))
    assert sorted(members) == [("", b"x"), ("a.xml", b"y")]
    assert warnings == []
