// Python objects as MessagePack: None, bool, int, float, str, bytes, and lists, tuples and dicts of
// them. C++ programs read the same bytes as what <cachekit/message_pack.h> makes of them.

#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>

namespace cachekit::python {

namespace py = pybind11;

/// Appends the object. Throws a TypeError for one of another type, and invalid_argument for an int
/// beyond 64 bits and for what is too deep or too large.
void pack(py::handle object, std::string& out);

/// Bytes become bytes, texts str, arrays lists, maps dicts. Throws malformed_value for bytes that
/// are no MessagePack value, or one that Python objects cannot hold.
py::object unpack(std::string_view bytes);

}  // namespace cachekit::python
