#include "client/topology/url.h"

#include <doctest/doctest.h>

#include "tests/support/text.h"

namespace cachekit::topology {
namespace {

using test::contains;

ClusterUrl read(std::string_view url) {
  auto parsed = parse_url(url);
  REQUIRE_MESSAGE(parsed.has_value(), parsed.error().message());
  return *std::move(parsed);
}

std::string complaint(std::string_view url) {
  const auto parsed = parse_url(url);
  REQUIRE(!parsed.has_value());
  CHECK(parsed.error().code() == Code::invalid_argument);
  return parsed.error().message();
}

TEST_CASE("a list of nodes is a list of shards named as written") {
  const ClusterUrl url = read("cachekit://10.0.0.1:7379,cache.example:7380");
  CHECK(url.kind == ClusterUrl::Kind::list);
  CHECK(url.shards == std::vector<UrlShard>{{"10.0.0.1:7379", "10.0.0.1:7379"},
                                            {"cache.example:7380", "cache.example:7380"}});
  CHECK(url.user.empty());
  CHECK(url.password.empty());
}

TEST_CASE("nodes that are to be asked for the topology are no shards") {
  const ClusterUrl url = read("nodes://me:secret@10.0.0.1:7379,10.0.0.2:7379");
  CHECK(url.kind == ClusterUrl::Kind::nodes);
  CHECK(url.shards.size() == 2);
  CHECK(url.password == "secret");
  CHECK(contains(complaint("nodes://"), "names no node"));
}

TEST_CASE("a shard can be given a name") {
  CHECK(read("cachekit://left=a:1,right=b:2").shards ==
        std::vector<UrlShard>{{"left", "a:1"}, {"right", "b:2"}});
}

TEST_CASE("IPv6 hosts stand in brackets") {
  CHECK(read("redis://[::1]:6379,six=[fe80::2]:1").shards ==
        std::vector<UrlShard>{{"[::1]:6379", "[::1]:6379"}, {"six", "[fe80::2]:1"}});
}

TEST_CASE("Unix sockets are given by their path") {
  CHECK(
      read("cachekit://unix:/run/a.sock,b=unix:/run/b%2cc.sock").shards ==
      std::vector<UrlShard>{{"unix:/run/a.sock", "unix:/run/a.sock"}, {"b", "unix:/run/b,c.sock"}});
}

TEST_CASE("user and password are unescaped") {
  const ClusterUrl url = read("redis://alice:p%40ss%3aw%25rd@h:1");
  CHECK(url.user == "alice");
  CHECK(url.password == "p@ss:w%rd");
  CHECK(url.shards.front().address == "h:1");
}

TEST_CASE("a password may stand without a user, and may hold an unescaped colon or at sign") {
  CHECK(read("redis://:secret@h:1").user.empty());
  CHECK(read("redis://:secret@h:1").password == "secret");
  CHECK(read("redis://u:a:b@h:1").password == "a:b");
  CHECK(read("redis://u:a@b@h:1").password == "a@b");
}

TEST_CASE("database 0 may be named, no other") {
  CHECK(read("redis://h:1/0").shards.front().address == "h:1");
  CHECK(read("redis://h:1,i:2/").shards.back().address == "i:2");
  CHECK(contains(complaint("redis://h:1/3"), "only database 0"));
}

TEST_CASE("a file is named by its absolute path") {
  const ClusterUrl url = read("file:///etc/cache%20kit/topology.json");
  CHECK(url.kind == ClusterUrl::Kind::file);
  CHECK(url.path == "/etc/cache kit/topology.json");
  CHECK(contains(complaint("file://topology.json"), "absolute path"));
  CHECK(contains(complaint("file:///a%00b"), "%"));
}

TEST_CASE("a topology in etcd is named by etcd's members and the cluster's name") {
  const ClusterUrl url = read("etcd://10.0.0.1:2379,[::1]:2380/shop-cache");
  CHECK(url.kind == ClusterUrl::Kind::etcd);
  CHECK(url.etcd.members == std::vector<std::string>{"10.0.0.1:2379", "[::1]:2380"});
  CHECK(url.etcd.key() == "cachekit/shop-cache/topology");
  CHECK(url.etcd.user.empty());
}

TEST_CASE("credentials for etcd are not those for the nodes") {
  const ClusterUrl url = read("etcd://cache:p%40ss/w:d@h:2379/shop");
  CHECK(url.etcd.user == "cache");
  CHECK(url.etcd.password == "p@ss/w:d");
  CHECK(url.etcd.members == std::vector<std::string>{"h:2379"});
  CHECK(url.user.empty());
  CHECK(url.password.empty());
}

TEST_CASE("what is wrong with an etcd:// URL is said") {
  for (const char* url : {"etcd://", "etcd://h:2379", "etcd://h:2379/", "etcd://h:2379/a/b",
                          "etcd://h:2379/a%20b", "etcd:///"}) {
    CHECK_MESSAGE(contains(complaint(url), "ends in the cluster's name"), url);
  }
  CHECK(contains(complaint("etcd:///name"), "empty entry"));
  CHECK(contains(complaint("etcd://h:1,,i:1/name"), "empty entry"));
  CHECK(contains(complaint("etcd://h/name"), "'h' has no port"));
  CHECK(contains(complaint("etcd://h:1,h:1/name"), "the member 'h:1' twice"));
  CHECK(contains(complaint("etcd://unix:/name"), "absolute path"));
  CHECK(contains(complaint("etcd://user@h:1/name"), "one without the other"));
  CHECK(contains(complaint("etcd://:password@h:1/name"), "one without the other"));
}

TEST_CASE("what is wrong with a URL is said") {
  CHECK(contains(complaint(""), "no scheme"));
  CHECK(contains(complaint("localhost:6379"), "no scheme"));
  CHECK(contains(complaint("http://h:1"), "unknown scheme"));
  CHECK(contains(complaint("cachekit://"), "names no node"));
  CHECK(contains(complaint("cachekit://a:1,,b:2"), "empty entry"));
  CHECK(contains(complaint("cachekit://a"), "'a' has no port"));
  CHECK(contains(complaint("cachekit://a:0"), "the port of 'a:0'"));
  CHECK(contains(complaint("cachekit://a:70000"), "1 to 65535"));
  CHECK(contains(complaint("cachekit://::1:6379"), "brackets"));
  CHECK(contains(complaint("cachekit://=a:1"), "no name before"));
  CHECK(contains(complaint("cachekit://a:1,a:1"), "the shard 'a:1' twice"));
  CHECK(contains(complaint("cachekit://x=a:1,y=a:1"), "the node 'a:1' twice"));
  CHECK(contains(complaint("cachekit://x=a:1,x=b:1"), "the shard 'x' twice"));
  CHECK(contains(complaint("cachekit://unix:relative"), "absolute path"));
}

TEST_CASE("no complaint repeats a password") {
  for (const char* url :
       {"redis://u:hunter2@", "redis://u:hunter2@a", "redis://u:hunter2@a:0",
        "redis://u:hunter2%zz@a:1", "redis://u:x@hunter2@", "hunter2@a:1", "htp://u:hunter2@a:1",
        "redis://:hunter2@a:1,a:1", "redis://u:hunter2@a:1/7", "etcd://u:hunter2@a:1",
        "etcd://u:hunter2@a/n", "etcd://u:hunter2%zz@a:1/n", "etcd://:hunter2@a:1/n"}) {
    CHECK_MESSAGE(!contains(complaint(url), "hunter2"), url);
  }
}

}  // namespace
}  // namespace cachekit::topology
