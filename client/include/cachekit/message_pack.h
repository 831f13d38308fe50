// Typed values as MessagePack (https://msgpack.org): all types that msgpack-cxx can pack have a
// codec where this header is included, but for those that have one of their own.
//
// Needs msgpack-cxx 4 or newer (Debian's libmsgpack-cxx-dev). The target cachekit::message_pack
// tells it to do without Boost.
//
// Bytes are read with care: nothing is allocated for what they claim to hold and do not. But do not
// read std::tuple or std::array of elements without a default constructor from bytes of strangers:
// msgpack-cxx reads as many as the type has, whether they are there or not.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <msgpack.hpp>
#include <string>
#include <string_view>

#include "cachekit/typed.h"

namespace cachekit {

namespace message_pack {

/// Arrays and maps within each other, at most. Readers of objects descend so deep.
inline constexpr std::size_t max_depth = 64;

inline tl::unexpected<Status> malformed(std::string_view reason) {
  return tl::unexpected(
      Status(Code::malformed_value, std::string("the value cannot be read: ").append(reason)));
}

/// Lets msgpack write at the end of a string.
struct Appender {
  std::string& out;

  void write(const char* bytes, std::size_t count) { out.append(bytes, count); }

  /// A number as MessagePack has it: its type, and its bytes from the highest on.
  template <class Bits>
  void write_number(char type, Bits bits) {
    out.push_back(type);
    for (std::size_t left = sizeof bits; left > 0; --left) {
      out.push_back(static_cast<char>((bits >> (8 * (left - 1))) & 0xff));
    }
  }
};

/// Passes over bytes that hold at most as many elements as there are bytes, and not too deep. Since
/// each element takes a byte at least, others are refused before anything is allocated for them.
class Inspector : public msgpack::null_visitor {
 public:
  explicit Inspector(std::size_t bytes) : left_(bytes) {}

  bool start_array(std::uint32_t elements) { return enter(elements); }
  bool end_array() { return leave(); }
  bool start_map(std::uint32_t pairs) { return enter(std::uint64_t{2} * pairs); }
  bool end_map() { return leave(); }

 private:
  bool enter(std::uint64_t elements) {
    if (elements > left_ || depth_ == max_depth) return false;
    left_ -= elements;
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }

  std::uint64_t left_;
  std::size_t depth_ = 0;
};

/// Whether the bytes are one MessagePack value and nothing else.
inline bool is_sound(std::string_view bytes) {
  Inspector inspector(bytes.size());
  std::size_t end = 0;
  return msgpack::parse(bytes.data(), bytes.size(), end, inspector) && end == bytes.size();
}

/// The value that the bytes are. It refers to them, so they must outlive it.
inline Result<msgpack::object_handle> unpack(std::string_view bytes) {
  // msgpack-cxx tells of everything by exceptions.
  try {
    if (!is_sound(bytes)) return malformed("its bytes are no MessagePack value");
    const auto refer = [](msgpack::type::object_type, std::size_t, void*) { return true; };
    return msgpack::unpack(bytes.data(), bytes.size(), refer);
  } catch (const std::exception& error) {
    return malformed(error.what());
  }
}

}  // namespace message_pack
}  // namespace cachekit

// float and double are always written as such. msgpack-cxx would write whole ones as integers,
// which other languages tell from them, and find out by a conversion that is undefined for 2^64.

template <>
inline msgpack::packer<cachekit::message_pack::Appender>&
msgpack::packer<cachekit::message_pack::Appender>::pack_float(float number) {
  m_stream.write_number('\xca', std::bit_cast<std::uint32_t>(number));
  return *this;
}

template <>
inline msgpack::packer<cachekit::message_pack::Appender>&
msgpack::packer<cachekit::message_pack::Appender>::pack_double(double number) {
  m_stream.write_number('\xcb', std::bit_cast<std::uint64_t>(number));
  return *this;
}

namespace cachekit {

template <class T>
struct Codec {
  static constexpr CodecId id = message_pack_codec;

  static Result<void> encode(const T& value, std::string& out) {
    message_pack::Appender appender{out};
    msgpack::pack(appender, value);
    return {};
  }

  static Result<T> decode(std::string_view bytes) {
    const Result<msgpack::object_handle> object = message_pack::unpack(bytes);
    if (!object) return tl::unexpected(object.error());
    try {
      return object->get().template as<T>();
    } catch (const msgpack::type_error&) {
      return message_pack::malformed("it is a MessagePack value of another type");
    } catch (const std::exception& error) {
      return message_pack::malformed(error.what());
    }
  }
};

}  // namespace cachekit
