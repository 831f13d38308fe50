"""A node with the clients that others wrote: redis-cli, redis-benchmark, redis-py, hiredis, and
what the Redis exporter for Prometheus reads.

CACHEKIT_NODE names the node, CACHEKIT_HIREDIS_CLIENT the program built from hiredis_client.c. What
is not installed is skipped.
"""

import os
import shutil
import signal
import subprocess

import pytest

START_LIMIT_S = 30
RUN_LIMIT_S = 120


def die_with_parent():
    """PR_SET_PDEATHSIG, so that no node outlives a killed test."""
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@pytest.fixture(scope="module")
def address():
    """A node of its own for this file; checked to end cleanly."""
    program = os.environ.get("CACHEKIT_NODE")
    assert program, "the environment variable CACHEKIT_NODE does not name a node"
    ready_out, ready_in = os.pipe()
    node = subprocess.Popen([program, "--port", "0", "--ready-fd", str(ready_in)],
                            pass_fds=[ready_in], preexec_fn=die_with_parent)
    os.close(ready_in)
    with os.fdopen(ready_out) as ready:
        line = ready.readline()
    assert ":" in line, "the node did not start"
    host, port = line.strip().rsplit(":", 1)
    yield host, int(port)
    node.send_signal(signal.SIGTERM)
    assert node.wait(START_LIMIT_S) == 0


def need(program):
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


def run(*words, stdin=None):
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False,
                          timeout=RUN_LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def cli(address):
    """Calls redis-cli with some words and returns what it prints; the node is empty at first."""
    program = need("redis-cli")

    def call(*words, flags=()):
        return run(program, "-h", address[0], "-p", str(address[1]), *flags, *words).rstrip("\n")

    call("FLUSHALL")
    return call


class TestRedisCli:
    def test_the_session_of_the_api(self, cli):
        assert cli("SET", "user:123:session", "abc123xyz", "EX", "3600") == "OK"
        assert cli("GET", "user:123:session") == "abc123xyz"
        assert cli("EXISTS", "user:123:session") == "1"
        assert cli("TTL", "user:123:session") in ("3600", "3599")
        assert cli("SET", "page:views:123", "500") == "OK"
        assert cli("INCR", "page:views:123") == "501"
        assert cli("EXPIRE", "user:123:session", "60") == "1"
        assert cli("TTL", "page:views:123") == "-1"
        assert cli("TTL", "missing") == "-2"
        assert cli("DEL", "user:123:session") == "1"

    def test_resp3(self, cli):
        assert cli("SET", "key", "value", flags=["-3"]) == "OK"
        assert cli("GET", "key", flags=["-3"]) == "value"
        assert cli("HELLO", flags=["-3", "--json"]).startswith("{")

    def test_commands_from_a_file(self, address, cli):
        output = run(need("redis-cli"), "-h", address[0], "-p", str(address[1]),
                     stdin="SET a 1\nINCR a\nGET a\n")
        assert output.split() == ["OK", "2", "2"]
        assert cli("GET", "a") == "2"

    def test_mass_insertion(self, address, cli):
        wire = "".join(f"*3\r\n$3\r\nSET\r\n$8\r\nkey{i:05}\r\n$1\r\nv\r\n" for i in range(5000))
        output = run(need("redis-cli"), "-h", address[0], "-p", str(address[1]), "--pipe",
                     stdin=wire)
        assert "errors: 0, replies: 5000" in output
        assert cli("DBSIZE") == "5000"

    def test_scan_mode(self, cli):
        for i in range(50):
            cli("SET", f"scan:{i}", "x")
        assert len(cli(flags=["--scan", "--pattern", "scan:*"]).split()) == 50

    def test_the_search_for_big_keys(self, cli):
        cli("RPUSH", "letters", *"abcdefgh")
        cli("SADD", "numbers", *"123")
        cli("HSET", "user", "name", "ada", "born", "1815")
        output = cli(flags=["--bigkeys"])
        assert 'Biggest   list found \'"letters"\' has 8 items' in output
        assert 'Biggest   hash found \'"user"\' has 2 fields' in output
        assert '"user"' in cli(flags=["--memkeys"])


class TestRedisBenchmark:
    def test_the_usual_tests_complete_without_an_error(self, address):
        output = run(need("redis-benchmark"), "-h", address[0], "-p", str(address[1]),
                     "-t", "set,get,incr,mset", "-n", "5000", "-r", "1000", "--csv")
        for name in ("SET", "GET", "INCR", "MSET (10 keys)"):
            assert f'"{name}"' in output
        assert "error" not in output.lower()

    def test_the_tests_of_other_types(self, address):
        output = run(need("redis-benchmark"), "-h", address[0], "-p", str(address[1]), "-t",
                     "lpush,rpush,lpop,rpop,sadd,hset,spop,lrange_100", "-n", "3000", "--csv")
        for name in ("LPUSH", "RPOP", "SADD", "HSET", "SPOP", "LRANGE_100 (first 100 elements)"):
            assert f'"{name}"' in output
        assert "error" not in output.lower()

    def test_pipelined_with_random_keys(self, address):
        output = run(need("redis-benchmark"), "-h", address[0], "-p", str(address[1]),
                     "-t", "set,get", "-n", "20000", "-r", "1000", "-P", "16", "-c", "20", "-q")
        assert "requests per second" in output
        assert "error" not in output.lower()


@pytest.fixture
def client(address):
    redis = pytest.importorskip("redis")
    with redis.Redis(host=address[0], port=address[1], decode_responses=True) as connected:
        connected.flushall()
        yield connected


class TestRedisPy:
    def test_text_and_bytes(self, address, client):
        redis = pytest.importorskip("redis")
        assert client.set("key", "grüße") is True
        assert client.get("key") == "grüße"
        assert redis.Redis(host=address[0], port=address[1]).get("key") == "grüße".encode()

    def test_options_of_set(self, client):
        assert client.set("key", "1", nx=True) is True
        assert client.set("key", "2", nx=True) is None
        assert client.set("key", "3", get=True) == "1"
        assert client.set("key", "4", ex=100) is True
        assert 0 < client.ttl("key") <= 100
        assert client.getex("key", persist=True) == "4"
        assert client.ttl("key") == -1

    def test_a_pipeline_is_a_transaction(self, client):
        with client.pipeline() as pipe:
            assert pipe.set("a", 1).incr("a").get("a").mget("a", "b").execute() == [
                True, 2, "2", ["2", None]]

    def test_an_error_within_a_transaction_is_raised(self, client):
        redis = pytest.importorskip("redis")
        client.set("text", "abc")
        with client.pipeline() as pipe, pytest.raises(redis.ResponseError):
            pipe.incr("text").set("after", "1").execute()
        assert client.get("after") == "1"

    def test_a_pipeline_without_a_transaction(self, client):
        with client.pipeline(transaction=False) as pipe:
            for i in range(2000):
                pipe.set(f"key:{i}", i)
            assert pipe.execute() == [True] * 2000

    def test_a_subscriber_hears_of_what_another_connection_has_read(self, address):
        redis = pytest.importorskip("redis")
        server = redis.Redis(host=address[0], port=address[1], decode_responses=True)
        server.flushall()
        with server.pubsub(ignore_subscribe_messages=True) as listener, server.client() as reader:
            listener.execute_command("CLIENT", "ID")
            listener_id = listener.connection.read_response()
            listener.subscribe("__redis__:invalidate")
            assert listener.get_message(timeout=RUN_LIMIT_S) is None  # it has subscribed
            assert reader.client_tracking_on(clientid=listener_id)
            assert reader.client_getredir() == listener_id
            assert reader.get("key") is None
            server.set("key", "1")
            message = listener.get_message(timeout=RUN_LIMIT_S)
            assert (message["type"], message["channel"], message["data"]) == (
                "message", "__redis__:invalidate", ["key"])
            listener.ping()
            assert listener.get_message(timeout=RUN_LIMIT_S)["type"] == "pong"
            server.flushall()
            assert listener.get_message(timeout=RUN_LIMIT_S)["data"] is None
            listener.unsubscribe()
            assert listener.get_message(timeout=RUN_LIMIT_S) is None

    def test_a_list_is_a_queue(self, client):
        assert client.rpush("queue", *range(1000)) == 1000
        assert client.lpop("queue") == "0"
        assert client.rpop("queue", 2) == ["999", "998"]
        assert client.lrange("queue", 0, 2) == ["1", "2", "3"]
        assert client.lpos("queue", "500") == 499
        assert client.lmove("queue", "done", "LEFT", "RIGHT") == "1"
        assert client.llen("queue") == 996
        assert client.lpop("missing", 5) is None

    def test_sets_are_combined(self, client):
        client.sadd("a", *range(300))
        client.sadd("b", *range(200, 400))
        assert client.sinter("a", "b") == {str(i) for i in range(200, 300)}
        assert client.sdiffstore("c", "a", "b") == 200
        assert client.smembers("c") == {str(i) for i in range(200)}
        assert client.smismember("a", [1, 300]) == [1, 0]
        assert client.sintercard(2, ["a", "b"], limit=7) == 7
        assert set(client.sscan_iter("b", match="*99", count=10)) == {"299", "399"}
        assert client.spop("b") in {str(i) for i in range(200, 400)}

    def test_a_hash_is_a_dictionary(self, client):
        content = {f"field:{i}": f"value:{i}" for i in range(500)}
        assert client.hset("hash", mapping=content) == 500
        assert client.hgetall("hash") == content
        assert client.hmget("hash", "field:7", "missing") == ["value:7", None]
        assert client.hincrby("hash", "count", 5) == 5
        assert client.hincrbyfloat("hash", "real", 1.5) == 1.5
        assert dict(client.hscan_iter("hash", match="field:*")) == content
        assert client.object("encoding", "hash") == "hashtable"
        assert client.memory_usage("hash") > 10_000

    def test_a_wrong_type_is_an_error_of_its_own(self, client):
        redis = pytest.importorskip("redis")
        client.set("text", "x")
        with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
            client.lpush("text", "y")

    def test_scan_iter_finds_every_key(self, client):
        client.mset({f"key:{i}": i for i in range(1000)})
        client.set("other", "x")
        assert len(set(client.scan_iter(match="key:*", count=37))) == 1000

    def test_names_lists_and_settings_of_connections(self, client):
        assert client.client_setname("worker") is True
        assert client.client_getname() == "worker"
        assert isinstance(client.client_id(), int)
        assert any(line["name"] == "worker" for line in client.client_list())
        assert "maxmemory" in client.config_get("maxmemory*")

    def test_multiple_keys(self, client):
        client.mset({"a": 1, "b": 2})
        assert client.mget("a", "missing", "b") == ["1", None, "2"]
        assert client.exists("a", "b", "missing") == 2
        assert client.delete("a", "b", "missing") == 2

    def test_a_lock_is_taken_once(self, client):
        lock = client.set("lock", "token-1", nx=True, px=10_000)
        assert lock and not client.set("lock", "token-2", nx=True, px=10_000)
        assert client.execute_command("DELIFEQ", "lock", "token-2") == 0
        assert client.execute_command("DELIFEQ", "lock", "token-1") == 1

    def test_resp3(self, address):
        redis = pytest.importorskip("redis")
        if int(redis.__version__.split(".")[0]) < 5:
            pytest.skip("this redis-py speaks RESP2 only")
        with redis.Redis(host=address[0], port=address[1], protocol=3) as connected:
            assert connected.set("key", "value")
            assert connected.get("key") == b"value"


# What redis_exporter turns into metrics and the usual dashboards and alerts show.
EXPORTED_FIELDS = {
    "server": ["redis_version", "redis_mode", "process_id", "run_id", "tcp_port",
               "uptime_in_seconds"],
    "clients": ["connected_clients", "blocked_clients", "maxclients"],
    "memory": ["used_memory", "used_memory_rss", "used_memory_peak", "maxmemory",
               "maxmemory_policy", "mem_fragmentation_ratio"],
    "persistence": ["loading"],
    "stats": ["total_connections_received", "total_commands_processed",
              "instantaneous_ops_per_sec", "total_net_input_bytes", "total_net_output_bytes",
              "rejected_connections", "expired_keys", "evicted_keys", "keyspace_hits",
              "keyspace_misses"],
    "replication": ["role", "connected_slaves", "master_repl_offset"],
    "cpu": ["used_cpu_sys", "used_cpu_user"],
}


class TestInfo:
    def test_every_section_has_the_fields_that_exporters_read(self, client):
        everything = client.info()
        for section, fields in EXPORTED_FIELDS.items():
            alone = client.info(section)
            for field in fields:
                assert field in everything, f"INFO lacks {field}"
                assert field in alone, f"INFO {section} lacks {field}"

    def test_the_keyspace_line(self, client):
        client.set("lasting", "x")
        client.set("passing", "x", ex=1000)
        assert client.info("keyspace")["db0"]["keys"] == 2
        assert client.info("keyspace")["db0"]["expires"] == 1

    def test_counters_count(self, client):
        before = client.info("stats")
        client.set("key", "x")
        client.get("key")
        client.get("missing")
        after = client.info("stats")
        assert after["keyspace_hits"] - before["keyspace_hits"] == 1
        assert after["keyspace_misses"] - before["keyspace_misses"] == 1
        assert after["total_commands_processed"] - before["total_commands_processed"] == 4

    def test_the_exporters_other_questions_have_answers(self, client):
        assert client.execute_command("CONFIG", "GET", "*")
        assert client.info("everything")
        assert client.info("all")
        assert client.client_list()


def test_hiredis_synchronous_and_pipelined(address):
    program = os.environ.get("CACHEKIT_HIREDIS_CLIENT")
    if not program:
        pytest.skip("CACHEKIT_HIREDIS_CLIENT does not name the program")
    run(program, address[0], str(address[1]))
