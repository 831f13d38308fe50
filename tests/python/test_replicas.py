"""Shards with replicas: where reads go, and what becomes of a primary's keys."""

import time

import cachekit
import pytest


@pytest.fixture(scope="module")
def replicated():
    with cachekit.LocalCluster.start(shards=1, replicas=1) as running:
        yield running


def gets_at(client, node):
    lines = client.command_on(node, "INFO", "commandstats").decode().splitlines()
    calls = [line.split("calls=")[1].split(",")[0] for line in lines if line.startswith("cmdstat_get:")]
    return int(calls[0]) if calls else 0


def test_reads_go_where_the_policy_says(replicated):
    writer = cachekit.Client.connect(
        replicated.url(), write_replicas=1, write_replicas_timeout=0.4)
    assert writer.set("k", "v")
    reader = cachekit.Client.connect(
        replicated.url(), read_policy="prefer_replica", max_staleness=2.0)
    replica = reader.topology()["shards"][0]["replicas"][0]
    before = gets_at(reader, replica)
    assert reader.get("k") == b"v"
    assert gets_at(reader, replica) == before + 1


def test_a_policy_that_does_not_exist(replicated):
    with pytest.raises(cachekit.InvalidArgument, match="nearest"):
        cachekit.Client.connect(replicated.url(), read_policy="farthest")


def test_a_client_that_knows_one_node_survives_its_death():
    with cachekit.LocalCluster.start(shards=1, replicas=1) as cluster:
        safe = cachekit.Client.connect(
            cluster.url(), write_replicas=1, write_replicas_timeout=0.4)
        assert safe.set("k", "v")
        shard = safe.topology()["shards"][0]
        client = cachekit.Client.connect(f"nodes://{shard['primary']}")
        addresses = [node["address"] for node in cluster.nodes()]
        cluster.kill_node(addresses.index(shard["primary"]))
        deadline = time.monotonic() + 30
        while client.topology()["shards"][0]["primary"] == shard["primary"]:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert client.get("k") == b"v"
