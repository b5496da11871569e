"""A host of its own: a Linux network namespace whose only way out is a wire that the tests hold in their hands.

The wire is a TUN device: what the host sends can be read from it packet by packet, and what is written to it arrives.
So loss and delay need no kernel module, no firewall and no package, only a Linux that lets us make namespaces: as root,
or as anybody where user namespaces are allowed. A namespace goes with its last process; nothing is left to tidy up.

`python -m tests.faults.network.host SOCKET ADDRESSES COMMAND...` becomes such a host, hands its wire out over the
inherited socket and then runs the command in it.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

MTU = 1_400
# From <linux/if.h>, <linux/if_tun.h> and <linux/sockios.h>.
_IFF_UP, _IFF_RUNNING, _IFF_TUN, _IFF_NO_PI = 0x1, 0x40, 0x1, 0x1000
_TUNSETIFF = 0x400454CA
_SIOCSIFFLAGS, _SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCSIFMTU = 0x8914, 0x8916, 0x891C, 0x8922


def become_host(addresses: Sequence[str]) -> int:
    """Move this process, which must have one thread, into a host of its own with these addresses (all in one /24);
    the wire. Raises OSError where the machine does not allow it."""
    _unshare()
    wire = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(wire, _TUNSETIFF, struct.pack("16sH22x", b"wire", _IFF_TUN | _IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        _set(control, _SIOCSIFFLAGS, "lo", struct.pack("H", _IFF_UP | _IFF_RUNNING))
        for number, address in enumerate(addresses):
            name = "wire" if number == 0 else f"wire:{number}"
            _set(control, _SIOCSIFADDR, name, _internet(address))
            _set(control, _SIOCSIFNETMASK, name, _internet("255.255.255.0"))
        _set(control, _SIOCSIFMTU, "wire", struct.pack("i", MTU))
        _set(control, _SIOCSIFFLAGS, "wire", struct.pack("H", _IFF_UP | _IFF_RUNNING))
    return wire


def _unshare() -> None:
    user, group = os.getuid(), os.getgid()
    try:
        os.unshare(os.CLONE_NEWNET)
    except PermissionError:
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _set(control: socket.socket, request: int, name: str, value: bytes) -> None:
    fcntl.ioctl(control, request, struct.pack("16s24s", name.encode(), value))


def _internet(address: str) -> bytes:
    return struct.pack("H2x4s8x", socket.AF_INET, socket.inet_aton(address))


def why_not() -> str | None:
    """Why this machine cannot make such hosts; None if it can. Tried in a process of its own."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            become_host(["10.99.0.1"])
        except OSError as error:
            os.write(write, f"{error.strerror}: {error.filename or 'a network namespace'}".encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as reasons:
        return reasons.read() or None
