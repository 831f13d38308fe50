#include "client/limits/compare_and_set.h"

#include "client/limits/replies.h"

namespace cachekit::limits {
namespace {

constexpr std::string_view set_script =
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
    "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1";
constexpr std::string_view del_script =
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('DEL', KEYS[1])";

// SET answers OK or nothing, the others a number.
Result<bool> was_done(const Value& answer) {
  if (answer.is_nil()) return false;
  if (answer.get_if<Value::SimpleString>() != nullptr) return true;
  const auto number = integer_of(answer);
  if (!number) return tl::unexpected(number.error());
  return *number == 1;
}

bool is_unknown(const Status& failure) {
  return is_unknown_command(failure) || is_unknown_option(failure);
}

}  // namespace

Result<bool> CompareAndSet::set(std::string_view key, std::string_view expected,
                                std::string_view value, Milliseconds ttl,
                                std::optional<int> write_replicas) const {
  Request command{"SET", key, value, "PX"};
  command.add(ttl.count()).add("IFEQ").add(expected);
  Request script{"EVAL", set_script, "1", key, expected, value};
  script.add(ttl.count());
  return run(key, command, script, write_replicas);
}

Result<bool> CompareAndSet::set_new(std::string_view key, std::string_view value, Milliseconds ttl,
                                    std::optional<int> write_replicas) const {
  Request command{"SET", key, value, "NX", "PX"};
  command.add(ttl.count());
  return send(key, command, write_replicas);
}

Result<bool> CompareAndSet::del(std::string_view key, std::string_view expected) const {
  return run(key, {"DELIFEQ", key, expected}, {"EVAL", del_script, "1", key, expected}, 0);
}

/// A transaction of one command: it may be a script, has a concern of its own, and is never
/// repeated if it may have been executed.
Result<bool> CompareAndSet::send(std::string_view key, const Request& request,
                                 std::optional<int> write_replicas) const {
  const auto answers =
      client_.transaction(key, std::span(&request, 1), {.write_replicas = write_replicas});
  if (!answers) return tl::unexpected(answers.error());
  return was_done(answers->front());
}

Result<bool> CompareAndSet::run(std::string_view key, const Request& command, const Request& script,
                                std::optional<int> write_replicas) const {
  const bool script_first = by_script_;
  Result<bool> done = send(key, script_first ? script : command, write_replicas);
  if (done || !is_unknown(done.error())) return done;
  Result<bool> otherwise = send(key, script_first ? command : script, write_replicas);
  if (!otherwise && is_unknown(otherwise.error())) return done;
  by_script_ = !script_first;
  return otherwise;
}

}  // namespace cachekit::limits
