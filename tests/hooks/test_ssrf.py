"""No hook leads into our own network, to this machine or to a cloud's credentials: not by its address, a name, or an answer."""

from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from app.core.hooks.address import why_no_hook
from app.core.hooks.hook import Hook
from app.hooks.courier import Courier, Outcome
from tests.hooks.receiver import Receiver, always

pytestmark = pytest.mark.attack("hooks")

METADATA = {
    "link-local": "169.254.169.254",
    "of a container": "169.254.170.2",
    "of AWS over IPv6": "fd00:ec2::254",
    "of Google over IPv6": "fd20:ce::254",
    "of Alibaba": "100.100.100.200",
    "of Azure": "168.63.129.16",
    "of Oracle": "192.0.0.192",
    "mapped": "::ffff:169.254.169.254",
    "mapped, in hex": "::ffff:a9fe:a9fe",
    "compatible": "::169.254.169.254",
    "translated": "::ffff:0:169.254.169.254",
    "by NAT64": "64:ff9b::169.254.169.254",
    "by a NAT64 of one's own": "64:ff9b:1::169.254.169.254",
    "by 6to4": "2002:a9fe:a9fe::",
    "by Teredo": "2001:0:4136:e378:8000:63bf:5601:5601",
    "by ISATAP": "2001:470:1:1::5efe:169.254.169.254",
    "link-local IPv6": "fe80::1",
    "multicast": "224.0.0.1",
    "multicast IPv6": "ff02::1",
}
INSIDE = {
    "this machine": "127.0.0.1",
    "all of 127": "127.255.255.254",
    "unspecified": "0.0.0.0",
    "this machine over IPv6": "::1",
    "unspecified IPv6": "::",
    "this machine, mapped": "::ffff:127.0.0.1",
    "this machine, compatible": "::127.0.0.1",
    "this machine, translated": "::ffff:0:127.0.0.1",
    "this machine by NAT64": "64:ff9b::7f00:1",
    "this machine by 6to4": "2002:7f00:1::1",
    "10": "10.1.2.3",
    "172.16": "172.16.0.1",
    "172.31": "172.31.255.255",
    "192.168": "192.168.1.1",
    "a carrier's": "100.64.0.1",
    "unique local": "fc00::1",
    "unique local, given": "fd12:3456:789a::1",
    "site-local": "fec0::1",
    "10, mapped": "::ffff:10.1.2.3",
    "10 by NAT64": "64:ff9b::a01:203",
    "10 by 6to4": "2002:a01:203::1",
    "this network": "0.1.2.3",
    "benchmarks": "198.18.0.1",
    "examples": "192.0.2.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "examples of IPv6": "2001:db8::1",
    "never given out": "4000::1",
}
SPELLINGS = {
    "decimal": "https://2130706433/",
    "octal": "https://0177.0.0.1/",
    "octal, whole": "https://017700000001/",
    "hex": "https://0x7f000001/",
    "hex, in parts": "https://0x7f.0x0.0x0.0x1/",
    "mixed": "https://0x7f.0.1/",
    "short": "https://127.1/",
    "shorter": "https://0/",
    "leading zeros": "https://127.000.000.001/",
    "too large": "https://127.0.0.257/",
    "a dot behind": "https://127.0.0.1./",
    "dots behind": "https://169.254.169.254../",
    "metadata, decimal": "https://2852039166/",
    "metadata, hex": "https://0xa9fea9fe/",
    "metadata, octal": "https://0251.0376.0251.0376/",
    "full width": "https://１２７.０.０.１/",
    "circled": "https://①②⑦.0.0.1/",
    "other dots": "https://127。0。0。1/",
    "percent": "https://%31%32%37.0.0.1/",
    "a zone": "https://[fe80::1%25eth0]/",
    "a zone of this machine": "https://[::1%25lo]/",
    "no number in brackets": "https://[127.0.0.1]/",
    "localhost": "https://localhost/",
    "localhost in capitals": "https://LOCALHOST/",
    "localhost with a dot": "https://localhost./",
    "a host below localhost": "https://x.localhost/",
    "Google's metadata": "https://metadata.google.internal/computeMetadata/v1/",
    "Google's metadata with a dot": "https://metadata.google.internal./",
    "metadata": "https://metadata/",
    "AWS' metadata": "https://instance-data/latest/",
    "a user": "https://hooks.example@127.0.0.1/",
    "a user that looks like a host": "https://hooks.example:443@10.0.0.1/",
    "an empty user": "https://@hooks.example/",
    "a backslash": "https://hooks.example\\@127.0.0.1/",
    "a fragment": "https://127.0.0.1#@hooks.example/",
    "a tab": "https://127.0.0.1\t.hooks.example/",
    "a line end": "https://hooks.example/\r\nHost: inside",
    "a space": "https://hooks.example /",
    "no host": "https:///hook",
    "plain HTTP": "http://hooks.example/",
    "a file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "a socket": "unix:///var/run/docker.sock",
    "no scheme": "hooks.example/hook",
    "a port of SSH": "https://hooks.example:22/",
    "a port of SMTP": "https://hooks.example:25/",
    "a port that is none": "https://hooks.example:99999/",
    "port zero": "https://hooks.example:0/",
}
QUICK = timedelta(seconds=1)


def in_url(address):
    return f"https://[{address}]/" if ":" in address else f"https://{address}/"


@pytest.mark.parametrize("url", SPELLINGS.values(), ids=SPELLINGS)
def test_an_odd_address_is_refused_when_we_start(url):
    assert why_no_hook(url, allows_private=False) is not None


@pytest.mark.parametrize("address", [*METADATA.values(), *INSIDE.values()], ids=[*METADATA, *INSIDE])
def test_an_address_of_no_public_network_is_refused_when_we_start(address):
    assert why_no_hook(in_url(address), allows_private=False) is not None


@pytest.mark.parametrize("address", METADATA.values(), ids=METADATA)
def test_where_clouds_give_out_credentials_no_hook_is_allowed_to_be(address):
    assert why_no_hook(in_url(address), allows_private=True) is not None


class Names(AbstractResolver):
    """A name server that answers as it likes: each time the next of its answers, the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)

    async def resolve(self, host, port=0, family=0):
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            {"hostname": host, "host": one, "port": port, "family": 10 if ":" in one else 2, "proto": 6, "flags": 4}
            for one in addresses
        ]

    async def close(self):
        pass


async def deliver(url, *answers, allows_private=False):
    hook = Hook(name="team", url=url, allows_private=allows_private)
    courier = Courier([hook], resolver=Names(*answers) if answers else None, timeout=QUICK)
    return (await courier.deliver(hook, {}, b"{}")).outcome


@pytest.fixture
async def inside():
    """What nobody outside may reach."""
    made = Receiver()
    await made.server.start_server()
    yield made
    await made.server.close()


@pytest.mark.parametrize("address", [*METADATA.values(), *INSIDE.values()], ids=[*METADATA, *INSIDE])
async def test_a_name_that_leads_into_no_public_network_is_not_followed(address):
    assert await deliver("https://hooks.example/", [address]) is Outcome.BARRED


@pytest.mark.parametrize("address", METADATA.values(), ids=METADATA)
async def test_a_hook_of_a_private_network_is_not_followed_to_a_clouds_credentials(address):
    assert await deliver("http://hooks.internal/", [address], allows_private=True) is Outcome.BARRED


@pytest.mark.parametrize("address", [*METADATA.values(), *INSIDE.values()], ids=[*METADATA, *INSIDE])
async def test_what_would_get_past_the_settings_is_stopped_at_the_socket(address):
    assert await deliver(in_url(address)) is Outcome.BARRED


@pytest.mark.parametrize(
    "host", ["localhost", "2130706433", "0x7f.1", "127.1", "0", "127.0.0.1.", "[::ffff:127.0.0.1]"]
)
async def test_no_spelling_gets_to_this_machine_by_way_of_the_system(inside, host):
    outcome = await deliver(f"http://{host}:{inside.server.port}/")
    assert outcome in (Outcome.BARRED, Outcome.FAILED)
    assert inside.got == []


async def test_a_name_that_changes_its_mind_after_it_was_looked_at_gets_nowhere(inside):
    hook = Hook(name="team", url=f"http://hooks.example:{inside.server.port}/")
    names = Names(["192.0.2.1"], ["127.0.0.1"])
    courier = Courier([hook], resolver=names, timeout=QUICK)
    assert [(await courier.deliver(hook, {}, b"{}")).outcome for _ in range(3)] == [Outcome.BARRED] * 3
    assert inside.got == []


async def test_of_several_addresses_none_is_connected_that_is_not_public(inside):
    url = f"http://hooks.example:{inside.server.port}/"
    assert await deliver(url, ["10.0.0.1", "127.0.0.1", "::1", "169.254.169.254"]) is Outcome.BARRED
    assert inside.got == []


LOCATIONS = {
    "inside": "http://127.0.0.1:{port}/admin",
    "inside, by name": "http://localhost:{port}/admin",
    "inside, without a scheme": "//127.0.0.1:{port}/admin",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "a file": "file:///etc/passwd",
}


@pytest.mark.parametrize("location", LOCATIONS.values(), ids=LOCATIONS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_receiver_sends_us_nowhere(receiver, inside, status, location):
    receiver.answer = always(status, Location=location.format(port=inside.server.port), Refresh="0; url=/admin")
    hook = receiver.hook()
    receipt = await Courier([hook], timeout=QUICK).deliver(hook, {}, b"{}")
    assert (receipt.outcome, receipt.what) == (Outcome.FAILED, f"HTTP {status}")
    assert (len(receiver.got), inside.got) == (1, [])


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
async def test_no_proxy_of_the_environment_sees_what_is_told(receiver, inside, monkeypatch, variable):
    monkeypatch.setenv(variable, f"http://127.0.0.1:{inside.server.port}")
    hook = receiver.hook()
    receipt = await Courier([hook], timeout=QUICK).deliver(hook, {}, b"{}")
    assert (receipt.outcome, inside.got) == (Outcome.DELIVERED, [])


async def test_a_receiver_cannot_have_a_cookie_or_an_answer_kept(receiver):
    async def bake(_request):
        return web.Response(headers={"Set-Cookie": "a=b", "Authorization": "x"})

    receiver.answer = bake
    hook = receiver.hook()
    courier = Courier([hook], timeout=QUICK)
    for _ in range(2):
        await courier.deliver(hook, {}, b"{}")
    assert all("Cookie" not in one.headers and "Authorization" not in one.headers for one in receiver.got)


GOOD = [
    "https://hooks.slack.com/services/T0/B0/x",
    "https://discord.com/api/webhooks/1/x?wait=true",
    "https://receiver.example.com:8443/hook?token=1",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://xn--bcher-kva.example/",
    "https://a_b.example/",
]


@pytest.mark.parametrize("url", GOOD)
def test_an_ordinary_address_is_good(url):
    assert why_no_hook(url, allows_private=False) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/", "http://10.0.0.1/", "https://[fd12::1]/", "http://relay/"])
def test_an_address_in_a_private_network_is_good_where_that_is_allowed(url):
    assert why_no_hook(url, allows_private=True) is None
