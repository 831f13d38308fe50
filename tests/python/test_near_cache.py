"""The near-cache through the module."""

import cachekit
import pytest


def test_hits_come_from_the_clients_own_memory(cluster, client):
    near = cachekit.Client.connect(
        cluster.url(), near_cache=cachekit.NearCacheOptions(1 << 20, prefixes=["near:"]))
    client.set("near:k", "v1")
    client.set("far:k", "v1")
    for _ in range(10):
        assert near.get("near:k") == b"v1"
        assert near.get("far:k") == b"v1"
    statistics = near.near_cache_statistics()
    assert statistics["hits"] + statistics["misses"] == 10
    assert statistics["entries"] <= 1
    near.set("near:k", "v2")
    assert near.get("near:k") == b"v2"


def test_without_one_nothing_is_counted(client):
    client.get("k")
    assert set(client.near_cache_statistics().values()) == {0}


def test_options_that_make_no_sense(cluster):
    with pytest.raises(cachekit.InvalidArgument, match="max_age"):
        cachekit.Client.connect(
            cluster.url(), near_cache=cachekit.NearCacheOptions(1 << 20, tracking=False))
    with pytest.raises(TypeError):
        cachekit.NearCacheOptions()
