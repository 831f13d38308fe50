#include "client/ctl/node_report.h"

#include <doctest/doctest.h>

namespace cachekit::ctl {
namespace {

Value reply_of(const std::vector<std::string>& words) {
  Value::Array array;
  for (const std::string& word : words) array.emplace_back(word);
  return Value(std::move(array));
}

TEST_CASE("a report is read, and names that are not shown are skipped") {
  const auto report =
      report_from_reply(reply_of({"run-id", "abc", "managed", "1", "role", "primary", "epoch", "3",
                                  "offset", "500", "lease", "held", "replica", "h:2 480 12 -3 0",
                                  "replica-run-id", "run-2", "replica", "h:3 0 900 0 1"}));
  REQUIRE(report);
  CHECK(*report ==
        NodeReport{.run_id = "abc",
                   .managed = true,
                   .role = "primary",
                   .epoch = 3,
                   .offset = 500,
                   .lease = "held",
                   .replicas = {{"h:2", 480, 12, false, "run-2"}, {"h:3", 0, 900, true}}});
}

TEST_CASE("what is no report is none") {
  CHECK_FALSE(report_from_reply(Value()));
  CHECK_FALSE(report_from_reply(reply_of({})));
  CHECK_FALSE(report_from_reply(reply_of({"role"})));
  CHECK_FALSE(report_from_reply(reply_of({"role", "primary", "epoch", "three"})));
  CHECK_FALSE(report_from_reply(reply_of({"role", "primary", "replica", "h:2 480"})));
  CHECK_FALSE(report_from_reply(Value(Value::Array{Value(std::string("role")), Value()})));
}

}  // namespace
}  // namespace cachekit::ctl
