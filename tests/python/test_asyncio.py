"""The commands for asyncio."""

import asyncio
import gc
import subprocess
import sys
import textwrap

import cachekit
import pytest


def test_commands_are_awaited(client):
    async def use():
        aio = client.aio()
        assert await aio.set("k", "v", ex=60)
        assert await aio.get("k") == b"v"
        assert await aio.get("nothing") is None
        assert await aio.mset({"a": "1", "b": "2"}) is None
        assert await aio.mget(["a", "b", "c"]) == [b"1", b"2", None]
        assert await aio.sadd("s", "x", "y") == 2
        assert await aio.smembers("s") == {b"x", b"y"}
        assert await aio.hset("h", {"f": "1"}) == 1
        assert await aio.hgetall("h") == {b"f": b"1"}
        assert await aio.transaction("n", [("INCR", "n"), ("GET", "n")]) == [1, b"1"]

    asyncio.run(use())


def test_many_at_a_time(client):
    async def use():
        aio = client.aio()
        await asyncio.gather(*[aio.set(f"k{i}", str(i)) for i in range(2000)])
        return await asyncio.gather(*[aio.get(f"k{i}") for i in range(2000)])

    assert asyncio.run(use()) == [str(i).encode() for i in range(2000)]


def test_failures_are_raised_where_they_are_awaited(client):
    async def use():
        aio = client.aio()
        await aio.set("k", "v")
        with pytest.raises(cachekit.WrongType):
            await aio.lpush("k", "x")
        with pytest.raises(cachekit.InvalidArgument):
            aio.set("k", "v", ex=1, px=1)
        with pytest.raises(TypeError):
            aio.get(1)
        answers = await asyncio.gather(aio.get("k"), aio.llen("k"), return_exceptions=True)
        assert answers[0] == b"v"
        assert isinstance(answers[1], cachekit.WrongType)

    asyncio.run(use())


def test_nobody_answers(stopped_cluster):
    client = cachekit.Client.connect(stopped_cluster.url(), total_timeout=0.1)

    async def use():
        aio = client.aio()
        answers = await asyncio.gather(
            *[aio.get(f"k{i}") for i in range(50)], return_exceptions=True
        )
        assert any(isinstance(answer, cachekit.Error) for answer in answers)
        assert any(answer is None for answer in answers)

    asyncio.run(use())


def test_a_cancelled_future_hinders_nobody(client):
    async def use():
        aio = client.aio()
        cancelled = aio.set("k", "v")
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(asyncio.sleep(60)), 0.01)
        assert await aio.set("other", "v")

    asyncio.run(use())


def test_each_event_loop_has_its_own(client):
    async def make():
        return client.aio()

    of_another = asyncio.run(make())

    async def use():
        with pytest.raises(RuntimeError, match="another event loop"):
            of_another.get("k")
        assert await client.aio().get("k") is None

    asyncio.run(use())
    with pytest.raises(RuntimeError):
        of_another.get("k")
    with pytest.raises(RuntimeError):
        client.aio()


def test_what_nobody_waits_for_any_more(cluster):
    """The loop is closed, and the client gone, before the answers come."""

    async def use(client):
        aio = client.aio()
        for i in range(500):
            aio.set(f"k{i}", "v")

    for _ in range(5):
        client = cachekit.Client.connect(cluster.url())
        asyncio.run(use(client))
        del client
        gc.collect()


def test_the_interpreter_ends_while_commands_are_under_way(client, cluster):
    program = textwrap.dedent(
        f"""
        import asyncio, cachekit
        client = cachekit.Client.connect({cluster.url()!r})

        async def use():
            aio = client.aio()
            futures = [aio.set(f"k{{i}}", "v") for i in range(2000)]
            print(await futures[0])

        asyncio.run(use())
        """
    )
    for _ in range(3):
        ended = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
        )
        assert ended.stdout == "True\n"
        assert ended.stderr == ""
