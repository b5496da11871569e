"""Becomes a host, hands its wire out, and runs a command there: see `hosts`."""

from __future__ import annotations

import os
import socket
import sys

from tests.faults.network.hosts import become_host


def main() -> None:
    handle, addresses, *command = sys.argv[1:]
    wire = become_host(addresses.split(","))
    with socket.socket(fileno=int(handle)) as out:
        socket.send_fds(out, [b"wire"], [wire])
    os.close(wire)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
