"""Pipelines: answers in call order, failures one by one."""

import cachekit
import pytest


def test_answers_come_in_call_order(client):
    pipeline = client.pipeline()
    for i in range(500):
        pipeline.set(f"key:{i}", str(i)).incr(f"key:{i}")
    assert len(pipeline) == 1000
    results = pipeline.execute()
    assert results[0::2] == [True] * 500
    assert results[1::2] == [i + 1 for i in range(500)]
    assert len(pipeline) == 0
    assert pipeline.execute() == []


def test_commands_with_keys_on_all_shards(client):
    pairs = {f"key:{i}": str(i) for i in range(100)}
    with client.pipeline() as pipeline:
        pipeline.mset(pairs).mget(list(pairs)).delete(*pairs)
        stored, values, deleted = pipeline.execute()
    assert stored is None
    assert values == [value.encode() for value in pairs.values()]
    assert deleted == 100


def test_one_failure_leaves_the_others_alone(client):
    client.set("text", "abc")
    pipeline = client.pipeline().incr("text").incr("count")
    failed, count = pipeline.execute(raise_on_error=False)
    assert isinstance(failed, cachekit.ServerError)
    assert count == 1
    with pytest.raises(cachekit.ServerError):
        client.pipeline().incr("text").execute()


def test_leaving_drops_what_was_not_executed(client):
    with client.pipeline() as pipeline:
        pipeline.set("key", "value")
    assert len(pipeline) == 0
    assert client.get("key") is None


def test_a_pipeline_keeps_its_client_alive(cluster):
    pipeline = cachekit.Client.connect(cluster.url()).pipeline()
    assert pipeline.set("key", "value").execute() == [True]
