"""Loaders and write-behind: functions of Python's that are called from any thread."""

import subprocess
import sys
import textwrap
import threading
import time

import cachekit
import pytest


def must_not_load(key):
    pytest.fail(f"{key} was loaded")


def test_a_value_is_loaded_once_for_all_threads(client):
    loads = []

    def load(key):
        loads.append(key)
        time.sleep(0.05)
        return b"value"

    with cachekit.Loader(client, ttl=60) as loader:
        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(loader.get_or_load("page", load)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [b"value"] * 8
        assert loads == [b"page"]
        assert loader.get_or_load(b"page", must_not_load) == b"value"
        assert loader.statistics()["loads"] == 1
        assert loader.invalidate("page")
        assert loader.get_or_load("page", lambda key: "text") == b"text"


def test_what_the_source_does_not_have_is_none(client):
    loader = cachekit.Loader(client)
    assert loader.get_or_load("page", lambda key: None) is None
    assert loader.get_or_load("page", must_not_load) is None


def test_what_a_load_raises_is_raised(client):
    loader = cachekit.Loader(client)
    with pytest.raises(ZeroDivisionError):
        loader.get_or_load("page", lambda key: 1 / 0)
    with pytest.raises(TypeError, match="expected bytes"):
        loader.get_or_load("page", lambda key: 7)
    with pytest.raises(TypeError):
        loader.get_or_load("page", "no function")
    assert loader.get_or_load("page", lambda key: "now") == b"now"


def test_values_are_loaded_anew_in_the_background(client):
    version = [b"1"]
    loader = cachekit.Loader(
        client, ttl=0.2, ttl_jitter=0, refresh_threads=1, stale_while_revalidate=60
    )
    load = lambda key: version[0]
    assert loader.get_or_load("page", load) == b"1"
    version[0] = b"2"
    time.sleep(0.25)
    assert loader.get_or_load("page", load) in (b"1", b"2")
    deadline = time.monotonic() + 20
    while loader.get_or_load("page", load) != b"2":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    loader.close()
    with pytest.raises(cachekit.Cancelled, match="closed"):
        loader.get_or_load("page", load)
    loader.close()


def test_who_is_called_does_not_close(client):
    loader = cachekit.Loader(client)
    with pytest.raises(cachekit.InvalidArgument, match="close"):
        loader.get_or_load("page", lambda key: loader.close())


def test_an_interrupt_is_raised_though_an_old_value_could_stand_in(client):
    def interrupt(key):
        raise KeyboardInterrupt

    loader = cachekit.Loader(client, ttl=0.01, ttl_jitter=0, stale_if_error=60)
    assert loader.get_or_load("page", lambda key: "1") == b"1"
    time.sleep(0.02)
    with pytest.raises(KeyboardInterrupt):
        loader.get_or_load("page", interrupt)


def test_a_child_ends_while_its_parent_is_in_a_call(client, cluster):
    program = textwrap.dedent(
        f"""
        import cachekit, os, threading, time
        client = cachekit.Client.connect({cluster.url()!r})
        values = cachekit.WriteBehind(client, print, delay=60)
        values.set("k", "v")
        loader = cachekit.Loader(client)
        begun = threading.Event()

        def load(key):
            begun.set()
            time.sleep(0.5)
            return "1"

        thread = threading.Thread(target=lambda: loader.get_or_load("slow", load))
        thread.start()
        begun.wait()
        child = os.fork()
        if child != 0:
            assert os.waitpid(child, 0)[1] == 0
            thread.join()
        """
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == "[(b'k', b'v')]\n"
    assert ended.stderr == ""


def test_a_value_is_written_through(client):
    rows = {}
    loader = cachekit.Loader(client)
    assert loader.write_through("page", "1", rows.__setitem__)
    assert rows == {b"page": b"1"}
    assert loader.get_or_load("page", must_not_load) == b"1"
    assert loader.write_through("page", None, rows.__setitem__)
    assert loader.get_or_load("page", must_not_load) is None
    with pytest.raises(KeyError):
        loader.write_through("page", "2", lambda key, value: {}[key])


def test_changes_reach_the_source_behind_the_cache(client):
    rows = {}
    with cachekit.WriteBehind(client, rows.update, delay=60) as values:
        for i in range(10):
            assert values.set("n", str(i))
        assert values.delete("gone")
        assert client.get("n") == b"9"
        assert values.get("n") == b"9"
        assert values.get("gone") is None
        assert rows == {}
        values.flush(10)
        assert rows == {b"n": b"9", b"gone": None}
        assert values.statistics()["coalesced"] == 9
        values.set("n", "last")
    assert rows[b"n"] == b"last"
    with pytest.raises(cachekit.Cancelled, match="closed"):
        values.set("n", "later")


def test_a_source_that_raises_is_asked_again_and_given_up(client):
    lost = []

    def store(changes):
        raise OSError("no disk left")

    values = cachekit.WriteBehind(
        client,
        store,
        delay=0,
        first_pause=0.001,
        longest_pause=0.002,
        give_up_after=0.03,
        on_loss=lambda changes, error: lost.append((changes, error)),
    )
    values.set("k", "v")
    deadline = time.monotonic() + 20
    while not lost:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (changes, error) = lost[0]
    assert changes == [(b"k", b"v")]
    assert isinstance(error, cachekit.SourceFailed)
    assert "no disk left" in str(error)
    assert values.statistics()["failed_calls"] > 1
    values.close()


def test_too_many_changes_are_refused(client):
    values = cachekit.WriteBehind(client, list, delay=60, max_keys=1, wait_for_room=0)
    values.set("a", "1")
    with pytest.raises(cachekit.Overloaded):
        values.set("b", "1")
    values.close()


def test_options_that_make_no_sense_are_refused(client):
    with pytest.raises(cachekit.InvalidArgument, match="ttl"):
        cachekit.WriteBehind(client, list, ttl=0).set("k", "v")
    with pytest.raises(cachekit.InvalidArgument, match="lease"):
        cachekit.Loader(client, lease=0.001).get_or_load("k", lambda key: None)


def test_what_waits_is_written_when_the_interpreter_ends(client, cluster):
    program = textwrap.dedent(
        f"""
        import cachekit
        client = cachekit.Client.connect({cluster.url()!r})
        loader = cachekit.Loader(client, refresh_threads=1)
        loader.get_or_load("page", lambda key: b"1")
        values = cachekit.WriteBehind(client, print, delay=60)
        values.set("k", "v")
        """
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == "[(b'k', b'v')]\n"
    assert ended.stderr == ""
