"""A network in which a server can be cut off from all others, or from one client.

All run on one machine, in a network namespace of this program's own, and meet on its loopback
interface. Every server listens on three addresses, its doors: everybody uses FRONT but the client
that stands beside a server (BESIDE), and the guest (GUEST). A cut is rules of nft that drop the
packets through some doors of one port; they end with the namespace.
"""

import ctypes
import os
import subprocess

FRONT = "127.0.0.1"
BESIDE = "127.0.0.2"  # never cut
GUEST = "127.0.0.3"
DOORS = (FRONT, BESIDE, GUEST)

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


class NoNetwork(Exception):
    """Why there can be none, for the user."""


def enter_own_network():
    """Before any thread or process is started: they inherit it. Needs root, iproute2, nftables."""
    if LIBC.unshare(CLONE_NEWNET) != 0:
        raise NoNetwork(f"no network of its own: {os.strerror(ctypes.get_errno())}")
    _run("ip", "link", "set", "lo", "up")
    _run("nft", "list", "ruleset")


def cut(port):
    """From now on nothing goes to that server, or comes from it, but to whoever stands beside."""
    _drop(port, (FRONT, GUEST))


def cut_from_guest(port):
    _drop(port, (GUEST,))


def heal():
    _run("nft", "delete", "table", "ip", "chaos")


def _drop(port, doors):
    closed = "{ " + ", ".join(doors) + " }"
    _run("nft", f"""table ip chaos {{
        chain in {{
            type filter hook input priority 0
            tcp dport {port} ip daddr {closed} drop
            tcp sport {port} ip saddr {closed} drop
        }}
    }}""")


def _run(*command):
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", b"") or str(error).encode()
        raise NoNetwork(f"{command[0]} has failed: {reason.decode().strip()}") from error
