"""The addresses that this computer has in its networks, the likeliest for phones first."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import ifaddr

_LANS = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""What schools and homes use (RFC 1918)."""

_ANY_HOST = "192.0.2.1"
"""A host for which there is only the default route (RFC 5737)."""

_VIRTUAL = re.compile(
    r"^(docker|br-|veth|virbr|vmnet|vbox|lxc|lxd|cni|flannel|cali|podman|tun|tap|utun|wg|ppp|ipsec|zt|ham\d)"
    r"|(?<!direct )virtual|vmware|hyper-v|vpn|tunnel|tailscale|zerotier|wireguard|nordlynx|loopback",
    re.IGNORECASE,
)
"""Names of adapters that lead to virtual machines, containers or far away, on Linux, macOS and Windows."""


@dataclass(frozen=True)
class OwnAddress:
    """One address of this computer.

    Attributes:
        host: The address.
        adapter: What the system calls the adapter that has it; empty if unknown.
        is_far: Whether the adapter seems to lead elsewhere than to the phones in the room.
    """

    host: str
    adapter: str = ""
    is_far: bool = False

    @property
    def is_own_choice(self) -> bool:
        """Whether the computer took it by itself, because no network gave it one (RFC 3927)."""
        return ipaddress.ip_address(self.host).is_link_local


def routed_address() -> str:
    """Return the address under which this computer would speak to the internet. Nothing is sent.

    Raises:
        OSError: There is no way to it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((_ANY_HOST, 9))  # of UDP: only looks up the way
        return str(probe.getsockname()[0])


def own_addresses(
    preferred: str = "",
    *,
    adapters: Callable[[], Iterable[ifaddr.Adapter]] = ifaddr.get_adapters,
    routed: Callable[[], str] = routed_address,
) -> tuple[OwnAddress, ...]:
    """Return this computer's addresses, the likeliest to be reached by phones first.

    IPv6 only where no network gave it an address of IPv4: phones have both, and people have to type it.

    Args:
        preferred: An address that comes first among those that lead to the room.
        adapters: Lists the adapters of this computer.
        routed: See `routed_address`.
    """
    found: dict[str, OwnAddress] = {}
    with suppress(OSError, AssertionError):  # a system or an adapter that ifaddr cannot read
        found = {own.host: own for adapter in adapters() for own in _addresses_of(adapter)}
    usual = ""
    with suppress(OSError):
        usual = routed()
        if _is_reachable(usual):
            found.setdefault(usual, OwnAddress(usual))

    def unlikeliness(own: OwnAddress) -> tuple[bool, ...]:
        is_lan = any(ipaddress.ip_address(own.host) in lan for lan in _LANS)
        return own.is_own_choice, own.is_far, own.host != preferred, not is_lan, own.host != usual

    ordered = sorted(found.values(), key=unlikeliness)
    version4 = [own for own in ordered if ":" not in own.host]
    return tuple(ordered if all(own.is_own_choice for own in version4) else version4)


def _addresses_of(adapter: ifaddr.Adapter) -> Iterable[OwnAddress]:
    for ip in adapter.ips:
        host = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
        # A network of one address is the end of a tunnel.
        is_far = any(map(_VIRTUAL.search, (adapter.nice_name, ip.nice_name))) or ip.network_prefix == 32
        if _is_reachable(host):
            yield OwnAddress(host, ip.nice_name, is_far)


def _is_reachable(host: str) -> bool:
    """Say whether another computer could use an address. One of IPv6 for one link needs more than itself."""
    address = ipaddress.ip_address(host)
    if address.is_loopback or address.is_unspecified or address.is_multicast:
        return False
    return not (address.version == 6 and address.is_link_local)
