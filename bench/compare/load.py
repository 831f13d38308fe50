"""Runs cachekit-compare-load against a server, and fills servers."""

import json
import subprocess

import cells
import servers

LOADING_CONNECTIONS = 8
LOADING_DEPTH = 64
REQUESTS_TO_SETTLE_PER_S = 500_000


class Loader:
    def __init__(self, programs, core):
        self.program = programs / "cachekit-compare-load"
        self.core = core

    def unfit_build(self):
        """What is wrong with the build, or nothing."""
        return subprocess.run([self.program, "--build-kind"], capture_output=True, text=True,
                              check=True).stdout.strip()

    def run(self, server, operation, keys, value_bytes, key_bytes=cells.KEY_BYTES, **more):
        flags = {"port": server.port, "protocol": server.protocol, "operation": operation,
                 "keys": keys, "key-bytes": key_bytes, "value-bytes": value_bytes,
                 "server-pid": server.process.pid}
        flags.update((name.replace("_", "-"), value) for name, value in more.items())
        command = [str(self.program)]
        for name, value in flags.items():
            command += [f"--{name}", str(value)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False,
                             preexec_fn=servers.pinned(self.core))
        if ran.returncode != 0:
            raise servers.Failure(f"the load on {server.name} failed: {ran.stderr.strip()}")
        return json.loads(ran.stdout)

    def fill(self, server, keys, value_bytes, key_bytes=cells.KEY_BYTES, ttl_s=0):
        """Sets every key once, and checks that all of them are there."""
        self.run(server, "fill", keys, value_bytes, key_bytes, ttl=ttl_s,
                 connections=LOADING_CONNECTIONS, depth=LOADING_DEPTH)
        held = server.entries()
        if held is not None and held != keys:
            raise servers.Failure(f"{server.name} holds {held} of {keys} entries")

    def settle(self, server, keys, value_bytes):
        """Requests enough for tables that grow with each of them to be done with it."""
        self.run(server, "get", keys, value_bytes, depth=LOADING_DEPTH,
                 connections=LOADING_CONNECTIONS, seconds=0.5 + keys / REQUESTS_TO_SETTLE_PER_S)
