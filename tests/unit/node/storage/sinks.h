// Effect sinks for tests.

#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "node/storage/effect.h"
#include "node/storage/store.h"

namespace cachekit::test {

class NoSink : public node::storage::EffectSink {
 public:
  void apply(const node::storage::Effect&) override {}
  void begin_group() override {}
  void end_group() override {}
};

/// Writes every effect down as a line: "set k v", "set k v @1000", "expire k @1000",
/// "remove k", "remove k expired", "remove k evicted", "clear", and "(" and ")" round groups.
class WritingSink : public node::storage::EffectSink {
 public:
  void apply(const node::storage::Effect& effect) override { lines_.push_back(line_of(effect)); }
  void begin_group() override { lines_.emplace_back("("); }
  void end_group() override { lines_.emplace_back(")"); }

  /// What was written since the last call.
  std::string take() {
    const std::string text = fmt::format("{}", fmt::join(lines_, "; "));
    lines_.clear();
    return text;
  }

 private:
  static std::string line_of(const node::storage::Effect& effect) {
    using node::storage::Effect;
    const auto expiry = effect.expire_at == node::storage::no_expiry
                            ? std::string()
                            : fmt::format(" @{}", effect.expire_at);
    switch (effect.kind) {
      case Effect::Kind::set:
        return fmt::format("set {} {}{}", effect.key, effect.value, expiry);
      case Effect::Kind::expire:
        return fmt::format("expire {}{}", effect.key, expiry);
      case Effect::Kind::remove:
        return fmt::format("remove {}{}", effect.key, cause_of(effect));
      case Effect::Kind::clear:
        return "clear";
      default:
        return "?";
    }
  }

  static std::string_view cause_of(const node::storage::Effect& effect) {
    using Cause = node::storage::Effect::Cause;
    if (effect.cause == Cause::expired) return " expired";
    return effect.cause == Cause::evicted ? " evicted" : "";
  }

  std::vector<std::string> lines_;
};

/// Applies every effect to another store.
class FollowingSink : public node::storage::EffectSink {
 public:
  explicit FollowingSink(node::storage::Store& follower) : follower_(follower) {}

  void apply(const node::storage::Effect& effect) override { follower_.apply(effect); }
  void begin_group() override { ++depth_; }
  void end_group() override { --depth_; }

  bool groups_balance() const { return depth_ == 0; }

 private:
  node::storage::Store& follower_;
  int depth_ = 0;
};

}  // namespace cachekit::test
