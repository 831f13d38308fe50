#include "bindings/python/conversions.h"

#include <pybind11/stl.h>

#include <cmath>

#include "bindings/python/bind.h"

namespace cachekit::python {
namespace {

template <class T>
py::list list_of(const std::vector<T>& values) {
  py::list list;
  for (const auto& value : values) list.append(to_python(value));
  return list;
}

}  // namespace

std::chrono::milliseconds to_millis(Seconds seconds) {
  constexpr double limit = 9e9;  // nanoseconds in 64 bits end in the year 2262
  if (!(std::abs(seconds.count) < limit)) {
    throw Error(Status(Code::invalid_argument, "a time must be a number of seconds below 9e9"));
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds.count * 1000)));
}

std::chrono::system_clock::time_point to_time(Seconds seconds) {
  return std::chrono::system_clock::time_point(to_millis(seconds));
}

ScanOptions scan_options(const std::optional<Bytes>& match, std::int64_t count) {
  ScanOptions options;
  if (match) options.match = match->bytes;
  options.count = count;
  return options;
}

py::object to_text(std::string_view text) {
  auto decoded = py::reinterpret_steal<py::object>(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "backslashreplace"));
  if (!decoded) throw py::error_already_set();
  return decoded;
}

py::object to_python(bool value) { return py::bool_(value); }

py::object to_python(std::int64_t value) { return py::int_(value); }

py::object to_python(double value) { return py::float_(value); }

py::object to_python(const std::string& value) { return py::bytes(value); }

py::object to_python(const std::optional<std::string>& value) {
  if (!value) return py::none();
  return py::bytes(*value);
}

py::object to_python(const std::vector<std::optional<std::string>>& values) {
  return list_of(values);
}

py::object to_python(const std::optional<std::int64_t>& value) {
  if (!value) return py::none();
  return py::int_(*value);
}

py::object to_python(const std::vector<std::string>& values) { return list_of(values); }

py::object to_python(const std::vector<std::int64_t>& values) { return list_of(values); }

py::object to_python(const std::vector<bool>& values) {
  py::list list;
  for (const bool value : values) list.append(py::bool_(value));
  return list;
}

py::object to_python(const std::vector<FieldValue>& values) {
  py::list list;
  for (const auto& [field, value] : values) {
    list.append(py::make_tuple(py::bytes(field), py::bytes(value)));
  }
  return list;
}

py::object to_dict(const std::vector<FieldValue>& values) {
  py::dict dict;
  for (const auto& [field, value] : values) dict[py::bytes(field)] = py::bytes(value);
  return dict;
}

py::object to_python(const ScanPage<std::string>& page) {
  return py::make_tuple(page.cursor, to_python(page.items));
}

py::object to_python(const ScanPage<FieldValue>& page) {
  return py::make_tuple(page.cursor, to_dict(page.items));
}

py::object to_python(const Value& value) {
  if (const auto* number = value.get_if<std::int64_t>()) return py::int_(*number);
  if (const auto* text = value.get_if<std::string>()) return py::bytes(*text);
  if (const auto* simple = value.get_if<Value::SimpleString>()) return to_text(simple->text);
  if (const auto* error = value.get_if<Value::ErrorText>()) {
    return exception_of(Status(Code::server_error, error->text));
  }
  if (const auto* array = value.get_if<Value::Array>()) {
    return list_of(*array);
  }
  return py::none();
}

std::vector<Bytes> strings_of(const py::args& arguments) {
  try {
    return arguments.cast<std::vector<Bytes>>();
  } catch (const py::cast_error&) {
    throw py::type_error("expected str or bytes, got " + std::string(py::repr(arguments)));
  }
}

std::vector<std::string_view> views_of(const std::vector<Bytes>& strings) {
  std::vector<std::string_view> views;
  views.reserve(strings.size());
  for (const Bytes& string : strings) views.emplace_back(string.bytes);
  return views;
}

std::vector<KeyValue> views_of(const Mapping& mapping) {
  return {mapping.pairs.begin(), mapping.pairs.end()};
}

}  // namespace cachekit::python
