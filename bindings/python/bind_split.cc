// Keys and counters that are too hot for one shard.

#include <cachekit/split.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>

#include "bindings/python/bind.h"
#include "bindings/python/conversions.h"

namespace cachekit::python {
namespace {

py::object get(const SplitKey& self) {
  const std::optional<SharedValue> value = unlocked([&] { return self.get(); });
  if (!value) return py::none();
  const std::string_view bytes = *value;
  return py::bytes(bytes.data(), bytes.size());
}

void set(const SplitKey& self, const Bytes& value, Seconds ttl) {
  unlocked([&] { return self.set(value.bytes, to_millis(ttl)); });
}

void bind_split_key(py::module_& module) {
  using namespace py::literals;
  py::class_<SplitKey>(module, "SplitKey",
                       "A value in copies on several shards, one of which each read asks. Any "
                       "number of threads may share one.")
      .def(py::init([](Client& client, const Bytes& key, std::size_t copies) {
             return SplitKey(client, key.bytes, copies);
           }),
           py::keep_alive<1, 2>(), "client"_a, "key"_a, "copies"_a,
           "So many copies, 256 at most, or as many as there are shards.")
      .def("get", &get, "The value of one of the copies, by chance; None if that is missing.")
      .def("set", &set, "value"_a, "ttl"_a,
           "Sets all copies, for so many seconds. Raises if any was not, or may not have been, "
           "written.")
      .def(
          "delete", [](const SplitKey& self) { return unlocked([&] { return self.del(); }); },
          "True if there was any copy.")
      .def("keys", &SplitKey::keys, "The keys of the copies.");
}

void bind_split_counter(py::module_& module) {
  using namespace py::literals;
  py::class_<SplitCounter>(module, "SplitCounter",
                           "A counter in parts, of which each increment goes to one. Any number "
                           "of threads may share one.")
      .def(py::init([](Client& client, const Bytes& key, std::size_t parts, Seconds ttl) {
             return SplitCounter(client, key.bytes, parts, to_millis(ttl));
           }),
           py::keep_alive<1, 2>(), "client"_a, "key"_a, "parts"_a, "ttl"_a,
           "So many parts, 256 at most; each expires so many seconds after its last increment.")
      .def(
          "incr",
          [](const SplitCounter& self, std::int64_t by) {
            unlocked([&] { return self.incr(by); });
          },
          "by"_a = 1, "Adds to one of the parts.")
      .def(
          "get", [](const SplitCounter& self) { return unlocked([&] { return self.get(); }); },
          "The sum of all parts.")
      .def(
          "delete", [](const SplitCounter& self) { return unlocked([&] { return self.del(); }); },
          "True if there was any part.")
      .def("keys", &SplitCounter::keys, "The keys of the parts.");
}

}  // namespace

void bind_split(py::module_& module) {
  bind_split_key(module);
  bind_split_counter(module);
}

}  // namespace cachekit::python
