// redisReader hands every value's task to a callback, with the parent's task and the object that
// the parent's callback returned. Objects here are Values: the root belongs to the ReplyReader,
// every other one is the last element of its parent's array. A parent's array grows only when the
// element before is complete, so the address of a Value under construction never changes.
//
// hiredis 0.14 and 1.x differ in the callbacks' signatures and in the type of a count; both
// compile, since the fields are assigned by name and the count's type is deduced.

#include "client/io/reply_reader.h"

#include <fmt/format.h>
#include <hiredis/read.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "client/io/plain_reply.h"

namespace cachekit::io {

struct ReplyBuilder {
  static ReplyReader& reader_of(const redisReadTask* task) {
    return *static_cast<ReplyReader*>(task->privdata);
  }

  /// The place of the task's value in the reply.
  static Value& place(const redisReadTask* task) {
    if (task->parent == nullptr) return reader_of(task).root_;
    Value& parent = *static_cast<Value*>(task->parent->obj);
    return parent.get_if<Value::Array>()->emplace_back();
  }

  static void* put(const redisReadTask* task, Value::Variant variant) {
    Value& value = place(task);
    value = Value(std::move(variant));
    return &value;
  }

  static std::size_t depth_of(const redisReadTask* task) {
    std::size_t depth = 1;
    for (; task->parent != nullptr; task = task->parent) ++depth;
    return depth;
  }

  static void* create_string(const redisReadTask* task, char* text, std::size_t size) {
    switch (task->type) {
      case REDIS_REPLY_STATUS:
        return put(task, Value::SimpleString{std::string(text, size)});
      case REDIS_REPLY_ERROR:
        return put(task, Value::ErrorText{std::string(text, size)});
      default:
        return put(task, std::string(text, size));
    }
  }

  /// A null object makes redisReader stop; breach_ says why.
  template <class Count>
  static void* create_array(const redisReadTask* task, Count count) {
    ReplyReader& reader = reader_of(task);
    const auto announced = static_cast<std::size_t>(count);
    if (depth_of(task) > reader.limits_.depth) {
      reader.breach_ = reader.over_the_limit("arrays within arrays", reader.limits_.depth);
      return nullptr;
    }
    if (announced > reader.limits_.elements - reader.elements_) {
      reader.breach_ = reader.over_the_limit("elements", reader.limits_.elements);
      return nullptr;
    }
    reader.elements_ += announced;
    Value::Array array;
    array.reserve(std::min(announced, reserved_elements));
    return put(task, std::move(array));
  }

  static void* create_integer(const redisReadTask* task, long long number) {
    return put(task, std::int64_t{number});
  }

  static void* create_nil(const redisReadTask* task) { return put(task, Value::Nil{}); }

  static void* create_double(const redisReadTask* task, double, char* text, std::size_t size) {
    return put(task, std::string(text, size));
  }

  static void* create_bool(const redisReadTask* task, int flag) {
    return put(task, std::int64_t{flag});
  }

  static void free_object(void*) {}

  template <class Count>
  static void assign_array(void* (*&field)(const redisReadTask*, Count)) {
    field = create_array<Count>;
  }

  template <class Functions>
  static Functions make_functions() {
    Functions functions{};
    functions.createString = create_string;
    assign_array(functions.createArray);
    functions.createInteger = create_integer;
    if constexpr (requires { functions.createDouble; }) functions.createDouble = create_double;
    if constexpr (requires { functions.createBool; }) functions.createBool = create_bool;
    functions.createNil = create_nil;
    functions.freeObject = free_object;
    return functions;
  }

  /// Room made in advance, whatever a header claims.
  static constexpr std::size_t reserved_elements = 256;
};

namespace {

/// redisReader wants a pointer to something mutable but only reads it.
redisReplyObjectFunctions* functions() {
  static const auto made = ReplyBuilder::make_functions<redisReplyObjectFunctions>();
  return const_cast<redisReplyObjectFunctions*>(&made);
}

}  // namespace

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader(const ReplyLimits& limits)
    : limits_(limits), reader_(redisReaderCreateWithFunctions(functions())) {
  if (reader_ == nullptr) throw std::bad_alloc();
  limits_.depth = std::min(limits_.depth, deepest_nesting);
  reader_->privdata = this;
}

ReplyReader::~ReplyReader() = default;

Status ReplyReader::read(std::string_view bytes, std::vector<Value>& replies) {
  while (true) {
    while (between_replies()) {
      const std::size_t plain = append_plain_reply(replies, bytes, limits_.bytes);
      if (plain == 0) break;
      bytes.remove_prefix(plain);
    }
    if (bytes.empty()) return {};
    const std::string_view slice = bytes.substr(0, reader_slice_bytes);
    if (Status status = read_slice(slice, replies); !status.ok()) return status;
    bytes.remove_prefix(slice.size());
  }
}

Status ReplyReader::read_slice(std::string_view slice, std::vector<Value>& replies) {
  reply_bytes_ += slice.size();
  if (redisReaderFeed(reader_.get(), slice.data(), slice.size()) != REDIS_OK) return failure();
  while (true) {
    void* object = nullptr;
    if (redisReaderGetReply(reader_.get(), &object) != REDIS_OK) return failure();
    if (object == nullptr) break;
    const std::size_t unread = reader_->len - reader_->pos;
    if (reply_bytes_ - unread > limits_.bytes) return over_the_limit("bytes", limits_.bytes);
    replies.push_back(std::exchange(root_, Value()));
    elements_ = 0;
    reply_bytes_ = unread;
  }
  if (reply_bytes_ > limits_.bytes) return over_the_limit("bytes", limits_.bytes);
  return {};
}

Status ReplyReader::failure() const {
  if (!breach_.ok()) return breach_;
  return Status(Code::protocol_error,
                fmt::format("sent bytes that are no reply: {}", reader_->errstr));
}

Status ReplyReader::over_the_limit(std::string_view what, std::size_t limit) const {
  return Status(Code::limit_exceeded,
                fmt::format("sent a reply of more than {} {}, the client's limit", limit, what));
}

}  // namespace cachekit::io
