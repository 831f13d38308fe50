// How a command becomes a method of Client and of Pipeline.
//
//   bind.def("llen", takes<const Bytes&>,
//            [](auto& target, const Bytes& key) { return target.llen(key.bytes); },
//            "key"_a, "The number of elements.");
//
// `call(self, command, convert)` runs `command` on the C++ object behind `self`, without Python's
// lock, and answers with what the Python method returns: the converted result on a Client, the
// pipeline itself on a Pipeline.

#pragma once

#include <pybind11/stl.h>

#include <utility>
#include <vector>

#include "bindings/python/bind.h"
#include "bindings/python/conversions.h"

namespace cachekit::python {

using namespace py::literals;

/// The types of a method's arguments, behind self.
template <class... Arguments>
struct Takes {};
template <class... Arguments>
inline constexpr Takes<Arguments...> takes;

/// How results become Python's: as their type suggests, or as a set or dict.
inline constexpr auto as_usual = [](auto result) { return to_python(std::move(result)); };
inline constexpr auto as_set = [](Result<std::vector<std::string>> result) -> py::object {
  return py::set(to_python(std::move(result)));
};
inline constexpr auto as_dict = [](Result<std::vector<FieldValue>> result) -> py::object {
  return to_dict(value_or_throw(std::move(result)));
};

template <class Self, class Class, class Call>
class Binder {
 public:
  Binder(Class& bound, Call call) : bound_(bound), call_(call) {}

  template <class... Arguments, class Command, class... Extra>
  void def(const char* name, Takes<Arguments...> types, Command command, const Extra&... extra) {
    def_as(as_usual, name, types, command, extra...);
  }

  template <class Convert, class... Arguments, class Command, class... Extra>
  void def_as(Convert convert, const char* name, Takes<Arguments...>, Command command,
              const Extra&... extra) {
    bound_.def(
        name,
        [call = call_, convert, command](Self self, Arguments... arguments) {
          return call(self, [&](auto& target) { return command(target, arguments...); }, convert);
        },
        extra...);
  }

  /// Any number of strings may follow, which the command takes as views: lpush(key, *values).
  template <class... Arguments, class Command, class... Extra>
  void def_many(const char* name, Takes<Arguments...> types, Command command,
                const Extra&... extra) {
    def_many_as(as_usual, name, types, command, extra...);
  }

  template <class Convert, class... Arguments, class Command, class... Extra>
  void def_many_as(Convert convert, const char* name, Takes<Arguments...>, Command command,
                   const Extra&... extra) {
    bound_.def(
        name,
        [call = call_, convert, command](Self self, Arguments... arguments, const py::args& rest) {
          const auto strings = strings_of(rest);
          const auto views = views_of(strings);
          return call(
              self, [&](auto& target) { return command(target, arguments..., views); }, convert);
        },
        extra...);
  }

 private:
  Class& bound_;
  Call call_;
};

}  // namespace cachekit::python
