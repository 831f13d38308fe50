"""What goes wrong, as exceptions; and the interpreter lock while a call waits."""

import os
import socket
import threading
import time

import cachekit
import pytest


def key_on(client, address):
    return next(f"key:{i}" for i in range(1000) if client.locate(f"key:{i}")[1] == address)


def test_every_error_is_an_error_with_a_code(client):
    client.set("text", "abc")
    with pytest.raises(cachekit.ServerError, match="not an integer") as caught:
        client.incr("text")
    assert isinstance(caught.value, cachekit.Error)
    assert caught.value.code == "server_error"


def test_an_error_may_quote_any_bytes(client):
    shard = client.locate(b"\xff")[0]
    other = next(k for k in (b"\xfe%d" % i for i in range(100)) if client.locate(k)[0] != shard)
    with pytest.raises(cachekit.InvalidArgument, match=r"\\xff"):
        client.rename(b"\xff", other)


def test_a_url_that_makes_no_sense():
    with pytest.raises(cachekit.InvalidArgument):
        cachekit.Client.connect("http://127.0.0.1")


@pytest.mark.parametrize("ttl", [float("nan"), float("inf"), 1e300])
def test_a_time_that_is_none(client, ttl):
    with pytest.raises(cachekit.InvalidArgument):
        client.set("key", "value", ex=ttl)


@pytest.mark.parametrize("ttl", ["10", True, b"1"])
def test_a_time_of_another_type(client, ttl):
    with pytest.raises(TypeError):
        client.getex("key", ttl)


def test_a_topology_that_is_not_there(tmp_path):
    with pytest.raises(cachekit.TopologyError):
        cachekit.Client.connect(f"file://{tmp_path}/none.json")


def test_a_dead_shard_fails_alone(stopped_cluster):
    client = cachekit.Client.connect(stopped_cluster.url(), total_timeout=0.3)
    dead, alive = (node["address"] for node in stopped_cluster.nodes())
    with pytest.raises(cachekit.Unavailable):
        client.get(key_on(client, dead))
    assert client.set(key_on(client, alive), "value")


def test_a_restarted_node_serves_again(stopped_cluster):
    client = cachekit.Client.connect(stopped_cluster.url())
    stopped_cluster.start_node(0)
    key = key_on(client, stopped_cluster.nodes()[0]["address"])
    assert client.set(key, "value")
    assert client.get(key) == b"value"


def test_a_deadline_is_kept_and_other_threads_go_on():
    """A server that never answers: the call ends in time, and Python runs meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        done = threading.Event()
        outcome = []

        def wait_for_reply():
            begin = time.monotonic()
            try:
                client = cachekit.Client.connect(f"redis://127.0.0.1:{port}", total_timeout=0.5)
                client.get("key")
            except cachekit.Error as error:
                outcome.append((error, time.monotonic() - begin))
            done.set()

        waiting = threading.Thread(target=wait_for_reply)
        waiting.start()
        turns = 0
        while not done.wait(0.001):
            turns += 1
        waiting.join()
    error, seconds = outcome[0]
    assert isinstance(error, (cachekit.DeadlineExceeded, cachekit.Unavailable))
    assert seconds < 2
    assert turns > 50  # a held lock would have let none of them happen


def test_threads_share_a_client(client):
    def count():
        for _ in range(200):
            client.incr("count")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.get("count") == b"1600"


def test_shares_that_make_no_sense_are_refused(cluster):
    with pytest.raises(cachekit.InvalidArgument, match="hedge_share"):
        cachekit.Client.connect(cluster.url(), hedge_share=1.5)
    with pytest.raises(cachekit.InvalidArgument, match="retry_share"):
        cachekit.Client.connect(cluster.url(), retry_share=-1)


def test_a_forked_child_must_connect_again(cluster, client):
    client.set("k", "v")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            client.get("k")
        except cachekit.InvalidArgument:
            del client
            own = cachekit.Client.connect(cluster.url())
            status = 0 if own.get("k") == b"v" else 2
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert client.get("k") == b"v"
