"""What a client tells of itself, through the module."""

import re

import cachekit


def test_stats_count_calls_and_replies(cluster):
    client = cachekit.Client.connect(cluster.url())
    client.set("k", "v")
    client.get("k")
    stats = client.stats()
    assert stats["calls"]["ok"] == 2
    assert stats["call_latency"]["read"]["count"] == 1
    assert 0 < stats["call_latency"]["write"]["p99"] < 1
    assert sum(node["replies"] for node in stats["nodes"]) == 2
    assert {node["role"] for node in stats["nodes"]} == {"primary"}
    assert stats["nodes"][0]["errors"]["unanswered"] == 0
    assert stats["near_cache"]["hits"] == 0


def test_prometheus_text_says_the_same(cluster):
    client = cachekit.Client.connect(cluster.url())
    client.set("k", "v")
    text = client.prometheus_text(labels={"client": 'a "b"'})
    assert 'cachekit_client_calls_total{client="a \\"b\\"",code="ok"} 1\n' in text
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \S+ .+|[a-z_]+(\{.+\})? [0-9.e+-]+", line), line


def test_hot_keys_come_with_their_rates(cluster):
    client = cachekit.Client.connect(cluster.url(), hot_keys=2)
    for _ in range(500):
        client.get("hot")
    hot = client.hot_keys()[0]
    assert hot["key"] == b"hot"
    assert hot["reads_per_second"] > 100
    assert cachekit.Client.connect(cluster.url(), hot_keys=0).hot_keys() == []
