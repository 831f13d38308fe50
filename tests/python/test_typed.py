"""Objects as values."""

import asyncio
import collections
import enum
import json
import math
import os
import pickle
import random
import struct
import threading

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
        (1.0, b"\xcb\x3f\xf0" + b"\x00" * 6),
        (-0.0, b"\xcb\x80" + b"\x00" * 7),
        (2.0**64, b"\xcb\x43\xf0" + b"\x00" * 6),
        (math.inf, b"\xcb\x7f\xf0" + b"\x00" * 6),
        ("ä", b"\xa2\xc3\xa4"),
        (b"ab", b"\xc4\x02ab"),
        (bytearray(b"ab"), b"\xc4\x02ab"),
        (memoryview(b"xaby")[1:3], b"\xc4\x02ab"),
        ([1, (2,)], b"\x92\x01\x91\x02"),
        ({"a": {}}, b"\x81\xa1a\x80"),
        ({(1, "a"): 2}, b"\x81\x92\x01\xa1a\x02"),
    ],
)
def test_the_bytes_are_message_pack(typed, value, packed):
    assert typed.to_bytes(value)[HEADER:] == packed


def test_the_bytes_are_those_of_other_languages(client, typed):
    # tests/unit/client/typed_test.cc has the same ones.
    plain = cachekit.Typed(client, codec=cachekit.Codec.BYTES)
    for which, value, written in (
        (typed, [1, "a"], "c14b01010004000000b8a8eb299201a161"),
        (plain, b"ab", "c14b010000020000000f93c2d76162"),
        (typed, {"user": "ann", "roles": [1, 2]}, "c14b010100130000008bc149eb82a475736572a3616e6ea5726f6c6573920102"),
    ):
        assert which.to_bytes(value).hex() == written
        assert which.from_bytes(bytes.fromhex(written)) == value


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
    seed = int(os.environ.get("CACHEKIT_TEST_SEED", random.randrange(2**32)))
    chance = random.Random(seed)
    for _ in range(200):
        value = random_object(chance)
        read = typed.from_bytes(typed.to_bytes(value))
        assert repr(read) == repr(value), f"CACHEKIT_TEST_SEED={seed}"  # 1, 1.0 and True are equal


def test_floats_stay_floats(client, typed):
    for value in (0.0, -0.0, 1.0, -2.0, 1e18, 2.0**63, 2.0**64, 1e300, math.inf, -math.inf, math.nan):
        assert repr(typed.from_bytes(typed.to_bytes([value]))) == repr([value])
    single = b"\xca" + struct.pack(">f", 0.25)
    assert cachekit.Typed(client, accept_raw=True).from_bytes(single) == 0.25


@pytest.mark.parametrize("size", [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536])
def test_every_length_has_its_form(typed, size):
    values = ("x" * size, b"x" * size, [1] * size, {str(i): i for i in range(size)})
    for value in values:
        assert typed.from_bytes(typed.to_bytes(value)) == value


def test_keys_are_what_python_can_hash(client, typed):
    value = {(1, ("a", b"b")): "tuple", 1.5: "float", None: "none", b"k": "bytes"}
    assert typed.from_bytes(typed.to_bytes(value)) == value
    by_map = b"\x81\x80\x01"
    with pytest.raises(cachekit.MalformedValue, match="the key of a map is a map"):
        cachekit.Typed(client, accept_raw=True).from_bytes(by_map)


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
    for value in ({1, 2}, object(), 1j, [print], [[{1}]]):
        with pytest.raises(TypeError, match="MessagePack has no form for a"):
            typed.set("key", value)
    with pytest.raises(UnicodeEncodeError):
        typed.set("key", "\ud800")
    with pytest.raises(BufferError):
        typed.set("key", memoryview(b"abcdef")[::2])
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
    with pytest.raises(cachekit.MalformedValue, match="of key text: "):
        typed.mget(["good", "text"])
    client.set("extension", b"\xd4\x01\x00")
    with pytest.raises(cachekit.MalformedValue, match="of key extension: .*extension of MessagePack"):
        cachekit.Typed(client, accept_raw=True).mget(["good", "extension"])
    client.set("raw", b"\x93\x01\x02\x03")
    assert cachekit.Typed(client, accept_raw=True).get("raw") == [1, 2, 3]


def test_long_values_are_compressed(client, typed):
    typed.set("long", LONG)
    assert client.strlen("long") < len(LONG) / 10
    assert typed.get("long") == LONG
    plain = cachekit.Typed(client, compress_from=None)
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
    small.set("fits", "x" * 98)  # and two bytes before it
    assert small.get("fits") == "x" * 98
    with pytest.raises(cachekit.InvalidArgument):
        small.set("one more", "x" * 99)
    with pytest.raises(cachekit.InvalidArgument, match="20; expected 1 to 19"):
        cachekit.Typed(client, compression_level=20)


def test_what_would_never_end_is_given_up(client):
    value = [1]
    for _ in range(60):
        value = [value, value]  # 2**60 elements, of few bytes
    with pytest.raises(cachekit.InvalidArgument, match="more bytes than the options allow"):
        cachekit.Typed(client, max_bytes=100_000).set("endless", value)


def test_a_codec_of_ones_own(client, typed):
    codec = cachekit.Codec(200, pickle.dumps, pickle.loads)
    pickled = cachekit.Typed(client, codec=codec)
    assert pickled.set("set", {1, 2, 3}) is True
    assert pickled.get("set") == {1, 2, 3}
    assert pickled.from_bytes(pickled.to_bytes(LONG)) == LONG
    with pytest.raises(cachekit.MalformedValue, match="codec 200"):
        typed.get("set")
    assert codec.id == 200
    for other in (127, 256, -1):
        with pytest.raises(cachekit.InvalidArgument, match=f"id is {other}; expected 128 to 255"):
            cachekit.Codec(other, pickle.dumps, pickle.loads)


def test_bytes_as_they_are(client, typed):
    plain = cachekit.Typed(client, codec=cachekit.Codec.BYTES)
    plain.set("bytes", b"\x00\xff")
    assert plain.get("bytes") == b"\x00\xff"
    with pytest.raises(TypeError, match="expected bytes"):
        plain.set("bytes", "text")
    with pytest.raises(cachekit.MalformedValue, match="codec 0; expected 1"):
        typed.get("bytes")


def test_what_a_codec_raises_is_raised(client):
    texts = cachekit.Typed(client, codec=cachekit.Codec(128, json.dumps, json.loads))
    with pytest.raises(TypeError, match="expected bytes"):
        texts.set("key", [1])
    objects = cachekit.Typed(client, codec=cachekit.Codec(128, lambda value: json.dumps(value).encode(), json.loads))
    objects.set("key", [1])
    failing = cachekit.Typed(client, codec=cachekit.Codec(128, bytes, lambda read: [][1]))
    with pytest.raises(IndexError):
        failing.get("key")
    results = failing.mget(["key", "nobody"], raise_on_error=False)
    assert isinstance(results[0], IndexError) and results[1] is None


def test_an_interrupt_is_no_answer(client):
    def interrupt(_):
        raise KeyboardInterrupt

    objects = cachekit.Typed(client, codec=cachekit.Codec(128, bytes, interrupt))
    objects.set("key", b"1")
    with pytest.raises(KeyboardInterrupt):
        objects.mget(["key"], raise_on_error=False)


def test_a_stored_none_is_told_from_a_miss(typed):
    nothing = object()
    typed.set("none", None)
    assert typed.get("none", nothing) is None
    assert typed.get("nobody", default=nothing) is nothing


def test_a_value_is_replaced_if_it_is_the_one_that_was_read(client, typed):
    typed.set("state", {"n": 1})
    before = client.get("state")
    state = typed.from_bytes(before)
    state["n"] += 1
    assert typed.set("state", state, if_equal=before) is True
    assert typed.set("state", state, if_equal=before) is False
    assert typed.get("state") == {"n": 2}


def test_threads_share_one(typed):
    def work(thread):
        for i in range(200):
            typed.set(f"{thread}", [thread, i, LONG])
            assert typed.get(f"{thread}") == [thread, i, LONG]
        done.append(thread)

    done = []
    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 1, 2, 3]


def test_it_keeps_its_client(cluster):
    typed = cachekit.Typed(cachekit.Client.connect(cluster.url()))
    typed.set("kept", 1)
    assert typed.get("kept") == 1


def test_bytes_for_pipelines_asyncio_and_loaders(client, typed):
    with client.pipeline() as pipeline:
        pipeline.set("a", typed.to_bytes([1])).get("a").get("nobody")
        _, found, missing = pipeline.execute()
    assert typed.from_bytes(found) == [1] and typed.from_bytes(missing) is None
    with pytest.raises(TypeError):
        typed.from_bytes("text")

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
