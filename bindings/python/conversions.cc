#include "bindings/python/conversions.h"

#include <cmath>

#include "bindings/python/bind.h"

namespace cachekit::python {

std::chrono::milliseconds to_millis(Seconds seconds) {
  constexpr double limit = 9e9;  // nanoseconds in 64 bits end in the year 2262
  if (!(std::abs(seconds.count) < limit)) {
    throw Error(Status(Code::invalid_argument, "a time must be a number of seconds below 9e9"));
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds.count * 1000)));
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
  py::list list;
  for (const auto& value : values) list.append(to_python(value));
  return list;
}

py::object to_python(const Value& value) {
  if (const auto* number = value.get_if<std::int64_t>()) return py::int_(*number);
  if (const auto* text = value.get_if<std::string>()) return py::bytes(*text);
  if (const auto* simple = value.get_if<Value::SimpleString>()) return to_text(simple->text);
  if (const auto* error = value.get_if<Value::ErrorText>()) {
    return exception_of(Status(Code::server_error, error->text));
  }
  if (const auto* array = value.get_if<Value::Array>()) {
    py::list list;
    for (const Value& element : *array) list.append(to_python(element));
    return list;
  }
  return py::none();
}

std::vector<std::string_view> views_of(const std::vector<Bytes>& strings) {
  std::vector<std::string_view> views;
  views.reserve(strings.size());
  for (const Bytes& string : strings) views.emplace_back(string.bytes);
  return views;
}

}  // namespace cachekit::python
