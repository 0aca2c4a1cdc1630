"""Tars and gzipped files inside an artifact: those that hold results are read, and none of them is believed."""

import gzip
import io
import os
import random
import tarfile
import time
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.archive import Limits, read_members, read_packed
from app.core.reading import read_artifact
from app.core.tarball import LARGEST_HEADER, LONGEST_NAME, DamagedError, gunzip, holds_results, tar_members
from tests.core.test_archive import noise, read, zipped

pytestmark = pytest.mark.attack("archives")

REPORT = b"<testsuite name='s'><testcase name='a' classname='c'/></testsuite>"
BLOCK = 512
END = b"\0" * 2 * BLOCK


def tarred(*files, form=tarfile.PAX_FORMAT, **more):
    """Make a tar of names, or of infos, with their bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, **more) as tar:
        for name, data in files:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def packed(*files, **more):
    return gzip.compress(tarred(*files, **more))


def header(kind=b"0", size=b"00000000000\0", name=b"x.xml", **fields):
    """Make a header whose checksum is right, whatever else it says."""
    block = bytearray(BLOCK)
    block[: len(name)] = name
    block[124 : 124 + len(size)] = size
    block[156:157] = kind
    block[257:265] = b"ustar\00000"
    for at, value in fields.items():
        block[int(at[1:]) : int(at[1:]) + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def octal(size):
    return b"%011o\0" % size


def filled(data):
    return data + b"\0" * (-len(data) % BLOCK)


def pax(*records):
    """Make an extended header of whole records."""
    data = b"".join(records)
    return header(b"x", octal(len(data))) + filled(data)


def record(key, value):
    length = len(key) + len(value) + 3
    length = next(n for n in range(length, length + 12) if n == length + len(str(n)))
    return b"%d %s=%s\n" % (length, key, value)


def found(data):
    return [(one.name, data[one.start : one.start + one.size]) for one in tar_members(memoryview(data))]


def why_damaged(data):
    with pytest.raises(DamagedError) as raised:
        list(tar_members(memoryview(data)))
    return str(raised.value)


# What is opened


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz", ".TAR.GZ", ".Tgz"])
def test_a_tar_of_results_is_opened_as_a_zip_is(ending):
    data = tarred(("b.xml", b"2"), ("out/a.xml", b"1"))
    data = data if ending == ".tar" else gzip.compress(data)
    members, said = read(zipped((f"test-results{ending}", data), ("z.xml", "3")))
    path = f"test-results{ending}"
    assert members == [(f"{path}!b.xml", b"2"), (f"{path}!out/a.xml", b"1"), ("z.xml", b"3")]
    assert said == []


@pytest.mark.parametrize(
    "name",
    [
        "results.tar.gz",
        "test-results-linux-3.tgz",
        "out/TestResults.tar.gz",
        "in.zip!UnitTestReports.tar",
        "junit.tar.gz",
        "JUnit-XML.tgz",
        "junitxml_2.tgz",
        "xunit.tar",
        "surefire-reports.tar.gz",
        "target.failsafe.tgz",
        "allure-results.tar.gz",
        "bazel-testlogs.tar.gz",
        "test-logs.tgz",
        "test_log.tar",
        "test-output.tar.gz",
        "playwright-report.tar.gz",
        "test-results-ubuntu-22.04.tar.gz",
        "test-results-macos-14-py3.11.tar.gz",
        "report-20240501.tar.gz",
        "x.xml.gz",
        "out/r.JSON.GZ",
        "a.jsonl.gz",
        "a.ndjson.gz",
        "a.trx.gz",
        "a.tap.gz",
    ],
)
def test_a_name_that_speaks_of_results_is_likely_to_hold_some(name):
    assert holds_results(name)


@pytest.mark.parametrize(
    "name",
    [
        "dist/pkg-1.2.tar.gz",
        "reports/pkg.tar.gz",
        "test-results.zip!left-pad.tgz",
        "allure-pytest-2.13.2.tar.gz",
        "junit_4.12.orig.tar.gz",
        "test-results-parser-0.5.1.tar.gz",
        "mocha-junit-reporter-v2.0.1.tgz",
        "mocha-junit-reporters@2.0.tgz",
        "allure-report-src.tar.gz",
        "junit-report-sources.tar",
        "reportlab.tar.gz",
        "pytest-reportlog.tar",
        "mocha-reporter.tgz",
        "resultset.tgz",
        "junit5-main.tar.gz",
        "tests.tar.gz",
        "test-data.tar.gz",
        "fixtures.tgz",
        "build.tar",
        "results.tar.xz",
        "results.tar.bz2",
        "app.log.gz",
        "output.txt.gz",
        "results.gz",
        "program.gz",
        "results.xml",
    ],
)
def test_packages_sources_and_what_may_be_anything_are_not(name):
    assert not holds_results(name)


def test_what_is_not_likely_to_hold_results_is_passed_over_in_silence():
    files = [("pkg-1.2.tar.gz", packed(("r.xml", REPORT))), ("app.gz", gzip.compress(REPORT)), ("x.tar", b"no")]
    assert read(zipped(*files)) == ([], [])


def test_a_gzipped_report_is_the_file_it_holds_under_its_own_name():
    assert read(zipped(("out/r.xml.gz", gzip.compress(REPORT)))) == ([("out/r.xml.gz", REPORT)], [])


def test_what_is_only_called_gzipped_is_the_file_it_is():
    assert read(zipped(("r.xml.gz", REPORT), ("results.tar.gz", tarred(("a.xml", b"1"))))) == (
        [("r.xml.gz", REPORT), ("results.tar.gz!a.xml", b"1")],
        [],
    )


def test_a_gzipped_file_that_nobody_wants_is_not_even_looked_at():
    data = zipped(("r.xml.gz", b"\x1f\x8bbroken"), ("a.xml", "1"))
    assert read(data, wanted=lambda path: path == "a.xml") == ([("a.xml", b"1")], [])


def test_a_gzipped_report_in_a_tar_or_in_a_zip_in_a_zip_is_read():
    one = gzip.compress(REPORT)
    members, said = read(zipped(("in.zip", zipped(("r.xml.gz", one))), ("results.tgz", packed(("r.xml.gz", one)))))
    assert members == [("in.zip!r.xml.gz", REPORT), ("results.tgz!r.xml.gz", REPORT)]
    assert said == []


def test_an_archive_inside_two_others_is_left_out_and_said():
    results, deep = packed(("r.xml", REPORT)), "an archive inside an archive inside an archive"
    tar_in_tar = packed(("results.tgz", results), ("a.xml", b"1"), ("pkg.tgz", results))
    members, said = read(
        zipped(
            ("in.zip", zipped(("results.tgz", results))),
            ("reports.tgz", tar_in_tar),
            ("zipped-results.tar", tarred(("in.zip", zipped(("r.xml", REPORT))))),
        )
    )
    assert members == [("reports.tgz!a.xml", b"1")]
    assert said == [
        f"in.zip!results.tgz is left out: {deep}",
        f"reports.tgz!results.tgz is left out: {deep}",
        f"zipped-results.tar!in.zip is left out: {deep}",
    ]


def test_a_tar_by_itself_is_opened_whatever_it_is_called_and_zips_inside_it_are():
    inner = zipped(("b.xml", "2"))
    said = []

    def by_itself(name, data):
        return [(one.path, b"".join(one.pieces())) for one in read_packed(name, lambda: [data], len(data), said.append)]

    assert by_itself("x.tgz", packed(("a.xml", b"1"), ("in.zip", inner))) == [
        ("x.tgz!a.xml", b"1"),
        ("x.tgz!in.zip!b.xml", b"2"),
    ]
    assert by_itself("x.gz", gzip.compress(b"1")) == [("x.gz", b"1")]
    assert by_itself("x.xml", b"1") == [("x.xml", b"1")]
    assert said == []
    assert by_itself("x.tar", b"no") == []
    assert said == ["x.tar cannot be opened: it is no tar"]


# What stands in a tar


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_are_those_that_are_meant_however_a_form_writes_long_ones(form):
    names = ["a.xml", "d/" * 60 + "b.xml", "x" * 100 if form == tarfile.USTAR_FORMAT else "é" * 200 + ".xml"]
    assert found(tarred(*[(name, name.encode()) for name in names], form=form)) == [(n, n.encode()) for n in names]


def test_a_point_and_a_slash_before_all_names_are_no_folder():
    data = zipped(("results.tar", tarred(("./a.xml", b"1"), ("./d/b.xml", b"2"))))
    assert [path for path, _ in read(data)[0]] == ["results.tar!a.xml", "results.tar!d/b.xml"]


def test_times_where_gnu_keeps_them_are_no_folder():
    times = b"14600000000\00014600000000\0"
    assert found(header(p345=times) + END)[0][0] == f"{times[:11].decode()}/x.xml"
    assert found(header(p345=times, p257=b"ustar  \0") + END) == [("x.xml", b"")]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_never_followed(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    link = tarfile.TarInfo("link.xml")
    link.type, link.linkname = kind, "/etc/passwd"
    assert read(zipped(("results.tar", tarred((link, b""), ("a.xml", b"1"))))) == ([("results.tar!a.xml", b"1")], [])
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - what the system says


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"5", b"6"])
def test_a_link_a_device_or_a_folder_that_states_a_size_hides_nothing_behind_it(kind):
    data = header(kind, octal(1 << 20)) + header(size=octal(1)) + filled(b"1") + END
    assert found(data) == [("x.xml", b"1")]


def test_in_an_old_tar_a_slash_at_the_end_of_a_name_makes_a_folder():
    data = header(b"\0", octal(1 << 20), b"d/") + header(b"\0", octal(1), b"d/x") + filled(b"1") + END
    assert found(data) == [("d/x", b"1")]


@pytest.mark.parametrize("name", ["../../etc/x.xml", "/etc/x.xml", "C:\\x\\x.xml", "a/../../x.xml", "\u202ex.xml"])
def test_a_path_in_a_tar_is_text_and_nothing_is_ever_written(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    members, said = read(zipped(("results.tgz", packed((name, b"1")))))
    assert members == [(f"results.tgz!{name.replace(chr(92), '/')}", b"1")]
    assert said == []
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - what the system says


def test_a_name_that_is_no_text_is_read_with_signs_for_what_is_none():
    assert found(header(name=b"\xff.xml") + END) == [("\ufffd.xml", b"")]
    assert found(pax(record(b"path", b"\xed\xa0\x80.xml")) + header() + END)[0][0].endswith("\ufffd.xml")


def test_two_files_of_one_name_in_a_tar_are_two_files():
    data = zipped(("results.tar", tarred(("x", b"1"), ("x", b"2"))))
    assert read(data)[0] == [("results.tar!x", b"1"), ("results.tar!x", b"2")]


def test_a_file_of_an_unknown_kind_is_passed_over_with_its_bytes():
    data = header(b"V", octal(600)) + filled(b"v" * 600) + header(size=octal(1)) + filled(b"1") + END
    assert found(data) == [("x.xml", b"1")]


def test_a_header_for_all_files_renames_none_of_them():
    data = record(b"path", b"evil") + record(b"size", b"0")
    head = header(b"g", octal(len(data))) + filled(data)
    assert found(head + header(size=octal(1)) + filled(b"1") + END) == [("x.xml", b"1")]


def test_a_size_in_a_header_before_it_is_the_files_size():
    data = pax(record(b"size", b"600"), record(b"path", b"y")) + header() + filled(b"y" * 600) + header() + END
    assert found(data) == [("y", b"y" * 600), ("x.xml", b"")]


def gnu_sparse():
    """Make an old sparse file of more pieces than its header has room for: another block of its map follows."""
    return header(b"S", octal(3), b"s.xml", p482=b"\1", p483=octal(1 << 30)) + b"\0" * BLOCK + filled(b"abc")


SPARSE = {
    "GNU's old way": gnu_sparse(),
    "0.1": pax(record(b"GNU.sparse.map", b"0,3"), record(b"GNU.sparse.name", b"s.xml"))
    + header(size=octal(3))
    + filled(b"abc"),
    "1.0": pax(
        record(b"GNU.sparse.major", b"1"),
        record(b"GNU.sparse.name", b"s.xml"),
        record(b"GNU.sparse.realsize", b"9" * 18),
    )
    + header(size=octal(515))
    + filled(b"1\n0\n3\n")
    + filled(b"abc"),
}


@pytest.mark.parametrize("data", SPARSE.values(), ids=SPARSE)
def test_a_sparse_file_is_left_out_and_those_behind_it_are_read(data):
    data = zipped(("results.tar", data + header(size=octal(1)) + filled(b"1") + END))
    members, said = read(data)
    assert members == [("results.tar!x.xml", b"1")]
    assert said == ["results.tar!s.xml is left out: a sparse file, of which a tar holds no more than its pieces"]
    assert read(data, wanted=lambda path: "x" in path.split("!")[1][:1])[1] == []


# What is wrong with it

LYING = {
    "negative": b"\xff" * 12,
    "negative, by a sign": b"-0000000001\0",
    "in words": b"0o7_7777\0",
    "in the way of nobody": b"\x81" + b"\0" * 11,
}


@pytest.mark.parametrize("kind", [b"0", b"x", b"L", b"g", b"5", b"S"])
@pytest.mark.parametrize("size", LYING.values(), ids=LYING)
def test_a_size_that_cannot_be_ends_the_tar(kind, size):
    data = zipped(("results.tar", tarred(("a.xml", b"1"))[: 2 * BLOCK] + header(kind, size) + END))
    assert read(data) == (
        [("results.tar!a.xml", b"1")],
        ["results.tar is read in part: a header in it states a size that cannot be"],
    )


@pytest.mark.parametrize("size", [octal(1 << 20), b"7" * 12, b"\x80" + b"\x7f" * 11, b"\x80" + b"\0" * 10 + b"\x7f"])
@pytest.mark.parametrize("kind", [b"0", b"x", b"L", b"g", b"V", b"S"])
def test_a_size_beyond_the_end_is_where_the_tar_breaks_off(kind, size):
    assert why_damaged(header(kind, size)) == "it breaks off"


@pytest.mark.parametrize("value", [b"-1", b"1" * 5_000, b"", b"1e3", b"\xd9\xa1"])
def test_a_size_that_cannot_be_is_not_believed_of_a_header_before_it_either(value):
    assert why_damaged(pax(record(b"size", value)) + header() + END) == "a header in it states a size that cannot be"


RECORDS = {
    "no length": b"path=x\n",
    "a length of nothing": b"0 path=x\n",
    "a length behind the end": b"99 path=x\n",
    "a length before its own value": b"5 path=x\n",
    "a length of thousands of digits": b"9" * 5_000 + b" path=x\n",
    "no key": b"9999",
}


@pytest.mark.parametrize("data", RECORDS.values(), ids=RECORDS)
def test_a_header_of_broken_records_ends_the_tar(data):
    assert why_damaged(header(b"x", octal(len(data))) + filled(data) + header()) == "a header in it is damaged"


@pytest.mark.parametrize("kind", [b"x", b"X", b"L"])
def test_a_header_of_megabytes_is_refused(kind):
    size = LARGEST_HEADER + 1
    data = header(kind, octal(size)) + filled(b"a" * size) + header() + END
    assert why_damaged(data) == "a header in it has more than 1,048,576 bytes"


@pytest.mark.parametrize("size", [LONGEST_NAME, LONGEST_NAME + 1])
def test_a_path_longer_than_a_zip_has_room_for_is_refused(size):
    name = b"n" * size
    for data in (
        header(b"L", octal(size)) + filled(name) + header() + END,
        pax(record(b"path", name)) + header() + END,
    ):
        if size == LONGEST_NAME:
            assert found(data) == [(name.decode(), b"")]
        else:
            assert why_damaged(data) == "a path in it has more than 65,535 bytes"


def test_headers_of_headers_without_end_lead_no_level_deeper():
    assert found((header(b"L", octal(2)) + filled(b"y\0")) * 20_000 + header() + END) == [("y", b"")]
    assert found(pax(record(b"path", b"y")) * 20_000) == []


def test_a_map_of_a_sparse_file_without_end_is_where_the_tar_breaks_off():
    assert why_damaged(header(b"S", p482=b"\1") + (b"\0" * 504 + b"\1" * 8) * 100) == "it breaks off"


def test_a_broken_checksum_ends_the_tar_and_what_stood_before_is_read():
    data = bytearray(tarred(("a.xml", b"1"), ("b.xml", b"2"), ("c.xml", b"3")))
    data[2 * BLOCK] ^= 1
    assert read(zipped(("results.tgz", gzip.compress(data)))) == (
        [("results.tgz!a.xml", b"1")],
        ["results.tgz is read in part: a header in it is damaged"],
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"no", "it is no tar"),
        (b"<html>" * 200, "it is no tar"),
        (gzip.compress(b"", mtime=0), "it is empty"),
    ],
)
def test_what_is_no_tar_though_it_is_called_one_is_said(data, why):
    members, said = read(zipped(("results.tar.gz", data), ("z.xml", "1")))
    assert (members, said) == ([("z.xml", b"1")], [f"results.tar.gz cannot be opened: {why}"])


def test_a_tar_that_is_cut_short_is_read_up_to_there():
    whole = tarred(("a.xml", b"1" * 700), ("b.xml", b"2" * 700))
    for cut, names in ((5 * BLOCK, ["a.xml"]), (4 * BLOCK - 1, ["a.xml"]), (3 * BLOCK + 9, ["a.xml"])):
        members, said = read(zipped(("results.tar", whole[:cut])))
        assert [path for path, _ in members] == [f"results.tar!{name}" for name in names]
        assert len(said) == 1
        assert said[0].startswith("results.tar is read in part: ")
    assert found(whole[: 6 * BLOCK]) == [("a.xml", b"1" * 700), ("b.xml", b"2" * 700)]
    assert found(tarred()) == []


# Limits


def test_the_number_of_files_is_limited_over_tars_and_zips_together():
    many = tarred(*[(f"{number}.xml", b"") for number in range(5)])
    members, said = read(zipped(("a-results.tar", many), ("b-results.tar", many)), Limits(entries=9))
    assert len(members) == 7
    assert said == ["more than 9 files, the others are left out"]


def test_a_tar_is_looked_at_no_further_than_the_limit():
    members, said = read(zipped(("results.tar", header() * 9 + b"damaged")), Limits(entries=5))
    assert len(members) == 4
    assert said == ["more than 5 files, the others are left out"]


def test_thousands_of_files_end_at_the_limit_before_they_are_all_looked_at():
    many = gzip.compress((header() * 60_000) + END)
    begun = time.process_time()
    members, said = read(zipped(("results.tgz", many)), Limits(ratio=1_000_000))
    assert time.process_time() - begun < 5
    assert len(members) == Limits().entries - 1
    assert said == ["more than 20,000 files, the others are left out"]


def test_a_tar_larger_than_may_be_in_memory_is_left_out_and_said():
    limits = Limits(tar_bytes=20_000)
    fits, large = noise(8_000), noise(20_000)
    data = zipped(
        ("a-results.tar", tarred(("a.xml", fits))),
        ("b-results.tar", tarred(("b.xml", large))),
        ("c-results.tgz", packed(("c.xml", large))),
        ("d.xml", large),
    )
    assert read(data, limits) == (
        [("a-results.tar!a.xml", fits), ("d.xml", large)],
        [f"{name} is left out: a tar of more than 20,000 bytes" for name in ("b-results.tar", "c-results.tgz")],
    )
    assert Limits().tar_bytes == 128 << 20


TIGHT = Limits(member_bytes=1_000, total_bytes=2_500, ratio=10, ratio_free_bytes=500)


def test_a_gzipped_bomb_is_left_out_by_its_size_and_by_its_ratio():
    files = [("big.xml.gz", gzip.compress(noise(1_001))), ("ratio.xml.gz", gzip.compress(b"\0" * 900))]
    members, said = read(zipped(*files), TIGHT)
    assert members == []
    assert said == [
        "big.xml.gz is left out: it unpacks to more than 1,000 bytes",
        "ratio.xml.gz is left out: it unpacks to more than 10 times its size",
    ]


def test_the_ratio_is_that_of_what_is_unpacked_to_the_bytes_in_the_artifact():
    """A gzipped bomb packs well once more, so that neither layer alone unpacks to a thousand times its size."""
    twice = gzip.compress(gzip.compress(b"\0" * (64 << 20), 9), 9)
    assert len(twice) < 2_000
    members, said = read(zipped(("bomb.xml.gz", gzip.decompress(twice))))
    assert (members, said) == ([], ["bomb.xml.gz is left out: it unpacks to more than 400 times its size"])


def test_a_tar_that_packs_too_well_is_left_out():
    members, said = read(zipped(("results.tgz", packed(("a.xml", b"\0" * (16 << 20))))))
    assert (members, said) == ([], ["results.tgz is left out: it unpacks to more than 400 times its size"])


def test_every_byte_that_is_unpacked_counts_gzipped_and_not():
    files = [(f"{number}.xml.gz", gzip.compress(random.Random(number).randbytes(500))) for number in range(4)]
    members, said = read(zipped(*files), TIGHT)
    assert [path for path, _ in members] == ["0.xml.gz", "1.xml.gz"]
    assert said[-1] == "more than 2,500 bytes, the other files are left out"


def test_what_is_read_twice_counts_once():
    data = gzip.compress(noise(200_000))
    [document] = read_members(io.BytesIO(zipped(("a.xml.gz", data))), bool, pytest.fail, Limits(total_bytes=300_000))
    assert [b"".join(document.pieces()) for _ in range(5)] == [noise(200_000)] * 5


# What is gzipped


def unpacked(data, size=7):
    return b"".join(gunzip(data[at : at + size] for at in range(0, len(data), size)))


def test_gzipped_files_after_each_other_and_zeros_behind_them_are_one_file():
    data = gzip.compress(b"one ") + b"\0" * 9 + gzip.compress(b"") + gzip.compress(b"two") + b"\0" * 70_000
    assert unpacked(data) == unpacked(data, 1 << 20) == b"one two"


BROKEN = {
    "cut short": gzip.compress(noise(900))[:-9],
    "cut in its checksum": gzip.compress(noise(900))[:-1],
    "cut in its header": gzip.compress(b"")[:5],
    "with a wrong checksum": gzip.compress(noise(900))[:-8] + b"\0" * 8,
    "with a wrong size": gzip.compress(noise(900))[:-4] + b"\0" * 4,
    "with something behind it": gzip.compress(noise(900)) + b"<!-- -->",
    "packed in a way that nobody knows": b"\x1f\x8b\x07" + gzip.compress(noise(900))[3:],
    "with flags of the future": gzip.compress(noise(900))[:3] + b"\xe0" + gzip.compress(noise(900))[4:],
    "damaged within": gzip.compress(noise(900))[:50] + b"\xff" * 40 + gzip.compress(noise(900))[90:],
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_damage_of_a_gzipped_file_is_said_and_the_file_left_out(data):
    with pytest.raises((DamagedError, zlib.error)):
        unpacked(data)
    members, said = read(zipped(("a.xml.gz", data), ("results.tgz", data), ("z.xml", "1")))
    assert members == [("z.xml", b"1")]
    assert [line.split(":")[0] for line in said] == ["a.xml.gz cannot be unpacked", "results.tgz cannot be unpacked"]


def test_damage_behind_the_beginning_is_said_once_it_is_read():
    data = gzip.compress(noise(400_000))[:-9]
    assert read(zipped(("a.xml.gz", data))) == ([], ["a.xml.gz cannot be unpacked: it breaks off"])


def test_damage_of_what_it_is_packed_in_is_said_as_that():
    data = zipped(("a.xml.gz", gzip.compress(REPORT)), compression=zipfile.ZIP_STORED)
    broken = data.replace(gzip.compress(REPORT)[-8:], b"\0" * 8, 1)
    assert read(broken)[1][0].startswith("a.xml.gz cannot be unpacked: Bad CRC-32")
    long = gzip.compress(random.Random(1).randbytes(600_000))
    broken = zipped(("a.xml.gz", long), compression=zipfile.ZIP_STORED).replace(long[-8:], b"\0" * 8, 1)
    assert read(broken) == ([], ["a.xml.gz cannot be unpacked: Bad CRC-32 for file 'a.xml.gz'"])


def test_next_to_nothing_again_and_again_is_refused_and_blocks_of_some_size_are_not():
    assert unpacked(gzip.compress(b"x" * 1_500) * 1_000, 1 << 20) == b"x" * 1_500_000
    assert unpacked(gzip.compress(b"x") * 100) == b"x" * 100
    begun = time.process_time()
    with pytest.raises(DamagedError, match="it consists of more than 100 gzipped parts of next to nothing"):
        unpacked(gzip.compress(b"") * 200_000, 1 << 18)
    assert time.process_time() - begun < 1


# Properties

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=300).filter(
    lambda name: not name.endswith("/")
)
FORMS = st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, b"V"])


@given(st.lists(st.tuples(NAMES, KINDS, st.binary(max_size=1_500)), max_size=6), FORMS)
def test_the_regular_files_of_a_made_tar_are_those_that_tarfile_sees(files, form):
    made = []
    for name, kind, data in files:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "to" if kind == tarfile.SYMTYPE else ""
        made.append((info, data if info.isreg() or kind == b"V" else b""))
    data = tarred(*made, form=form, encoding="utf-8")
    with tarfile.open(fileobj=io.BytesIO(data), encoding="utf-8") as tar:
        seen = [(one.name, tar.extractfile(one).read()) for one in tar if one.isreg()]
    assert found(data) == seen


@given(
    st.integers(0, 9_000),
    st.binary(min_size=1, max_size=12),
    st.integers(0, 9_000),
    st.booleans(),
    st.booleans(),
)
def test_no_damage_whatever_makes_the_reader_fail(at, bytes_, cut, is_summed, is_gzipped):
    data = bytearray(
        tarred(("n" * 200, b"x" * 50), form=tarfile.GNU_FORMAT)[:2048]
        + gnu_sparse()
        + tarred(("é" * 120, b"y" * 600), ("b.xml.gz", gzip.compress(b"z")))
    )
    at %= len(data)
    data[at : at + len(bytes_)] = bytes_
    block = at // BLOCK * BLOCK
    if is_summed:
        # A checksum that is right is what lets the damage through.
        data[block + 148 : block + 156] = b" " * 8
        data[block + 148 : block + 156] = b"%06o\0 " % (sum(data[block : block + BLOCK]) % 8**6)
    for broken in (bytes(data), bytes(data[: max(len(data) - cut, 0)])):
        packed_ = gzip.compress(broken) if is_gzipped else broken
        members, said = read(zipped(("results.tar", packed_)))
        assert all(isinstance(content, bytes) for _, content in members)
        assert all(isinstance(sentence, str) for sentence in said)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4), st.integers(0, 400))
def test_no_damage_of_what_is_gzipped_makes_the_reader_fail(at, bytes_, cut):
    data = bytearray(packed(("a.xml", noise(200)), ("b.xml", REPORT)))
    at %= len(data)
    data[at : at + len(bytes_)] = bytes_
    for broken in (bytes(data), bytes(data[: max(len(data) - cut, 0)])):
        members, _ = read(zipped(("results.tgz", broken), ("a.json.gz", broken)))
        assert all(isinstance(content, bytes) for _, content in members)


# From an artifact to its results


@pytest.fixture
def artifact(tmp_path):
    def make(files):
        path = tmp_path / "artifact.zip"
        path.write_bytes(zipped(*files.items()))
        return str(path)

    return make


def report(name):
    return f"<testsuite name='s'><testcase name='{name}' classname='c'/></testsuite>".encode()


def names(reading):
    return [one.case.name for one in reading.found]


def test_an_artifact_of_tars_and_gzipped_reports_is_read_to_its_results(artifact):
    path = artifact(
        {
            "results.tar.gz": packed(("a.xml", report("in a tar")), ("shot.png", b"no")),
            "r.xml.gz": gzip.compress(report("gzipped")),
            "pkg-1.2.tar.gz": packed(("r.xml", report("somebody else's"))),
            "cache.tar": tarred(("r.xml", report("who knows"))),
            "app.log.gz": gzip.compress(report("no report")),
        }
    )
    reading = read_artifact(path, ["**"])
    assert [file.path for file in reading.files] == ["r.xml.gz", "results.tar.gz!a.xml"]
    assert (names(reading), reading.warnings, reading.is_whole) == (["gzipped", "in a tar"], (), True)


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("**", ["gz", "results", "zip"]),
        ("**/*.xml", ["gz", "results", "zip"]),
        ("**/*.xml.gz", ["gz"]),
        ("build/out.tar.gz/**", ["out"]),
        ("build/OUT.tar.gz/**", []),
        ("build/*.tar.gz/*.xml", ["out"]),
        ("**/*.tar.gz/**", ["out", "results", "version"]),
        ("**/*.tgz/", ["tgz"]),
        ("build/**", ["zip"]),
        ("build/out.tar.gz", []),
        ("*/in.ZIP/*.xml", ["zip"]),
        ("results.tar.gz/*", ["results"]),
        ("results.tar.gz/*.json", []),
        ("app.*.gz", ["log"]),
        ("**/*.log", []),
    ],
)
def test_a_glob_that_names_a_tar_or_a_gzipped_file_opens_it(artifact, glob, expected):
    path = artifact(
        {
            "results.tar.gz": packed(("a.xml", report("results"))),
            "r.xml.gz": gzip.compress(report("gz")),
            "app.log.gz": gzip.compress(report("log")),
            "deep/pkg-1.2.tar.gz": packed(("r.xml", report("version"))),
            "deep/x.tgz": packed(("r.xml", report("tgz"))),
            "build/out.tar.gz": packed(("r.xml", report("out"))),
            "build/in.ZIP": zipped(("r.xml", report("zip"))),
        }
    )
    reading = read_artifact(path, [glob])
    assert (sorted(names(reading)), reading.warnings) == (expected, ())


def test_a_tar_of_results_that_is_broken_makes_the_artifact_not_whole(artifact):
    data = packed(("a.xml", report("a")))
    reading = read_artifact(artifact({"results.tgz": data[:-9], "b.xml": report("b")}), ["**"])
    assert (names(reading), reading.is_whole, reading.is_cut) == (["b"], False, False)
    assert reading.warnings == ("results.tgz cannot be unpacked: it breaks off",)
