#include "client/routing/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace cachekit::routing {
namespace {

using protocol::CommandId;

tl::unexpected<Status> unexpected_part(const Route& route, std::string_view expected) {
  return tl::unexpected(
      Status(Code::protocol_error,
             fmt::format("a part of {} was not answered with {}", route.spec->name, expected)));
}

Part& part_for(std::vector<Part>& parts, std::uint32_t shard, std::string_view name) {
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [&](const Part& part) { return part.shard == shard; });
  if (found != parts.end()) return *found;
  Part& part = parts.emplace_back();
  part.shard = shard;
  part.request.add(name);
  return part;
}

bool says_nothing_was_executed(Code code) {
  return code == Code::unavailable || code == Code::deadline_exceeded;
}

std::optional<Status> failure_of(const Route& route, std::span<const Result<Value>> answers) {
  const auto failed = [](const Result<Value>& answer) { return !answer.has_value(); };
  const auto first = std::find_if(answers.begin(), answers.end(), failed);
  if (first == answers.end()) return std::nullopt;

  const auto unknown = std::find_if(answers.begin(), answers.end(), [](const auto& answer) {
    return !answer && answer.error().code() == Code::outcome_unknown;
  });
  if (unknown != answers.end()) return unknown->error();

  const bool some_executed = route.writes && !std::all_of(answers.begin(), answers.end(), failed);
  if (!some_executed || !says_nothing_was_executed(first->error().code())) return first->error();
  return Status(Code::outcome_unknown, fmt::format("{} was executed on some shards only: {}",
                                                   route.spec->name, first->error().message()));
}

Result<Value> merge_values(const Route& route, std::span<const Part> parts,
                           std::span<Result<Value>> answers) {
  std::size_t count = 0;
  for (const Part& part : parts) count += part.keys.size();
  Value::Array merged(count);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto* values = answers[i]->get_if<Value::Array>();
    if (values == nullptr || values->size() != parts[i].keys.size()) {
      return unexpected_part(route, "as many values as it has keys");
    }
    for (std::size_t j = 0; j < values->size(); ++j) {
      merged[parts[i].keys[j]] = std::move((*values)[j]);
    }
  }
  return Value(std::move(merged));
}

Result<Value> merge_counts(const Route& route, std::span<const Result<Value>> answers) {
  std::int64_t sum = 0;
  for (const Result<Value>& answer : answers) {
    const auto* count = answer->get_if<std::int64_t>();
    if (count == nullptr) return unexpected_part(route, "a number");
    sum += *count;
  }
  return Value(sum);
}

}  // namespace

bool can_split(const Route& route) {
  if (route.spec == nullptr) return false;
  switch (route.spec->id) {
    case CommandId::mget:
    case CommandId::mset:
    case CommandId::del:
    case CommandId::unlink:
    case CommandId::exists:
    case CommandId::touch:
      return true;
    default:
      return false;
  }
}

Result<Value> whole_answer(const Route& route, Result<Value> answer) {
  if (!answer || route.spec == nullptr || route.spec->id != CommandId::mget) return answer;
  const auto* values = answer->get_if<Value::Array>();
  if (values == nullptr || values->size() == route.keys.count) return answer;
  return tl::unexpected(
      Status(Code::protocol_error, fmt::format("MGET of {} keys was answered with {} values",
                                               route.keys.count, values->size())));
}

Result<std::vector<Part>> split(const Request& whole, const Route& route,
                                std::span<const std::uint32_t> shards) {
  const std::size_t step = route.keys.step;
  if ((whole.size() - route.keys.first) % step != 0) {
    return tl::unexpected(
        Status(Code::invalid_argument, fmt::format("the last key of {} has no value", whole[0])));
  }
  std::vector<Part> parts;
  for (std::size_t i = 0; i < route.keys.count; ++i) {
    Part& part = part_for(parts, shards[i], whole[0]);
    part.keys.push_back(i);
    const std::size_t key = key_position(route.keys, i);
    for (std::size_t word = key; word < key + step; ++word) part.request.add(whole[word]);
  }
  return parts;
}

Result<Value> merge(const Route& route, std::span<const Part> parts,
                    std::span<Result<Value>> answers) {
  if (auto failure = failure_of(route, answers)) return tl::unexpected(*std::move(failure));
  if (route.spec->id == CommandId::mget) return merge_values(route, parts, answers);
  if (route.spec->id == CommandId::mset) return std::move(answers.front());
  return merge_counts(route, answers);
}

}  // namespace cachekit::routing
