#include "client/routing/error_reply.h"

#include <doctest/doctest.h>

namespace cachekit::routing {
namespace {

TEST_CASE("errors that say 'not now' are told from answers") {
  for (const char* text :
       {"LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down",
        "TRYAGAIN later", "CLUSTERDOWN The cluster is down", "BUSY Redis is busy running a script",
        "READONLY You can't write against a read only replica.", "NOREPLICAS Not enough",
        "ERR max number of clients reached", "LOADING"}) {
    CHECK_MESSAGE(was_refused(text), text);
  }
  for (const char* text : {"ERR unknown command", "BUSYKEY Target key name already exists.",
                           "WRONGTYPE Operation", "OOM command not allowed", "LOADINGS", ""}) {
    CHECK_MESSAGE(!was_refused(text), text);
  }
}

TEST_CASE("errors have codes, and keep the node's text") {
  CHECK(status_of_error("WRONGTYPE Operation against a key").code() == Code::wrong_type);
  CHECK(status_of_error("OOM command not allowed").code() == Code::out_of_memory);
  CHECK(status_of_error("NOAUTH Authentication required.").code() == Code::unauthenticated);
  CHECK(status_of_error("NOPERM no permissions").code() == Code::unauthenticated);
  CHECK(status_of_error("ERR value is not an integer").code() == Code::server_error);
  CHECK(status_of_error("ERR value is not an integer").message() == "ERR value is not an integer");
}

}  // namespace
}  // namespace cachekit::routing
