"""Keys and counters in parts."""

import threading

import cachekit
import pytest


def test_a_value_in_copies(client):
    page = cachekit.SplitKey(client, "page:home", 3)
    assert page.get() is None
    page.set(b"\x00html", ttl=60)
    assert {page.get() for _ in range(50)} == {b"\x00html"}
    assert len({client.locate(key)[0] for key in page.keys()}) == 3
    assert 0 < client.ttl(page.keys()[0]) <= 60
    assert page.delete() is True
    assert page.delete() is False
    assert page.get() is None


def test_a_counter_in_parts(client):
    views = cachekit.SplitCounter(client, "views:home", parts=8, ttl=60)

    def count():
        for _ in range(100):
            views.incr()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    views.incr(-10)
    assert views.get() == 390
    assert len(views.keys()) == 8
    assert views.delete() is True
    assert views.get() == 0


@pytest.mark.parametrize("copies", [0, 257])
def test_how_many_there_can_be(client, copies):
    with pytest.raises(cachekit.InvalidArgument):
        cachekit.SplitKey(client, "k", copies).get()
    with pytest.raises(cachekit.InvalidArgument):
        cachekit.SplitCounter(client, "k", copies, ttl=1).incr()


def test_a_part_that_does_not_answer(stopped_cluster):
    client = cachekit.Client.connect(stopped_cluster.url(), total_timeout=0.2)
    page = cachekit.SplitKey(client, "page", 2)
    with pytest.raises(cachekit.Error):
        page.set("html", ttl=60)
    with pytest.raises(cachekit.Error):
        cachekit.SplitCounter(client, "views", 16, ttl=60).get()
