"""Reports in XML that would have the parser read files, ask the network or fill the memory: it does none of that."""

import socket
import time

import pytest

from app.core.reports import Document, MalformedReport, read_report

pytestmark = pytest.mark.attack("xml")

SECRET = "flakeguard-secret-of-this-machine"
ROOTS = {
    "JUnit": "<testsuite name='s'><testcase classname='c' name='a{0}'><failure message='m{1}'>t{1}</failure></testcase></testsuite>",
    "NUnit": "<test-run><test-suite name='s'><test-case name='a{0}' fullname='c.a' result='Failed'><failure><message>m{1}</message></failure></test-case></test-suite></test-run>",
    "TRX": "<TestRun xmlns='http://microsoft.com/schemas/VisualStudio/TeamTest/2010'><Results><UnitTestResult testName='a{0}' outcome='Failed'><Output><ErrorInfo><Message>m{1}</Message></ErrorInfo></Output></UnitTestResult></Results></TestRun>",
    "xUnit": "<assemblies><assembly name='x'><collection><test name='a{0}' type='c' method='a' result='Fail'><failure><message>m{1}</message></failure></test></collection></assembly></assemblies>",
    "Robot": "<robot generator='Robot'><suite name='s'><test name='a{0}'><status status='FAIL'>m{1}</status></test></suite></robot>",
}

LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
DOCTYPES = {
    "a billion laughs": (f"<!DOCTYPE x [<!ENTITY l0 'lol'>{LAUGHS}]>", "&l11;"),
    "a quadratic one": (f"<!DOCTYPE x [<!ENTITY a '{'a' * 100_000}'>]>", "&a;" * 1_000),
    "an entity of itself": ("<!DOCTYPE x [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>", "&a;"),
    "an entity of a file": ("<!DOCTYPE x [<!ENTITY f SYSTEM 'file://{file}'>]>", "&f;"),
    "an entity of a path": ("<!DOCTYPE x [<!ENTITY f SYSTEM '{file}'>]>", "&f;"),
    "an entity of an address": ("<!DOCTYPE x [<!ENTITY f SYSTEM 'http://127.0.0.1:{port}/x'>]>", "&f;"),
    "a public entity": ("<!DOCTYPE x [<!ENTITY f PUBLIC '-//x' 'http://127.0.0.1:{port}/x'>]>", "&f;"),
    "a parameter entity": (
        "<!DOCTYPE x [<!ENTITY % p SYSTEM 'http://127.0.0.1:{port}/x'>%p;]>",
        "",
    ),
    "a parameter entity that sends a file away": (
        (
            "<!DOCTYPE x [<!ENTITY % f SYSTEM 'file://{file}'>"
            "<!ENTITY % e \"<!ENTITY &#37; s SYSTEM 'http://127.0.0.1:{port}/?%f;'>\">%e;%s;]>"
        ),
        "",
    ),
    "a document type elsewhere": ("<!DOCTYPE x SYSTEM 'http://127.0.0.1:{port}/x.dtd'>", "&f;"),
    "a document type of a file": ("<!DOCTYPE x SYSTEM 'file://{file}'>", "&f;"),
    "a notation": (
        "<!DOCTYPE x [<!NOTATION n SYSTEM 'http://127.0.0.1:{port}/x'><!ENTITY u SYSTEM 'x' NDATA n>]>",
        "&u;",
    ),
    "attributes of its own": ("<!DOCTYPE x [<!ATTLIST testcase evil CDATA '" + "a" * 10_000 + "'>]>", ""),
}
PLAIN = {
    "an inclusion": "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file://{file}' parse='text'/>",
    "an inclusion from the network": "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='http://127.0.0.1:{port}/'/>",
    "a style sheet": "<?xml-stylesheet type='text/xsl' href='http://127.0.0.1:{port}/x.xsl'?>",
    "an instruction": "<?php system('reboot') ?>",
    "a schema elsewhere": (
        "<x xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:noNamespaceSchemaLocation='http://127.0.0.1:{port}/'/>"
    ),
    "an image": "<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1:{port}/'/></svg>",
}


@pytest.fixture
def trap(tmp_path):
    """A file that nobody may read and an address that nobody may ask; gives their names and tells who asked."""
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield {"file": str(file), "port": server.getsockname()[1]}
        with pytest.raises(BlockingIOError):
            server.accept()


def told(data):
    """Return everything that a report tells, empty where it is refused."""
    before = time.thread_time()
    try:
        report = read_report(Document.of(data))
    except MalformedReport as error:
        report = str(error)
    assert time.thread_time() - before < 2
    return repr(report)


def fill(text, trap):
    return text.replace("{file}", trap["file"]).replace("{port}", str(trap["port"]))


@pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS)
def test_without_an_attack_these_are_reports(root):
    assert "Outcome.FAILED" in told(root.format("", "").encode())


@pytest.mark.parametrize(("doctype", "use"), DOCTYPES.values(), ids=DOCTYPES)
@pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS)
def test_what_a_document_type_declares_is_neither_read_nor_asked_for_nor_unfolded(trap, root, doctype, use):
    # In a text as in an attribute, where entities of files are forbidden but those of texts are not.
    for in_name, in_text in ((use, ""), ("", use), (use, use)):
        document = fill("<?xml version='1.0'?>" + doctype + root.format(in_name, in_text), trap)
        said = told(document.encode())
        assert SECRET not in said
        assert "lollol" not in said
        assert "aaaa" not in said
        assert len(said) < 300_000


@pytest.mark.parametrize("inside", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS)
def test_nothing_within_a_document_has_anything_fetched(trap, root, inside):
    inside = fill(inside, trap)
    texts = [root.format("", inside), inside + root.format("", ""), root.format("", "").replace("><", f">{inside}<", 1)]
    assert [text for text in texts if SECRET in told(text.encode())] == []


ENCODINGS = ("utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037", "utf-8-sig")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("declared", ["utf-8", "same", "none"])
def test_no_encoding_hides_a_document_type(trap, encoding, declared):
    name = {"utf-8": "utf-8", "same": encoding, "none": None}[declared]
    head = f"<?xml version='1.0' encoding='{name}'?>" if name else ""
    for doctype, use in (DOCTYPES["an entity of a file"], DOCTYPES["a billion laughs"]):
        text = head + fill(doctype, trap) + ROOTS["JUnit"].format(use, use)
        said = told(text.encode(encoding))
        assert SECRET not in said
        assert "lollol" not in said


CASE = "<testcase classname='c' name='a'/>"


def many(name):
    return " ".join(f"{name}{number}='u{number}'" for number in range(100_000))


LARGE = {
    "an attribute of ten megabytes": f"<testsuite><testcase name='{'a' * 10_000_000}'/></testsuite>",
    "a hundred thousand attributes": "<testsuite><testcase " + many("a") + "/></testsuite>",
    "the same attribute twice": "<testsuite><testcase name='a' name='b'/></testsuite>",
    "a name of a tag of a megabyte": f"<testsuite><{'a' * 1_000_000}/>{CASE}</testsuite>",
    "fifty thousand elements within each other": "<testsuite>" * 50_000 + CASE,
    "fifty thousand properties within each other": "<testsuite><testcase name='a'>" + "<properties>" * 50_000,
    "a comment of ten megabytes": f"<testsuite><!--{'-x' * 5_000_000}-->{CASE}</testsuite>",
    "a comment without end": f"<testsuite>{CASE}<!--" + "x" * 1_000_000,
    "an instruction without end": f"<testsuite>{CASE}<?x " + "x" * 1_000_000,
    "a section without end": f"<testsuite>{CASE}<![CDATA[" + "]]" * 500_000,
    "a hundred thousand namespaces": "<testsuite " + many("xmlns:a") + f">{CASE}</testsuite>",
    "a hundred thousand references": f"<testsuite><testcase name='{'&#97;' * 100_000}'/></testsuite>",
    "references to nothing": f"<testsuite><testcase name='{'&x;' * 100_000}'/></testsuite>",
    "references to what is no character": "<testsuite><testcase name='&#0;&#xD800;&#x110000;&#99999999999;a'/></testsuite>",
    "ampersands": "<testsuite><testcase name='" + "&" * 200_000 + "'/></testsuite>",
    "angle brackets": "<testsuite>" + "<" * 200_000 + CASE,
    "quotes": "<testsuite a='" + "'\"" * 200_000 + ">" + CASE,
    "a thousand document types": "<!DOCTYPE x []>" * 1_000 + f"<testsuite>{CASE}</testsuite>",
    "a document type without end": "<!DOCTYPE x [" + "<!ENTITY a 'b'>" * 50_000,
    "control characters": "<testsuite>" + "\x01\x02\x0b" * 50_000 + CASE + "</testsuite>",
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_a_document_that_costs_too_much_is_read_as_far_as_it_goes(text):
    # The first letters of a long name tell it from no other, so what is kept of it is short.
    assert len(told(text.encode())) < 2_000_000
