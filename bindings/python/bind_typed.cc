// Objects as values.

#include <cachekit/envelope.h>
#include <cachekit/shared_value.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/python/bind.h"
#include "bindings/python/commands/strings.h"
#include "bindings/python/conversions.h"
#include "bindings/python/message_pack.h"

namespace cachekit::python {
namespace {

using envelope::Encoding;

/// How objects become bytes.
struct PythonCodec {
  CodecId id;
  /// Appends; may give up at so many bytes in all.
  std::function<void(py::handle, std::string&, std::size_t)> append;
  std::function<py::object(std::string_view)> decode;
};

void append_bytes(py::handle value, std::string& out, std::size_t /*most_bytes*/) {
  if (!py::isinstance<py::bytes>(value)) {
    throw py::type_error("expected bytes of the codec, got a " + type_name(value));
  }
  out.append(std::string_view(py::reinterpret_borrow<py::bytes>(value)));
}

py::object bytes_of(std::string_view bytes) { return py::bytes(bytes.data(), bytes.size()); }

/// A user's, of an id of the users' own.
PythonCodec make_codec(int id, py::function encode, py::function decode) {
  if (id < first_codec_of_users || id > std::numeric_limits<CodecId>::max()) {
    throw Error(Status(Code::invalid_argument,
                       "a codec's id is " + std::to_string(id) + "; expected 128 to 255"));
  }
  return {.id = static_cast<CodecId>(id),
          .append = [encode = std::move(encode)](
                        py::handle value, std::string& out,
                        std::size_t most) { append_bytes(encode(value), out, most); },
          .decode = [decode = std::move(decode)](std::string_view bytes) -> py::object {
            return decode(bytes_of(bytes));
          }};
}

/// Without the interpreter's lock only where that pays, since it may take long to get back.
template <class Call>
auto unlocked_if_large(std::size_t bytes, Call call) {
  constexpr std::size_t large_bytes = 2048;
  return bytes < large_bytes ? value_or_throw(call()) : unlocked(call);
}

class PythonTyped {
 public:
  PythonTyped(Client& client, PythonCodec codec, const TypedOptions& options)
      : client_(client), codec_(std::move(codec)), options_(options) {
    seal(std::string(envelope::header_bytes, '\0'));  // throws if the options make no sense
  }

  py::object get(const Bytes& key, py::object missing) const {
    std::optional<SharedValue> value;
    const auto encoding = unlocked([&]() -> Read {
      auto read = client_.get_shared(key.bytes);
      if (!read) return tl::unexpected(std::move(read.error()));
      value = *std::move(read);
      return value ? open(value->view()) : Read();
    });
    return encoding ? codec_.decode(encoding->view()) : missing;
  }

  py::list mget(const std::vector<Bytes>& keys, bool raise_on_error) const {
    const auto values = unlocked([&] { return client_.mget(views_of(keys)); });
    py::list objects;
    for (std::size_t i = 0; i < values.size(); ++i) {
      objects.append(raise_on_error ? object_of(keys[i].bytes, values[i])
                                    : object_or_exception(keys[i].bytes, values[i]));
    }
    return objects;
  }

  bool set(const Bytes& key, const py::object& value, const SetOptions& options) const {
    std::string bytes = encode(value);
    return unlocked([&]() -> Result<bool> {
      const auto sealed = envelope::seal(std::move(bytes), codec_.id, options_);
      if (!sealed) return tl::unexpected(sealed.error());
      return client_.set(key.bytes, *sealed, options);
    });
  }

  py::object getdel(const Bytes& key) const {
    return object_of([&] { return client_.getdel(key.bytes); });
  }

  py::object getex(const Bytes& key, Seconds ttl) const {
    const auto millis = to_millis(ttl);
    return object_of([&] { return client_.getex(key.bytes, millis); });
  }

  py::bytes to_bytes(const py::object& value) const { return seal(encode(value)); }

  py::object from_bytes(const std::optional<py::bytes>& bytes) const {
    return bytes ? object_of(std::string_view(*bytes)) : py::none();
  }

 private:
  /// What was read: an encoding, which may lie in the bytes that were read, nothing on a miss, or
  /// what is wrong with the bytes.
  using Read = Result<std::optional<Encoding>>;

  Read open(std::string_view bytes) const {
    auto encoding = envelope::open(bytes, codec_.id, options_);
    if (!encoding) return tl::unexpected(std::move(encoding.error()));
    return std::optional<Encoding>(*std::move(encoding));
  }

  std::string seal(std::string bytes) const {
    return unlocked_if_large(bytes.size(),
                             [&] { return envelope::seal(std::move(bytes), codec_.id, options_); });
  }

  /// The encoding, behind room for its header.
  std::string encode(py::handle value) const {
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    std::string bytes(envelope::header_bytes, '\0');
    codec_.append(value, bytes, envelope::header_bytes + std::min(options_.max_bytes, most));
    return bytes;
  }

  /// Of a command that reads one key.
  template <class Command>
  py::object object_of(Command command) const {
    std::optional<std::string> value;
    const auto encoding = unlocked([&]() -> Read {
      auto read = command();
      if (!read) return tl::unexpected(std::move(read.error()));
      value = *std::move(read);
      return value ? open(*value) : Read();
    });
    return encoding ? codec_.decode(encoding->view()) : py::none();
  }

  py::object object_of(std::string_view bytes) const {
    const auto encoding = unlocked_if_large(bytes.size(), [&] { return open(bytes); });
    return codec_.decode(encoding->view());
  }

  /// Of one key of several, which the error names.
  py::object object_of(std::string_view key, const std::optional<std::string>& value) const {
    try {
      return value ? object_of(std::string_view(*value)) : py::none();
    } catch (const Error& error) {
      throw Error(Status(error.code(), std::string("of key ").append(key).append(": ").append(
                                           error.status().message())));
    }
  }

  py::object object_or_exception(std::string_view key,
                                 const std::optional<std::string>& value) const {
    try {
      return object_of(key, value);
    } catch (const Error& error) {
      return exception_of(error.status());
    } catch (const py::error_already_set& raised) {  // by a codec of the user's
      if (!raised.matches(PyExc_Exception)) throw;   // such as KeyboardInterrupt
      return raised.value();
    }
  }

  Client& client_;
  PythonCodec codec_;
  TypedOptions options_;
};

constexpr auto call_typed = [](const PythonTyped& self, auto command, auto /*convert*/) {
  return command(self);
};

void bind_calls(py::class_<PythonTyped>& bound) {
  bound.def("get", &PythonTyped::get, "key"_a, "default"_a = py::none(),
            "The object, or the default on a miss; from the near-cache, if it has it.");
  Binder<const PythonTyped&, py::class_<PythonTyped>, decltype(call_typed)> binder(bound,
                                                                                   call_typed);
  bind_set<py::object>(
      binder, "set",
      [](const PythonTyped& target, const Bytes& key, const py::object& value,
         const SetOptions& options) { return target.set(key, value, options); },
      "True if written, False if the condition was not met. The arguments are those of "
      "Client.set; if_equal compares bytes, so give it what Client.get has read.");
  bound
      .def("mget", &PythonTyped::mget, "keys"_a, "raise_on_error"_a = true,
           "The objects in the order of the keys, None for each miss. What cannot be read raises, "
           "or stands in the list as its exception if raise_on_error is False.")
      .def("getdel", &PythonTyped::getdel, "key"_a, "The object, or None; the key is gone.")
      .def("getex", &PythonTyped::getex, "key"_a, "ttl"_a,
           "The object, or None; the key now expires after ttl seconds.")
      .def("to_bytes", &PythonTyped::to_bytes, "value"_a,
           "The object as set() writes it: for a pipeline, asyncio, a field of a hash, a loader.")
      .def("from_bytes", &PythonTyped::from_bytes, "value"_a.none(true),
           "The object that to_bytes() or set() has made these bytes of; None of None.");
}

PythonCodec bind_codec(py::module_& module) {
  py::class_<PythonCodec> bound(
      module, "Codec",
      "How a Typed's objects become bytes: encode(object) returns bytes, decode(bytes) an object. "
      "The id, 128 to 255, tells them from those of other codecs. Whoever can write to the cache "
      "decides what decode() is given, so pickle is for caches that nobody else can write to.\n\n"
      "MESSAGE_PACK takes None, bool, int of 64 bits, float, str, bytes, bytearray, memoryview, "
      "and lists, tuples and dicts of them. All bytes come back as bytes; lists, and tuples "
      "that are no keys, as lists. To programs in C++ a list is a vector or a struct with "
      "MSGPACK_DEFINE, a dict a map "
      "or a struct with MSGPACK_DEFINE_MAP. BYTES leaves bytes as they are: C++'s "
      "typed<std::string>.");
  bound.def(py::init(&make_codec), "id"_a, "encode"_a, "decode"_a)
      .def_readonly("id", &PythonCodec::id);
  const PythonCodec message_pack{message_pack_codec, pack_object, unpack_object};
  bound.attr("MESSAGE_PACK") = message_pack;
  bound.attr("BYTES") = PythonCodec{bytes_codec, append_bytes, bytes_of};
  return message_pack;
}

PythonTyped make_typed(Client& client, const PythonCodec& codec,
                       std::optional<std::size_t> compress_from, int compression_level,
                       std::size_t max_bytes, bool accept_raw) {
  constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
  return PythonTyped(client, codec,
                     {.compress_from = compress_from.value_or(never),
                      .compression_level = compression_level,
                      .max_bytes = max_bytes,
                      .accept_raw = accept_raw});
}

}  // namespace

void bind_typed(py::module_& module) {
  const PythonCodec message_pack = bind_codec(module);
  const TypedOptions usual;
  py::class_<PythonTyped> bound(
      module, "Typed",
      "A Client whose values are objects, by MessagePack or another Codec, behind a header that "
      "programs in C++ read too, and compressed where that makes them smaller. What nobody has "
      "written that way raises MalformedValue. Any number of threads may share one.");
  bound.def(py::init(&make_typed), py::keep_alive<1, 2>(), "client"_a, py::kw_only(),
            py::arg_v("codec", message_pack, "Codec.MESSAGE_PACK"),
            "compress_from"_a = usual.compress_from,
            "compression_level"_a = usual.compression_level, "max_bytes"_a = usual.max_bytes,
            "accept_raw"_a = usual.accept_raw,
            "compress_from: bytes, None for never; compression_level: zstd's, 1 to 19; max_bytes: "
            "of a value before it is compressed, to write or read, 4 GiB at most; accept_raw: "
            "reads values without a header as well, which nothing checks.");
  bind_calls(bound);
}

}  // namespace cachekit::python
