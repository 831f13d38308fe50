// Python objects as MessagePack: None, bool, int, float, str, bytes, bytearray, memoryview, and
// lists, tuples and dicts of them. Programs in C++ read the same bytes by
// <cachekit/message_pack.h>: a list as a vector or a struct with MSGPACK_DEFINE, a dict as a map or
// MSGPACK_DEFINE_MAP.

#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace cachekit::python {

namespace py = pybind11;

/// Appends the object, and gives up as soon as `out` has more than `most_bytes`. Throws a TypeError
/// for an object of another type, a UnicodeEncodeError for half of a surrogate pair, a BufferError
/// or ValueError for a memoryview with gaps or without memory, and invalid_argument for an int
/// beyond 64 bits and for what is too deep or too large.
void pack_object(py::handle object, std::string& out, std::size_t most_bytes);

/// The name of its type, for messages.
std::string type_name(py::handle object);

/// Bytes become bytes, texts str, arrays lists (tuples in keys), maps dicts. Throws malformed_value
/// for bytes that are no MessagePack value, or one that Python objects cannot hold.
py::object unpack_object(std::string_view bytes);

}  // namespace cachekit::python
