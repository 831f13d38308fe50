#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "cachekit/split.h"
#include "client/api/copies.h"
#include "client/api/refuse.h"

namespace cachekit {
namespace {

tl::unexpected<Status> bad_part(const std::string& key, std::string_view reason) {
  return tl::unexpected(
      Status(Code::server_error, fmt::format("the part '{}' of a counter {}", key, reason)));
}

std::optional<std::int64_t> number_of(std::string_view digits) {
  std::int64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [read_to, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return number;
}

std::vector<std::string> parts_of(std::string_view key, std::size_t parts) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < parts; ++i) keys.push_back(api::numbered_key("part", i, key));
  return keys;
}

}  // namespace

SplitCounter::SplitCounter(Client& client, std::string_view key, std::size_t parts,
                           std::chrono::milliseconds ttl)
    : client_(&client), ttl_(ttl), problem_(api::problem_with_copies(parts)) {
  if (problem_.empty()) keys_ = parts_of(key, parts);
  if (ttl.count() >= 1) return;
  problem_ = fmt::format("a counter was given a time to live of {} ms; it must be at least 1 ms",
                         ttl.count());
}

Result<void> SplitCounter::incr(std::int64_t by) const {
  if (!problem_.empty()) return refuse(problem_);
  const std::string& key = api::any_of(keys_);
  const SetOptions absent{.ttl = ttl_, .condition = SetOptions::Condition::if_absent};
  Pipeline pipeline = client_->pipeline();
  (void)pipeline.set(key, "0", absent);
  const auto counted = pipeline.incr(key, by);
  (void)pipeline.expire(key, ttl_);
  (void)pipeline.execute();
  if (!counted.result()) return tl::unexpected(counted.result().error());
  return {};
}

Result<std::int64_t> SplitCounter::get() const {
  if (!problem_.empty()) return refuse(problem_);
  const std::vector<std::string_view> views(keys_.begin(), keys_.end());
  const auto values = client_->mget(views);
  if (!values) return tl::unexpected(values.error());
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (!(*values)[i]) continue;
    const auto number = number_of(*(*values)[i]);
    if (!number) return bad_part(keys_[i], "is no number");
    if (__builtin_add_overflow(sum, *number, &sum)) return bad_part(keys_[i], "is one too large");
  }
  return sum;
}

Result<bool> SplitCounter::del() const {
  if (!problem_.empty()) return refuse(problem_);
  const std::vector<std::string_view> views(keys_.begin(), keys_.end());
  const Result<std::int64_t> deleted = client_->del(views);
  if (!deleted) return tl::unexpected(deleted.error());
  return *deleted > 0;
}

}  // namespace cachekit
