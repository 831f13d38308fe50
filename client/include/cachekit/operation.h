// A command ready to be sent, and how to read its reply. Made by the functions of operations.h; a
// user meets these types only when sending a command that has no method of its own.

#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cachekit/status.h"
#include "cachekit/value.h"

namespace cachekit {

/// The words of a command, owned.
class Request {
 public:
  Request() = default;
  Request(std::initializer_list<std::string_view> words) {
    std::size_t bytes = 0;
    for (const std::string_view word : words) bytes += word.size();
    reserve(words.size(), bytes);
    for (const std::string_view word : words) add(word);
  }

  Request& add(std::string_view word) {
    bytes_.append(word);
    ends_.push_back(bytes_.size());
    return *this;
  }
  Request& add(std::int64_t number) { return add(std::string_view(std::to_string(number))); }

  /// Says why the request must not be sent: the call then fails with Code::invalid_argument and
  /// this sentence.
  Request& refuse(std::string sentence) {
    problem_ = std::move(sentence);
    return *this;
  }
  /// Empty if nothing is wrong.
  const std::string& problem() const {
    static const std::string none;
    return problem_ ? *problem_ : none;
  }

  /// Makes room for a request of known size.
  void reserve(std::size_t words, std::size_t bytes) {
    ends_.reserve(words);
    bytes_.reserve(bytes);
  }

  std::size_t size() const { return ends_.size(); }
  std::size_t bytes() const { return bytes_.size(); }
  std::string_view operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
  std::optional<std::string> problem_;  // nearly never there, and then moved for nothing
};

/// A request whose reply is read as a T.
template <class T>
struct Operation {
  Request request;
  Result<T> (*decode)(Value reply);
};

}  // namespace cachekit
