// Between Python's values and cachekit's.

#pragma once

#include <cachekit/operations.h>
#include <cachekit/status.h>
#include <cachekit/value.h>
#include <pybind11/pybind11.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cachekit::python {

namespace py = pybind11;

/// A key or value: bytes as they are, a str as UTF-8. Any other type is a TypeError.
struct Bytes {
  std::string bytes;
};

/// Keys or fields and their values: a dict. Any other type is a TypeError.
struct Mapping {
  std::vector<std::pair<std::string, std::string>> pairs;
};

/// A time in seconds: an int, a float or a timedelta. Any other type is a TypeError.
struct Seconds {
  double count = 0;
};

/// Rounded up. Throws invalid_argument for what is no number or beyond the year 2255.
std::chrono::milliseconds to_millis(Seconds seconds);

/// The same as a point in time.
std::chrono::system_clock::time_point to_time(Seconds seconds);

inline double to_seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

/// The value of a call that is made without the interpreter lock.
template <class Call>
auto unlocked(Call call) {
  const py::gil_scoped_release released;
  return value_or_throw(call());
}

ScanOptions scan_options(const std::optional<Bytes>& match, std::int64_t count);

py::object to_python(bool value);
py::object to_python(std::int64_t value);
py::object to_python(double value);
py::object to_python(const std::string& value);
py::object to_python(const std::optional<std::string>& value);
py::object to_python(const std::vector<std::optional<std::string>>& values);
py::object to_python(const std::optional<std::int64_t>& value);
py::object to_python(const std::vector<std::string>& values);
py::object to_python(const std::vector<std::int64_t>& values);
py::object to_python(const std::vector<bool>& values);
/// A list of pairs, since a field may be there more than once.
py::object to_python(const std::vector<FieldValue>& values);
/// The cursor, and a list or a dict.
py::object to_python(const ScanPage<std::string>& page);
py::object to_python(const ScanPage<FieldValue>& page);
py::object to_python(const Value& value);

py::object to_dict(const std::vector<FieldValue>& values);

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

/// Of a method's further arguments. Throws a TypeError if one is neither str nor bytes.
std::vector<Bytes> strings_of(const py::args& arguments);

/// Views of the strings, which must outlive them.
std::vector<std::string_view> views_of(const std::vector<Bytes>& strings);
std::vector<KeyValue> views_of(const Mapping& mapping);

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
struct type_caster<cachekit::python::Mapping> {
  PYBIND11_TYPE_CASTER(cachekit::python::Mapping, const_name("dict"));

  bool load(handle source, bool convert) {
    if (!isinstance<dict>(source)) return false;
    for (const auto& [key, mapped] : reinterpret_borrow<dict>(source)) {
      type_caster<cachekit::python::Bytes> field;
      type_caster<cachekit::python::Bytes> content;
      if (!field.load(key, convert) || !content.load(mapped, convert)) return false;
      value.pairs.emplace_back(cast_op<cachekit::python::Bytes&&>(std::move(field)).bytes,
                               cast_op<cachekit::python::Bytes&&>(std::move(content)).bytes);
    }
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
