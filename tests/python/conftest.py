"""A cluster of three nodes for all tests, emptied before each."""

import cachekit
import pytest


@pytest.fixture(scope="session")
def cluster():
    with cachekit.LocalCluster.start(shards=3) as running:
        yield running


@pytest.fixture
def client(cluster):
    connected = cachekit.Client.connect(cluster.url())
    for node in cluster.nodes():
        assert connected.command_on(node["address"], "FLUSHALL") == "OK"
    return connected


@pytest.fixture
def stopped_cluster():
    """A cluster whose first node has been stopped."""
    with cachekit.LocalCluster.start(shards=2) as running:
        running.stop_node(0)
        yield running
