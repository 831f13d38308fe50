#include <cachekit/scan.h>

#include <utility>

#include "bindings/python/bind.h"
#include "bindings/python/conversions.h"

namespace cachekit::python {
namespace {

std::vector<std::string> next_page(KeyScan& scan) {
  const py::gil_scoped_release released;
  return value_or_throw(scan.next());
}

py::bytes next_key(PythonScan& target) {
  while (target.told == target.page.size()) {
    if (target.scan.done()) throw py::stop_iteration();
    target.page = next_page(target.scan);
    target.told = 0;
  }
  return target.page[target.told++];
}

}  // namespace

void bind_scan(py::module_& module) {
  py::class_<PythonScan> bound(
      module, "KeyScan",
      "A walk over the keys of a cluster. A key that is there throughout is told at least once, "
      "perhaps more often. One that raises an Error may be asked again, and goes on where it was. "
      "One thread at a time.");
  bound.def("__iter__", [](py::object self) { return self; });
  bound.def("__next__", &next_key, "The next key, as bytes.");
}

}  // namespace cachekit::python
