"""Lists, sets and hashes through the module; and what is told about keys."""

import time

import cachekit
import pytest


def test_lists(client):
    assert client.rpush("l", "a", "b", "c") == 3
    assert client.lpush("l", "y", "x") == 5
    assert client.lpushx("none", "v") == client.rpushx("none", "v") == 0
    assert client.rpushx("l", "x") == 6
    assert client.lrange("l", 0, -1) == [b"x", b"y", b"a", b"b", b"c", b"x"]
    assert client.llen("l") == 6
    assert client.lindex("l", -2) == b"c"
    assert client.lindex("l", 6) is None
    assert client.lpos("l", "x") == 0
    assert client.lpos("l", "x", rank=-1) == 5
    assert client.lpos("l", "x", rank=2, max_compared=5) is None
    assert client.lpos_all("l", "x") == [0, 5]
    assert client.linsert("l", "before", "a", "0") == 7
    client.lset("l", 2, "1")
    assert client.lrem("l", -1, "x") == 1
    client.ltrim("l", 1, -1)
    assert client.lpop("l") == b"y"
    assert client.rpop("l", 2) == [b"c", b"b"]
    assert client.lpop("l", 9) == [b"1", b"a"]
    assert client.rpop("l") is None
    assert client.lpop("l", 1) == []
    client.rpush("{t}a", "1", "2")
    assert client.lmove("{t}a", "{t}b") == b"1"
    assert client.lmove("{t}a", "{t}b", "right", "left") == b"2"
    assert client.lrange("{t}b", 0, -1) == [b"2", b"1"]


def test_sets(client):
    assert client.sadd("s", "a", "b", "c", "a") == 3
    assert client.scard("s") == 3
    assert client.sismember("s", "a") is True
    assert client.smismember("s", ["a", "x"]) == [True, False]
    assert client.smembers("s") == {b"a", b"b", b"c"}
    assert client.srem("s", "a", "x") == 1
    assert set(client.srandmember("s", 5)) == {b"b", b"c"}
    assert len(client.srandmember("s", -5)) == 5
    assert client.srandmember("s") in {b"b", b"c"}
    assert client.spop("s") in {b"b", b"c"}
    assert len(client.spop("s", 5)) == 1
    assert client.spop("s") is None
    assert client.smembers("s") == set()
    client.sadd("{t}a", "1", "2", "3")
    client.sadd("{t}b", "2", "3", "4")
    assert client.sinter("{t}a", "{t}b") == {b"2", b"3"}
    assert client.sunion("{t}a", "{t}b") == {b"1", b"2", b"3", b"4"}
    assert client.sdiff("{t}a", "{t}b") == {b"1"}
    assert client.sintercard(["{t}a", "{t}b"]) == 2
    assert client.sintercard(["{t}a", "{t}b"], limit=1) == 1
    assert client.sinterstore("{t}c", "{t}a", "{t}b") == 2
    assert client.sunionstore("{t}c", "{t}a", "{t}b") == 4
    assert client.sdiffstore("{t}c", "{t}a", "{t}b") == 1
    assert client.smove("{t}a", "{t}b", "1") is True


def test_hashes(client):
    assert client.hset("h", "name", "Ada") == 1
    assert client.hset("h", {"name": "Eve", b"age": b"7"}) == 1
    assert client.hsetnx("h", "name", "Bob") is False
    assert client.hget("h", "name") == b"Eve"
    assert client.hget("h", "none") is None
    assert client.hmget("h", ["age", "none"]) == [b"7", None]
    assert client.hgetall("h") == {b"name": b"Eve", b"age": b"7"}
    assert client.hgetall("none") == {}
    assert sorted(client.hkeys("h")) == [b"age", b"name"]
    assert sorted(client.hvals("h")) == [b"7", b"Eve"]
    assert client.hlen("h") == 2
    assert client.hstrlen("h", "name") == 3
    assert client.hexists("h", "name") is True
    assert client.hincrby("h", "age") == 8
    assert client.hincrbyfloat("h", "age", 0.5) == 8.5
    assert client.hdel("h", "age", "none") == 1
    assert client.hrandfield("h") == b"name"
    assert client.hrandfield("h", -2) == [b"name", b"name"]
    assert client.hrandfield_with_values("h", -2) == [(b"name", b"Eve")] * 2


def test_walks_over_one_key(client):
    fields = {f"field:{i}": str(i) for i in range(1000)}
    client.hset("h", fields)
    client.sadd("s", *fields)
    met, members, cursor = {}, set(), 0
    while True:
        cursor, page = client.hscan("h", cursor, count=100)
        met.update(page)
        if cursor == 0:
            break
    assert met == {field.encode(): value.encode() for field, value in fields.items()}
    while True:
        cursor, page = client.sscan("s", cursor, match="field:99*")
        members.update(page)
        if cursor == 0:
            break
    assert len(members) == 11


def test_a_pipeline_reads_answers_as_a_client_does(client):
    pipeline = client.pipeline()
    pipeline.rpush("l", "a").lpop("l", 2).sadd("s", "m").smembers("s")
    pipeline.hset("h", {"f": "v"}).hgetall("h").hscan("h").memory_usage("none")
    assert pipeline.execute() == [1, [b"a"], 1, {b"m"}, 1, {b"f": b"v"}, (0, {b"f": b"v"}), None]


def test_a_pipeline_has_every_command_that_a_client_has():
    not_commands = {"aio", "command_on", "connect", "hot_keys", "locate", "near_cache_statistics",
                    "pipeline", "prometheus_text", "scan", "stats", "topology"}
    commands = {name for name in dir(cachekit.Client) if not name.startswith("_")}
    assert commands - set(dir(cachekit.Pipeline)) == not_commands | {"transaction"}
    assert commands - set(dir(cachekit.AsyncClient)) == not_commands


def test_what_is_told_of_keys(client):
    at = time.time() + 1000
    assert client.set_get("{t}k", "1", exat=at) is None
    assert client.set_get("{t}k", "2", nx=True) == b"1"
    assert abs(client.expiretime("{t}k") - at) <= 1
    assert abs(client.pexpiretime("{t}k") - at * 1000) <= 1
    assert client.copy("{t}k", "{t}copy") is True
    assert client.copy("{t}k", "{t}copy") is False
    assert client.copy("{t}k", "{t}copy", replace=True) is True
    assert client.expire_at("{t}k", at + 1000, gt=True) is True
    assert client.getex_at("{t}k", at) == b"1"
    assert client.getex_persist("{t}k") == b"1"
    assert client.expiretime("{t}k") == -1
    assert client.object_encoding("{t}k") == b"int"
    assert client.object_encoding("nobody") is None
    assert client.object_refcount("{t}k") == 1
    assert client.object_freq("{t}k") >= 0
    assert client.memory_usage("{t}k") > 0
    with pytest.raises(cachekit.ServerError):
        client.object_idletime("{t}k")


def test_calls_that_make_no_sense(client):
    client.set("text", "v")
    with pytest.raises(cachekit.WrongType):
        client.lpush("text", "v")
    for refused in (lambda: client.lpush("l"), lambda: client.lpop("l", -1), lambda: client.hset("h", {}),
                    lambda: client.lmove("{t}a", "{t}b", "top"), lambda: client.linsert("l", "at", "a", "b"),
                    lambda: client.sscan("s", count=0), client.sinter):
        with pytest.raises(cachekit.InvalidArgument):
            refused()
    for wrong in ({"f": 1}, {1: "v"}, [("f", "v")]):
        with pytest.raises(TypeError):
            client.hset("h", wrong)
    with pytest.raises(TypeError, match="expected str or bytes"):
        client.sadd("s", "m", 1)
