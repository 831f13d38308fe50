// Between Python's values and cachekit's.

#pragma once

#include <cachekit/status.h>
#include <cachekit/value.h>
#include <pybind11/pybind11.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cachekit::python {

namespace py = pybind11;

/// A key or value: bytes as they are, a str as UTF-8. Any other type is a TypeError.
struct Bytes {
  std::string bytes;
};

/// A time in seconds: an int, a float or a timedelta. Any other type is a TypeError.
struct Seconds {
  double count = 0;
};

/// Rounded up. Throws invalid_argument for what is no number or beyond the year 2255.
std::chrono::milliseconds to_millis(Seconds seconds);

py::object to_python(bool value);
py::object to_python(std::int64_t value);
py::object to_python(double value);
py::object to_python(const std::string& value);
py::object to_python(const std::optional<std::string>& value);
py::object to_python(const std::vector<std::optional<std::string>>& values);
py::object to_python(const Value& value);

/// The result as a Python object; throws cachekit::Error, which bind_errors() translates.
template <class T>
py::object to_python(Result<T> result) {
  if constexpr (std::is_void_v<T>) {
    value_or_throw(std::move(result));
    return py::none();
  } else {
    return to_python(value_or_throw(std::move(result)));
  }
}

/// A view of each of the strings, which must outlive them.
std::vector<std::string_view> views_of(const std::vector<Bytes>& strings);

}  // namespace cachekit::python

namespace pybind11::detail {

template <>
struct type_caster<cachekit::python::Bytes> {
  PYBIND11_TYPE_CASTER(cachekit::python::Bytes, const_name("str | bytes"));

  bool load(handle source, bool /*convert*/) {
    if (!isinstance<str>(source) && !isinstance<bytes>(source)) return false;
    value.bytes = isinstance<str>(source) ? std::string(reinterpret_borrow<str>(source))
                                          : std::string(reinterpret_borrow<bytes>(source));
    return true;
  }
};

template <>
struct type_caster<cachekit::python::Seconds> {
  PYBIND11_TYPE_CASTER(cachekit::python::Seconds, const_name("float | timedelta"));

  bool load(handle source, bool /*convert*/) {
    if (PyBool_Check(source.ptr()) != 0) return false;
    if (PyLong_Check(source.ptr()) != 0 || PyFloat_Check(source.ptr()) != 0) {
      value.count = PyFloat_AsDouble(source.ptr());
    } else if (hasattr(source, "total_seconds")) {
      value.count = source.attr("total_seconds")().cast<double>();
    } else {
      return false;
    }
    if (PyErr_Occurred() != nullptr) throw error_already_set();
    return true;
  }
};

}  // namespace pybind11::detail
