"""Rate limiters and locks."""

import threading

import cachekit
import pytest


@pytest.mark.parametrize("algorithm", ["fixed_window", "sliding_window", "token_bucket"])
def test_a_limit_is_held_by_all_threads(client, algorithm):
    limiter = cachekit.RateLimiter(client, 10, 3600 * 24 * 300, algorithm=algorithm)
    decisions = []
    threads = [
        threading.Thread(target=lambda: decisions.append(limiter.acquire("user")))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(decision.allowed for decision in decisions) == 10
    refused = limiter.acquire(b"user")
    assert not refused
    assert refused.remaining == 0
    assert refused.retry_after > 3600
    assert refused.reset_after >= refused.retry_after
    assert not refused.degraded
    assert refused.undecided is None
    assert limiter.reset("user")
    assert limiter.acquire("user", 3).remaining == 7


@pytest.mark.parametrize("when", ["allow", "refuse"])
def test_what_the_cluster_does_not_decide(when):
    nobody = cachekit.Client.connect("cachekit://127.0.0.1:1", total_timeout=0.05)
    decision = cachekit.RateLimiter(nobody, 1, 60, when_unavailable=when).acquire("k")
    assert decision.degraded
    assert decision.allowed == (when == "allow")
    assert isinstance(decision.undecided, cachekit.Error)


def test_limits_and_locks_that_make_no_sense(client):
    with pytest.raises(cachekit.InvalidArgument, match="token_bucket"):
        cachekit.RateLimiter(client, 1, 60, algorithm="none")
    with pytest.raises(cachekit.InvalidArgument, match="refuse"):
        cachekit.RateLimiter(client, 1, 60, when_unavailable="perhaps")
    with pytest.raises(cachekit.InvalidArgument):
        cachekit.RateLimiter(client, 1, 60).acquire("k", 2)
    with pytest.raises(cachekit.InvalidArgument, match="advisory"):
        cachekit.Lock(client, "k", write_replicas=0).acquire()
    with pytest.raises(TypeError):
        cachekit.RateLimiter(client, 1, 60).acquire(1)
    with pytest.raises(TypeError):
        cachekit.Lock("client", "k")


def test_a_lock_is_held_once(client):
    lock = cachekit.Lock(client, "k", ttl=30, advisory=True)
    with lock.acquire() as held:
        assert held.valid
        assert 10 < held.remaining < 30
        assert lock.acquire() is None
        assert lock.acquire(wait=0.02) is None
        assert held.extend(60)
        assert held.remaining > 30
        first = held.fence
    assert not held.valid
    assert not held.release()
    with lock.acquire(wait=1) as held:
        assert held.fence > first
    forgotten = lock.acquire()
    assert forgotten is not None
    del forgotten
    assert lock.acquire() is not None


def test_a_lock_that_no_replica_has(client):
    with pytest.raises(cachekit.ConcernNotMet):
        cachekit.Lock(client, "k").acquire()
    assert client.exists("{lock:k}") == 0
