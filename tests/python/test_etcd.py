"""A local cluster whose topology is in etcd."""

import os
import shutil
import socket
import subprocess
import time

import cachekit
import pytest


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def is_healthy(address):
    return subprocess.run(
        ["etcdctl", f"--endpoints={address}", "--command-timeout=2s", "endpoint", "health"],
        env=os.environ | {"ETCDCTL_API": "3"}, capture_output=True).returncode == 0


@pytest.fixture
def etcd(tmp_path):
    """host:port of one member, which answers."""
    if shutil.which("etcd") is None or shutil.which("etcdctl") is None:
        pytest.skip("etcd is not installed")
    client_port, peer_port = free_ports(2)
    client, peer = (f"http://127.0.0.1:{port}" for port in (client_port, peer_port))
    with open(tmp_path / "log", "wb") as log:
        member = subprocess.Popen(
            ["etcd", "--name", "m", "--data-dir", tmp_path / "data", "--unsafe-no-fsync",
             "--heartbeat-interval", "10", "--election-timeout", "50",
             "--listen-client-urls", client, "--advertise-client-urls", client,
             "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
             "--initial-cluster", f"m={peer}"],
            stdout=log, stderr=log)
    try:
        address = f"127.0.0.1:{client_port}"
        deadline = time.monotonic() + 30
        while not is_healthy(address):
            assert member.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        yield address
    finally:
        member.kill()
        member.wait()


def test_the_topology_of_a_local_cluster_may_be_in_etcd(etcd):
    url = f"etcd://{etcd}/python"
    with cachekit.LocalCluster.start(shards=2, topology=url) as cluster:
        assert cluster.url() == url
        client = cachekit.Client.connect(url)
        assert client.set("k", "v")
        assert client.get("k") == b"v"
        listed = {shard["primary"] for shard in client.topology()["shards"]}
        assert listed == {node["address"] for node in cluster.nodes()}


def test_a_topology_elsewhere_than_in_etcd_is_refused():
    with pytest.raises(cachekit.InvalidArgument, match="etcd"):
        cachekit.LocalCluster.start(topology="cachekit://127.0.0.1:7379")
