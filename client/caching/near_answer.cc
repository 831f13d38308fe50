#include "client/caching/near_answer.h"

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace cachekit::caching {
namespace {

Value value_of(std::optional<std::string> known) {
  return known ? Value(*std::move(known)) : Value();
}

}  // namespace

NearAnswer NearAnswer::look(NearCache& near_cache, const Request& request) {
  NearAnswer answer;
  if (request.size() == 2 && request[0] == "GET") {
    if (auto known = near_cache.look(request[1])) {
      answer.kind_ = Kind::whole;
      answer.value_ = value_of(*std::move(known));
    }
    return answer;
  }
  if (request.size() < 2 || request[0] != "MGET") return answer;
  answer.values_.resize(request.size() - 1);
  answer.rest_.add(request[0]);
  for (std::size_t i = 0; i < answer.values_.size(); ++i) {
    if (auto known = near_cache.look(request[i + 1])) {
      answer.values_[i] = value_of(*std::move(known));
    } else {
      answer.open_.push_back(i);
      answer.rest_.add(request[i + 1]);
    }
  }
  answer.is_array_ = true;
  if (answer.open_.empty()) {
    answer.kind_ = Kind::whole;
  } else if (answer.open_.size() < answer.values_.size()) {
    answer.kind_ = Kind::part;
  }
  return answer;
}

Value NearAnswer::take() { return is_array_ ? Value(std::move(values_)) : std::move(value_); }

Result<Value> NearAnswer::complete(Result<Value> reply) {
  if (!is_part() || !reply) return reply;
  auto* const read = reply->get_if<Value::Array>();
  if (read == nullptr) return reply;     // whatever it is, it is the node's answer to MGET
  assert(read->size() == open_.size());  // the router sees to it
  for (std::size_t i = 0; i < open_.size(); ++i) values_[open_[i]] = std::move((*read)[i]);
  return Value(std::move(values_));
}

}  // namespace cachekit::caching
