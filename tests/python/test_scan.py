"""Walks over all keys of a cluster."""

import cachekit
import pytest


def test_a_walk_tells_the_keys_of_all_shards(client):
    assert list(client.scan()) == []
    keys = {f"user:{i}".encode() for i in range(500)}
    client.mset({key: "v" for key in keys})
    client.sadd("a set", "member")
    assert set(client.scan()) == keys | {b"a set"}
    assert set(client.scan(match="user:1*", count=1000)) == {k for k in keys if k.startswith(b"user:1")}
    assert set(client.scan(type="set", count=100)) == {b"a set"}
    with pytest.raises(cachekit.InvalidArgument):
        next(client.scan(count=0))


def test_a_walk_keeps_its_client_alive(client, cluster):
    client.set("key", "v")
    scan = cachekit.Client.connect(cluster.url()).scan()
    assert list(scan) == [b"key"]
    assert list(scan) == []


def test_after_a_failure_a_walk_goes_on_where_it_was(stopped_cluster):
    client = cachekit.Client.connect(stopped_cluster.url(), total_timeout=0.2)
    alive = stopped_cluster.nodes()[1]["address"]
    keys = [key for key in (f"k{i}" for i in range(50)) if client.locate(key)[1] == alive]
    client.mset({key: "v" for key in keys})
    scan = client.scan()
    told = set()
    with pytest.raises(cachekit.Error):
        told.update(key for key in scan)
    stopped_cluster.start_node(0)
    client = cachekit.Client.connect(stopped_cluster.url())
    told.update(client.scan())
    told_later = set(scan)
    assert told | told_later == {key.encode() for key in keys}
