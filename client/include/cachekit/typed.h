// Values of the program's own types, instead of bytes.
//
//   #include <cachekit/message_pack.h>               // and the types that MessagePack knows
//
//   struct Session {
//     std::string user;
//     std::vector<int> roles;
//     MSGPACK_DEFINE(user, roles)
//   };
//
//   auto sessions = cachekit::typed<Session>(client);
//   sessions.set("session:1", session, std::chrono::hours(1));
//   Result<std::optional<Session>> read = sessions.get("session:1");
//
// A type's codec says how it becomes bytes. A codec of one's own:
//
//   template <>
//   struct cachekit::Codec<Picture> {
//     static constexpr cachekit::CodecId id = 128;   // 128 to 255, one for each form of bytes
//     static cachekit::Result<void> encode(const Picture& picture, std::string& out);  // appends
//     static cachekit::Result<Picture> decode(std::string_view bytes);
//   };
//
// It must be seen wherever the type is used with cachekit, so let it stand beside the type. A
// std::string has one that leaves it as it is.
//
// Before the bytes stands a header of 13 bytes (envelope.h). A value without one, of another codec,
// cut off or changed on its way is malformed_value, and never a wrong object.

#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cachekit/client.h"
#include "cachekit/envelope.h"

namespace cachekit {

/// How values of a type become bytes; see above. decode() fails with malformed_value if the bytes
/// are none of its own.
template <class T>
struct Codec;

template <>
struct Codec<std::string> {
  static constexpr CodecId id = bytes_codec;
  static Result<void> encode(const std::string& value, std::string& out) {
    out.append(value);
    return {};
  }
  static Result<std::string> decode(std::string_view bytes) { return std::string(bytes); }
};

/// A value as bytes, for a Pipeline or a field of a hash:
/// `pipeline.set(key, *to_bytes(session))`. Fails with invalid_argument if it is too large, or as
/// its codec does.
template <class T>
Result<std::string> to_bytes(const T& value, const TypedOptions& options = {}) {
  std::string bytes(envelope::header_bytes, '\0');
  if (auto encoded = Codec<T>::encode(value, bytes); !encoded) {
    return tl::unexpected(std::move(encoded.error()));
  }
  return envelope::seal(std::move(bytes), Codec<T>::id, options);
}

/// The value that to_bytes() has made bytes of. Fails with malformed_value if they are none such,
/// and with limit_exceeded if they are too many.
template <class T>
Result<T> from_bytes(std::string_view bytes, const TypedOptions& options = {}) {
  const Result<envelope::Encoding> encoding = envelope::open(bytes, Codec<T>::id, options);
  if (!encoding) return tl::unexpected(encoding.error());
  return Codec<T>::decode(encoding->view());
}

/// A Client whose values are Ts.
///
/// Thread rule: any number of threads may share one. The Client must outlive it.
template <class T>
class Typed {
 public:
  using Optional = std::optional<T>;

  Typed(Client& client, const TypedOptions& options) : client_(&client), options_(options) {}

  /// The value, or nothing on a miss; from the near-cache, if the client has one and it has it.
  Result<Optional> get(std::string_view key) const {
    const Result<std::optional<SharedValue>> bytes = client_->get_shared(key);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) return Optional();
    return of_bytes((*bytes)->view());
  }

  /// For each key its value, or nothing, or what is wrong with its bytes.
  Result<std::vector<Result<Optional>>> mget(Keys keys) const {
    const auto values = client_->mget(keys);
    if (!values) return tl::unexpected(values.error());
    std::vector<Result<Optional>> results;
    results.reserve(values->size());
    for (const OptionalString& bytes : *values) results.push_back(of_optional(bytes));
    return results;
  }
  Result<std::vector<Result<Optional>>> mget(std::initializer_list<std::string_view> keys) const {
    return mget(Keys(keys.begin(), keys.size()));
  }

  /// True if written, false if the condition of the options was not met. if_equal compares bytes,
  /// as to_bytes() makes them.
  Result<bool> set(std::string_view key, const T& value, const SetOptions& options = {}) const {
    const Result<std::string> bytes = to_bytes(value, options_);
    if (!bytes) return tl::unexpected(bytes.error());
    return client_->set(key, *bytes, options);
  }
  Result<bool> set(std::string_view key, const T& value, std::chrono::milliseconds ttl) const {
    SetOptions options;
    options.ttl = ttl;
    return set(key, value, options);
  }

  /// The value, or nothing; the key is gone.
  Result<Optional> getdel(std::string_view key) const { return of_result(client_->getdel(key)); }

  /// The value, or nothing; the key now expires after ttl.
  Result<Optional> getex(std::string_view key, std::chrono::milliseconds ttl) const {
    return of_result(client_->getex(key, ttl));
  }

 private:
  Result<Optional> of_bytes(std::string_view bytes) const {
    Result<T> value = from_bytes<T>(bytes, options_);
    if (!value) return tl::unexpected(std::move(value.error()));
    return Optional(*std::move(value));
  }
  Result<Optional> of_optional(const OptionalString& bytes) const {
    return bytes ? of_bytes(*bytes) : Result<Optional>(Optional());
  }
  Result<Optional> of_result(const Result<OptionalString>& bytes) const {
    return bytes ? of_optional(*bytes) : tl::unexpected(bytes.error());
  }

  Client* client_;
  TypedOptions options_;
};

/// `typed<Session>(client).get("session:1")`.
template <class T>
Typed<T> typed(Client& client, const TypedOptions& options = {}) {
  return Typed<T>(client, options);
}

}  // namespace cachekit
