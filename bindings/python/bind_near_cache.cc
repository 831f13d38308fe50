#include <cachekit/near_cache.h>
#include <pybind11/stl.h>

#include "bindings/python/bind.h"
#include "bindings/python/conversions.h"

namespace cachekit::python {
namespace {

NearCacheOptions near_cache_options(std::size_t bytes, bool tracking, Seconds max_silence,
                                    Seconds max_age, Seconds absent_age,
                                    const std::vector<Bytes>& prefixes, bool broadcast) {
  NearCacheOptions options;
  options.bytes = bytes;
  options.tracking = tracking;
  options.max_silence = to_millis(max_silence);
  options.max_age = to_millis(max_age);
  options.absent_age = to_millis(absent_age);
  for (const Bytes& prefix : prefixes) options.prefixes.push_back(prefix.bytes);
  options.broadcast = broadcast;
  return options;
}

}  // namespace

void bind_near_cache(py::module_& module) {
  using namespace py::literals;
  py::class_<NearCacheOptions> bound(
      module, "NearCacheOptions",
      "Values that a client keeps in its own memory, for Client.connect(near_cache=...). get() "
      "looks there first.");
  bound.def(
      py::init(&near_cache_options), "bytes"_a, py::kw_only(), "tracking"_a = true,
      "max_silence"_a = 0.5, "max_age"_a = 0, "absent_age"_a = 0, "prefixes"_a = py::list(),
      "broadcast"_a = false,
      "bytes: memory for the entries. tracking: nodes tell of changes; without, max_age must be "
      "set. max_silence: no answer is older than so many seconds. max_age: nor is an entry served "
      "so long after it was read; 0: no such bound. absent_age: how long a key that does not "
      "exist is remembered to be absent. prefixes: of the keys that are kept; none: all. "
      "broadcast: nodes tell of every change under the prefixes.");
}

}  // namespace cachekit::python
