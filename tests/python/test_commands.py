"""Every command through the module: argument and result types, and their meaning once."""

import datetime
import time

import cachekit
import pytest


def test_the_session_of_the_readme(client):
    assert client.set("user:123:session", "abc123xyz", ex=3600) is True
    assert client.get("user:123:session") == b"abc123xyz"
    assert client.exists("user:123:session") == 1
    assert client.ttl("user:123:session") in (3599, 3600)
    client.set("page:views:123", "500")
    assert client.incr("page:views:123") == 501
    assert client.expire("user:123:session", 60) is True
    assert client.ttl("page:views:123") == -1
    assert client.ttl("nobody") == -2
    assert client.delete("user:123:session") == 1


def test_a_miss_is_none(client):
    assert client.get("nobody") is None
    assert client.mget(["nobody", "nothing"]) == [None, None]


def test_keys_and_values_are_any_bytes(client):
    key, value = b"\x00\xff key", bytes(range(256))
    assert client.set(key, value)
    assert client.get(key) == value


def test_a_str_is_utf8(client):
    client.set("größe", "zwölf")
    assert client.get("größe".encode()) == "zwölf".encode()


@pytest.mark.parametrize("wrong", [1, None, 2.5, ["key"]])
def test_other_types_are_type_errors(client, wrong):
    with pytest.raises(TypeError):
        client.get(wrong)


def test_set_conditions(client):
    assert client.set("key", "1", nx=True) is True
    assert client.set("key", "2", nx=True) is False
    assert client.set("other", "1", xx=True) is False
    assert client.set("key", "2", if_equal="1") is True
    assert client.set("key", "3", if_equal="1") is False
    assert client.get("key") == b"2"


def test_set_expiries(client):
    client.set("timedelta", "1", ex=datetime.timedelta(minutes=2))
    client.set("float", "1", ex=0.5)
    client.set("millis", "1", px=1500)
    client.set("at", "1", exat=time.time() + 100)
    assert 119_000 < client.pttl("timedelta") <= 120_000
    assert 0 < client.pttl("float") <= 500
    assert 1000 < client.pttl("millis") <= 1500
    assert 98 <= client.ttl("at") <= 100
    client.set("millis", "2", keepttl=True)
    assert client.pttl("millis") > 0
    assert client.persist("millis") is True
    assert client.ttl("millis") == -1


@pytest.mark.parametrize("options", [{"ex": 1, "px": 1}, {"nx": True, "xx": True}, {"ex": 1, "keepttl": True}])
def test_contradicting_options_are_refused(client, options):
    with pytest.raises(cachekit.InvalidArgument):
        client.set("key", "value", **options)
    assert client.get("key") is None


def test_parts_of_values(client):
    assert client.append("key", "hello ") == 6
    assert client.append("key", "world") == 11
    assert client.strlen("key") == 11
    assert client.getrange("key", -5, -1) == b"world"
    assert client.setrange("key", 0, "HELLO") == 11
    assert client.getset("key", "new") == b"HELLO world"
    assert client.getex("key", 10) == b"new"
    assert client.ttl("key") in (9, 10)
    assert client.getdel("key") == b"new"
    assert client.getdel("key") is None


def test_counters(client):
    assert client.incr("count", 5) == 5
    assert client.decr("count", 7) == -2
    assert client.incrbyfloat("count", 2.5) == 0.5


def test_many_keys_over_all_shards(client):
    pairs = {f"key:{i}": str(i) for i in range(300)}
    client.mset(pairs)
    shards = {client.locate(key)[0] for key in pairs}
    assert len(shards) == 3
    assert client.mget(list(pairs)) == [value.encode() for value in pairs.values()]
    assert client.exists(*pairs) == 300
    assert client.touch(*pairs, "nobody") == 300
    assert client.unlink("key:0", "nobody") == 1
    assert client.delete(*pairs) == 299


def test_keys_of_one_tag_share_a_shard(client):
    assert client.msetnx({"{tag}a": "1", "{tag}b": "2"}) is True
    assert client.msetnx({"{tag}b": "1", "{tag}c": "2"}) is False
    client.rename("{tag}a", "{tag}z")
    assert client.renamenx("{tag}z", "{tag}b") is False
    assert client.type("{tag}z") == b"string"
    assert client.delifeq("{tag}z", "2") is False
    assert client.delifeq("{tag}z", "1") is True


def test_expire_conditions(client):
    client.set("key", "value")
    assert client.expire("key", 100, xx=True) is False
    assert client.expire("key", 100, nx=True) is True
    assert client.expire("key", 50, gt=True) is False
    assert client.expire("key", 50, lt=True) is True
    with pytest.raises(cachekit.InvalidArgument):
        client.expire("key", 50, gt=True, lt=True)


def test_any_command(client):
    assert client.command("SET", "key", b"\x00") == "OK"
    assert client.command("GET", "key") == b"\x00"
    assert client.command("MGET", "key", "nobody") == [b"\x00", None]
    address = client.locate("key")[1]
    assert b"redis_version" in client.command_on(address, "INFO", "server")


def test_topology(client, cluster):
    topology = client.topology()
    assert [shard["primary"] for shard in topology["shards"]] == [
        node["address"] for node in cluster.nodes()
    ]


def test_a_transaction(client):
    answers = client.transaction(
        "n", [("SET", "n", "1"), ("LPUSH", "n", "x"), ("INCR", "n"), (b"GET", b"n")]
    )
    assert isinstance(answers[1], cachekit.ServerError)
    assert [answers[0], answers[2], answers[3]] == ["OK", 2, b"2"]
    with pytest.raises(cachekit.InvalidArgument):
        client.transaction("n", [])
    with pytest.raises(cachekit.ConcernNotMet):
        client.transaction("n", [("INCR", "n")], write_replicas=1)
    for wrong in (["INCR n"], [("INCR", 1)], "INCR"):
        with pytest.raises(TypeError):
            client.transaction("n", wrong)
    assert client.get("n") == b"3"
