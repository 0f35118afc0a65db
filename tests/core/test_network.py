"""This computer's addresses: all that others can use are found, the likeliest first."""

from __future__ import annotations

import socket

import pytest
from ifaddr import IP, Adapter

from securechat.web.network import own_addresses, routed_address


def adapter(name: str, *ips: str, prefix: int = 24, connection: str = "") -> Adapter:
    """Return an adapter as ifaddr reports it; a connection of Windows has a name of its own."""
    of = [IP((ip, 0, 0) if ":" in ip else ip, prefix, connection or name) for ip in ips]
    return Adapter(name, name, of)


def hosts(*adapters: Adapter, usual: str = "", preferred: str = "") -> list[str]:
    """Return the addresses found on a computer with these adapters and this way out."""

    def routed() -> str:
        if not usual:
            raise OSError
        return usual

    return [own.host for own in own_addresses(preferred, adapters=lambda: adapters, routed=routed)]


LOOPBACK = adapter("lo", "127.0.0.1", "::1", prefix=8)
WIFI = adapter("wlp3s0", "192.168.178.20", "fd00::20", "fe80::20")
VPN = adapter("tun0", "10.8.0.6")


def test_a_vpn_with_the_way_out_comes_after_the_wifi() -> None:
    """All are there, loopback never; the phones are in the room, not behind the VPN."""
    assert hosts(LOOPBACK, VPN, WIFI, usual="10.8.0.6") == ["192.168.178.20", "10.8.0.6"]
    assert hosts(LOOPBACK, VPN, WIFI, usual="10.8.0.6", preferred="10.8.0.6")[0] == "192.168.178.20"


@pytest.mark.parametrize(
    "name",
    [
        "docker0",
        "br-3f2a",
        "veth12",
        "virbr0",
        "vmnet8",
        "tun0",
        "tap0",
        "utun3",
        "wg0",
        "ppp0",
        "tailscale0",
        "ztabc",
        "Hyper-V Virtual Ethernet Adapter",
        "VirtualBox Host-Only Ethernet Adapter",
        "TAP-Windows Adapter V9",
        "WireGuard Tunnel",
        "Cisco AnyConnect Virtual Miniport Adapter",
    ],
)
def test_adapters_that_lead_elsewhere_come_last(name: str) -> None:
    """Virtual machines, containers, tunnels; also with a usual address, and the way out."""
    assert hosts(adapter(name, "192.168.5.1"), adapter("eth0", "141.2.3.4"), usual="192.168.5.1") == [
        "141.2.3.4",
        "192.168.5.1",
    ]


def test_an_adapter_of_unknown_name_with_one_address_is_a_tunnel() -> None:
    """A network of one address has no room for phones."""
    assert hosts(adapter("x0", "192.168.5.1", prefix=32), WIFI)[0] == "192.168.178.20"


@pytest.mark.parametrize(
    "name", ["en0", "wlan0", "bridge100", "Microsoft Wi-Fi Direct Virtual Adapter", "br0"]
)
def test_what_phones_connect_to_comes_first(name: str) -> None:
    """Wi-Fi, bridges, and the hotspot that a computer itself makes."""
    assert hosts(VPN, adapter(name, "192.168.137.1"), usual="10.8.0.6")[0] == "192.168.137.1"


def test_the_name_of_a_connection_counts_too() -> None:
    """On Windows it is the connection that is called vEthernet or VPN, and that people know."""
    virtual = adapter("Some Adapter", "172.28.0.1", connection="vEthernet (WSL)")
    real = adapter("Intel(R) Wi-Fi 6 AX201", "192.168.1.5", connection="WLAN")
    assert own_addresses(adapters=lambda: [virtual, real])[0].adapter == "WLAN"


def test_among_equals_a_lan_comes_first_then_the_way_out() -> None:
    """Private networks before public addresses; the one that the browser uses before all of these."""
    public, lan, other = (
        adapter("eth0", "141.2.3.4"),
        adapter("eth1", "10.1.1.1"),
        adapter("eth2", "10.2.2.2"),
    )
    assert hosts(public, lan, other, usual="10.2.2.2") == ["10.2.2.2", "10.1.1.1", "141.2.3.4"]
    assert hosts(public, lan, other, preferred="141.2.3.4")[0] == "141.2.3.4"


def test_an_address_that_no_network_gave_comes_last() -> None:
    """It is there, though: a cable from computer to computer works with it."""
    assert hosts(adapter("eth0", "169.254.7.7"), VPN) == ["10.8.0.6", "169.254.7.7"]
    [own] = own_addresses(adapters=lambda: [adapter("eth0", "169.254.7.7")], routed=lambda: "127.0.0.1")
    assert own.is_own_choice


def test_version_6_counts_where_no_network_gave_one_of_version_4() -> None:
    """Nobody types it where there is a shorter one; that for one link alone never works in a browser."""
    assert hosts(WIFI) == ["192.168.178.20"]
    assert hosts(adapter("eth0", "fe80::1", "fd00::1", "169.254.7.7")) == ["fd00::1", "169.254.7.7"]


def test_an_address_that_only_the_way_out_tells_is_found() -> None:
    """A system that lists no adapters is not "in no network"; one without any is."""

    def fails() -> list[Adapter]:
        raise OSError

    assert [own.host for own in own_addresses(adapters=fails, routed=lambda: "10.0.0.5")] == ["10.0.0.5"]
    assert hosts(LOOPBACK, usual="127.0.0.1") == []
    assert hosts() == []


def test_this_computer_can_be_asked() -> None:
    """The real adapters are read: no loopback, and each address once."""
    found = [own.host for own in own_addresses()]
    assert len(set(found)) == len(found)
    assert not [host for host in found if host.startswith("127.") or host == "::1"]


def test_nothing_is_sent_to_find_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the way is looked up: a datagram socket, with nothing sent."""
    kinds = []

    class Spy(socket.socket):
        def __init__(self, family: int, kind: int) -> None:
            kinds.append(kind)
            super().__init__(family, kind)

        def connect(self, address: object) -> None:
            super().connect(("127.0.0.1", 9))

        def send(self, data: object, flags: int = 0) -> int:
            raise AssertionError

        def sendto(self, *args: object) -> int:
            raise AssertionError

    monkeypatch.setattr(socket, "socket", Spy)
    assert routed_address() == "127.0.0.1"
    assert kinds == [socket.SOCK_DGRAM]
