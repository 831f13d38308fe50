"""Objects as values."""

import asyncio
import collections
import enum
import json
import pickle
import random

import cachekit
import pytest

HEADER = 13
LONG = "a text that compresses well " * 200


@pytest.fixture
def typed(client):
    return cachekit.Typed(client)


def test_an_object_is_read_as_it_was_written(client, typed):
    session = {"user": "ann", "roles": [1, 2], "token": b"\x00\xff", "quota": 0.5, "admin": True, "team": None}
    assert typed.get("session:1") is None
    assert typed.set("session:1", session, ex=60) is True
    assert typed.get("session:1") == session
    assert 0 < client.ttl("session:1") <= 60
    assert typed.set("session:1", {}, nx=True) is False
    assert typed.mget(["session:1", "nobody"]) == [session, None]
    assert typed.getex("session:1", 600) == session
    assert client.ttl("session:1") > 60
    assert typed.getdel("session:1") == session
    assert typed.getdel("session:1") is None
    assert typed.getex("session:1", 60) is None


@pytest.mark.parametrize(
    "value, packed",
    [
        (None, b"\xc0"),
        (False, b"\xc2"),
        (-1, b"\xff"),
        (2**64 - 1, b"\xcf" + b"\xff" * 8),
        (-(2**63), b"\xd3\x80" + b"\x00" * 7),
        (1.5, b"\xcb\x3f\xf8" + b"\x00" * 6),
        ("ä", b"\xa2\xc3\xa4"),
        (b"ab", b"\xc4\x02ab"),
        ([1, (2,)], b"\x92\x01\x91\x02"),
        ({"a": {}}, b"\x81\xa1a\x80"),
    ],
)
def test_the_bytes_are_message_pack(typed, value, packed):
    assert typed.to_bytes(value)[HEADER:] == packed


def test_the_bytes_are_those_of_other_languages(typed):
    # tests/unit/client/typed_test.cc has the same ones.
    written = bytes.fromhex("c14b01010004000000b8a8eb299201a161")
    assert typed.to_bytes([1, "a"]) == written
    assert typed.from_bytes(written) == [1, "a"]


def random_object(chance, depth=0):
    kind = chance.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.randint(-(2**63), 2**64 - 1) >> chance.randrange(64)
    if kind == 2:
        return chance.uniform(-1e300, 1e300)
    if kind in (3, 4):
        return "".join(chance.choice("aß€😀\0") for _ in range(chance.choice([0, 3, 40, 300])))
    if kind == 5:
        return chance.randbytes(chance.choice([0, 5, 300, 70_000]))
    size = chance.randrange(20)
    if kind == 6:
        return {random_key(chance): random_object(chance, depth + 1) for _ in range(size)}
    return [random_object(chance, depth + 1) for _ in range(size)]


def random_key(chance):
    return chance.choice([chance.randrange(1000), str(chance.random()), chance.randbytes(3)])


def test_random_objects_survive(typed):
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(200):
        value = random_object(chance)
        assert typed.from_bytes(typed.to_bytes(value)) == value, f"seed {seed}"


def test_subclasses_are_what_they_derive_from(typed):
    class Color(enum.IntEnum):
        RED = 3

    class Shout(str):
        def __str__(self):
            return "other"

    class Liar(list):
        def __len__(self):
            return 10**9

        def __iter__(self):
            raise AssertionError("packing must not run this")

    value = collections.OrderedDict(a=Color.RED, b=Shout("text"), c=Liar([1, 2]))
    assert typed.from_bytes(typed.to_bytes(value)) == {"a": 3, "b": "text", "c": [1, 2]}


def nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_what_cannot_be_packed_is_refused(client, typed):
    assert typed.from_bytes(typed.to_bytes(nested(64))) == nested(64)
    endless = []
    endless.append(endless)
    for value in (2**64, -(2**63) - 1, nested(65), endless, {"a": endless}):
        with pytest.raises(cachekit.InvalidArgument):
            typed.set("key", value)
    for value in ({1, 2}, object(), 1j, [print], bytearray(b"a")):
        with pytest.raises(TypeError, match="MessagePack has no form for a"):
            typed.set("key", value)
    with pytest.raises(UnicodeEncodeError):
        typed.set("key", "\ud800")
    assert client.exists("key") == 0


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\xc1",
        b"\x92\x01",
        b"\x01\x01",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff\x01",
        b"\x91" * 65 + b"\x01",
        b"\xa1\xff",
        b"\x81\x90\x01",
        b"\x81\x80\x01",
        b"\xd4\x01\x00",
        b"\xd6\xff\x00\x00\x00\x00",
    ],
)
def test_bytes_that_no_object_has_are_malformed(client, packed):
    with pytest.raises(cachekit.MalformedValue):
        cachekit.Typed(client, accept_raw=True).from_bytes(packed)


def test_values_of_others_are_told_from_objects(client, typed):
    client.set("text", "some text")
    good = typed.to_bytes({"a": 1})
    client.set("cut", good[:-1])
    client.set("changed", good[:-1] + b"\x02")
    client.set("good", good)
    for key in ("text", "cut", "changed"):
        with pytest.raises(cachekit.MalformedValue):
            typed.get(key)
    results = typed.mget(["good", "text", "nobody", "cut"], raise_on_error=False)
    assert results[0] == {"a": 1} and results[2] is None
    assert isinstance(results[1], cachekit.MalformedValue) and isinstance(results[3], cachekit.MalformedValue)
    with pytest.raises(cachekit.MalformedValue):
        typed.mget(["good", "text"])
    client.set("raw", b"\x93\x01\x02\x03")
    assert cachekit.Typed(client, accept_raw=True).get("raw") == [1, 2, 3]


def test_long_values_are_compressed(client, typed):
    typed.set("long", LONG)
    assert client.strlen("long") < len(LONG) / 10
    assert typed.get("long") == LONG
    plain = cachekit.Typed(client, compress_from=10**9)
    plain.set("plain", LONG)
    assert client.strlen("plain") > len(LONG)
    assert typed.get("plain") == LONG and plain.get("long") == LONG


def test_limits(client, typed):
    small = cachekit.Typed(client, max_bytes=100)
    with pytest.raises(cachekit.InvalidArgument):
        small.set("large", "x" * 101)
    typed.set("large", "x" * 10_000)
    with pytest.raises(cachekit.LimitExceeded):
        small.get("large")
    with pytest.raises(cachekit.InvalidArgument):
        cachekit.Typed(client, compression_level=20).set("key", 1)


def test_a_codec_of_ones_own(client, typed):
    codec = cachekit.Codec(200, pickle.dumps, pickle.loads)
    pickled = cachekit.Typed(client, codec=codec)
    assert pickled.set("set", {1, 2, 3}) is True
    assert pickled.get("set") == {1, 2, 3}
    assert pickled.from_bytes(pickled.to_bytes(LONG)) == LONG
    with pytest.raises(cachekit.MalformedValue, match="codec 200"):
        typed.get("set")
    with pytest.raises(cachekit.InvalidArgument):
        cachekit.Codec(127, pickle.dumps, pickle.loads)
    with pytest.raises(cachekit.InvalidArgument):
        cachekit.Codec(256, pickle.dumps, pickle.loads)


def test_what_a_codec_raises_is_raised(client):
    texts = cachekit.Typed(client, codec=cachekit.Codec(128, json.dumps, json.loads))
    with pytest.raises(TypeError, match="must return bytes"):
        texts.set("key", [1])
    objects = cachekit.Typed(client, codec=cachekit.Codec(128, lambda value: json.dumps(value).encode(), json.loads))
    objects.set("key", [1])
    failing = cachekit.Typed(client, codec=cachekit.Codec(128, bytes, lambda read: [][1]))
    with pytest.raises(IndexError):
        failing.get("key")
    results = failing.mget(["key", "nobody"], raise_on_error=False)
    assert isinstance(results[0], IndexError) and results[1] is None


def test_bytes_for_pipelines_asyncio_and_loaders(client, typed):
    with client.pipeline() as pipeline:
        pipeline.set("a", typed.to_bytes([1])).get("a").get("nobody")
        _, found, missing = pipeline.execute()
    assert typed.from_bytes(found) == [1] and typed.from_bytes(missing) is None

    async def read():
        return typed.from_bytes(await client.aio().get("a"))

    assert asyncio.run(read()) == [1]
    with cachekit.Loader(client, ttl=60) as loader:
        loaded = loader.get_or_load("page", lambda key: typed.to_bytes({"key": key.decode()}))
    assert typed.from_bytes(loaded) == {"key": "page"}


def test_the_near_cache_answers(cluster):
    near = cachekit.Client.connect(cluster.url(), near_cache=cachekit.NearCacheOptions(1 << 20))
    typed = cachekit.Typed(near)
    typed.set("near", [1, 2])
    for _ in range(200):
        assert typed.get("near") == [1, 2]
    assert near.near_cache_statistics()["hits"] > 0


def test_only_a_client_will_do(client):
    for other in (None, "client", client.pipeline()):
        with pytest.raises(TypeError):
            cachekit.Typed(other)
