// Objects as values.

#include <cachekit/envelope.h>
#include <cachekit/shared_value.h>
#include <pybind11/stl.h>

#include <functional>
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

/// How objects become bytes.
struct PythonCodec {
  CodecId id;
  std::function<void(py::handle, std::string&)> append;
  std::function<py::object(std::string_view)> decode;
};

const PythonCodec message_pack_of_objects{message_pack_codec, pack, unpack};

/// A user's, of an id of the users' own.
PythonCodec make_codec(int id, py::function encode, py::function decode) {
  if (id < first_codec_of_users || id > 255) {
    throw Error(Status(Code::invalid_argument, "a codec's id must be 128 to 255"));
  }
  const auto append = [encode = std::move(encode)](py::handle value, std::string& out) {
    const py::object bytes = encode(value);
    if (!py::isinstance<py::bytes>(bytes)) throw py::type_error("encode() must return bytes");
    out.append(std::string_view(py::reinterpret_borrow<py::bytes>(bytes)));
  };
  const auto decode_view = [decode = std::move(decode)](std::string_view bytes) {
    return decode(py::bytes(bytes.data(), bytes.size()));
  };
  return {static_cast<CodecId>(id), append, decode_view};
}

class PythonTyped {
 public:
  PythonTyped(Client& client, PythonCodec codec, const TypedOptions& options)
      : client_(client), codec_(std::move(codec)), options_(options) {}

  py::object get(const Bytes& key) const {
    const std::optional<SharedValue> value =
        unlocked([&] { return client_.get_shared(key.bytes); });
    return value ? decode(value->view()) : py::none();
  }

  py::list mget(const std::vector<Bytes>& keys, bool raise_on_error) const {
    const auto values = unlocked([&] { return client_.mget(views_of(keys)); });
    py::list objects;
    for (const std::optional<std::string>& value : values) {
      objects.append(raise_on_error ? decode(value) : object_or_exception(value));
    }
    return objects;
  }

  bool set(const Bytes& key, py::handle value, std::optional<Seconds> ex,
           std::optional<std::int64_t> px, std::optional<Seconds> exat, bool nx, bool xx,
           bool keepttl) const {
    const SetOptions options = set_options(ex, px, exat, nx, xx, keepttl, std::nullopt);
    std::string bytes = encode(value);
    return unlocked([&]() -> Result<bool> {
      const auto sealed = envelope::seal(std::move(bytes), codec_.id, options_);
      if (!sealed) return tl::unexpected(sealed.error());
      return client_.set(key.bytes, *sealed, options);
    });
  }

  py::object getdel(const Bytes& key) const {
    return decode(unlocked([&] { return client_.getdel(key.bytes); }));
  }

  py::object getex(const Bytes& key, Seconds ttl) const {
    return decode(unlocked([&] { return client_.getex(key.bytes, to_millis(ttl)); }));
  }

  py::bytes to_bytes(py::handle value) const {
    std::string bytes = encode(value);
    return unlocked([&] { return envelope::seal(std::move(bytes), codec_.id, options_); });
  }

  py::object from_bytes(const std::optional<Bytes>& bytes) const {
    return bytes ? decode(std::string_view(bytes->bytes)) : py::none();
  }

 private:
  /// The encoding, behind room for its header.
  std::string encode(py::handle value) const {
    std::string bytes(envelope::header_bytes, '\0');
    codec_.append(value, bytes);
    return bytes;
  }

  py::object decode(std::string_view bytes) const {
    const auto encoding = unlocked([&] { return envelope::open(bytes, codec_.id, options_); });
    return codec_.decode(encoding.view());
  }

  py::object decode(const std::optional<std::string>& bytes) const {
    return bytes ? decode(std::string_view(*bytes)) : py::none();
  }

  py::object object_or_exception(const std::optional<std::string>& bytes) const {
    try {
      return decode(bytes);
    } catch (const Error& error) {
      return exception_of(error.status());
    } catch (const py::error_already_set& raised) {  // by a codec of the user's
      return raised.value();
    }
  }

  Client& client_;
  PythonCodec codec_;
  TypedOptions options_;
};

PythonTyped make_typed(Client& client, const std::optional<PythonCodec>& codec,
                       std::size_t compress_from, int compression_level, std::size_t max_bytes,
                       bool accept_raw) {
  return PythonTyped(client, codec.value_or(message_pack_of_objects),
                     {.compress_from = compress_from,
                      .compression_level = compression_level,
                      .max_bytes = max_bytes,
                      .accept_raw = accept_raw});
}

void bind_calls(py::class_<PythonTyped>& bound) {
  bound
      .def("get", &PythonTyped::get, "key"_a,
           "The object, or None on a miss; from the near-cache, if it has it.")
      .def("mget", &PythonTyped::mget, "keys"_a, "raise_on_error"_a = true,
           "The objects in the order of the keys, None for each miss. What cannot be read raises, "
           "or stands in the list as its exception if raise_on_error is False.")
      .def("set", &PythonTyped::set, "key"_a, "value"_a, py::kw_only(), "ex"_a = py::none(),
           "px"_a = py::none(), "exat"_a = py::none(), "nx"_a = false, "xx"_a = false,
           "keepttl"_a = false,
           "True if written, False if the condition was not met; the arguments are those of "
           "Client.set.")
      .def("getdel", &PythonTyped::getdel, "key"_a, "The object, or None; the key is gone.")
      .def("getex", &PythonTyped::getex, "key"_a, "ttl"_a,
           "The object, or None; the key now expires after ttl seconds.")
      .def(
          "to_bytes", &PythonTyped::to_bytes, "value"_a,
          "The object as set would write it: for a pipeline, asyncio, a field of a hash, a loader.")
      .def("from_bytes", &PythonTyped::from_bytes, "bytes"_a,
           "The object that to_bytes or set has made bytes of; None of None.");
}

}  // namespace

void bind_typed(py::module_& module) {
  py::class_<PythonCodec>(module, "Codec",
                          "How a Typed's objects become bytes: encode(object) returns bytes, "
                          "decode(bytes) an object. The id, 128 to 255, tells them from others'.")
      .def(py::init(&make_codec), "id"_a, "encode"_a, "decode"_a);
  py::class_<PythonTyped> bound(
      module, "Typed",
      "A Client whose values are objects: by MessagePack (None, bool, int, float, str, bytes, and "
      "lists, tuples and dicts of them; a tuple comes back as a list) or by a codec. Behind a "
      "header that programs in C++ read too, compressed where that makes them smaller. What "
      "nobody has written that way raises MalformedValue. Any number of threads may share one.");
  bound.def(py::init(&make_typed), py::keep_alive<1, 2>(), "client"_a, py::kw_only(),
            "codec"_a = py::none(), "compress_from"_a = TypedOptions().compress_from,
            "compression_level"_a = TypedOptions().compression_level,
            "max_bytes"_a = TypedOptions().max_bytes, "accept_raw"_a = false,
            "compress_from: bytes; compression_level: zstd's, 1 to 19; max_bytes: of a value "
            "before it is compressed, to write or read; accept_raw: reads values without a header "
            "as well.");
  bind_calls(bound);
}

}  // namespace cachekit::python
