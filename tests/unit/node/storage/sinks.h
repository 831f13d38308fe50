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
/// "remove k", "remove k expired", "remove k evicted", "clear", "l push-back v", "l erase 0 2",
/// "s add m", "h f=v", "h drop f", and "(" and ")" round groups.
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
        return fmt::format("{} {}", effect.key, change_of(effect));
    }
  }

  // Inside a collection.
  static std::string change_of(const node::storage::Effect& effect) {
    using node::storage::Effect;
    switch (effect.kind) {
      case Effect::Kind::list_push_front:
        return fmt::format("push-front {}", effect.value);
      case Effect::Kind::list_push_back:
        return fmt::format("push-back {}", effect.value);
      case Effect::Kind::list_insert:
        return fmt::format("insert {} {}", effect.index, effect.value);
      case Effect::Kind::list_set:
        return fmt::format("set {} {}", effect.index, effect.value);
      case Effect::Kind::list_erase:
        return fmt::format("erase {} {}", effect.index, effect.count);
      case Effect::Kind::set_add:
        return fmt::format("add {}", effect.value);
      case Effect::Kind::set_remove:
        return fmt::format("drop {}", effect.value);
      case Effect::Kind::hash_set:
        return fmt::format("{}={}", effect.field, effect.value);
      case Effect::Kind::hash_remove:
        return fmt::format("drop {}", effect.field);
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
