// The Python module: translation only. What a call does is written at the C++ headers.

#include <cachekit/version.h>

#include <string>

#include "bindings/python/bind.h"
#include "bindings/python/closable.h"

PYBIND11_MODULE(cachekit, module) {
  module.doc() =
      "cachekit: a client of a distributed in-memory cache.\n\n"
      "Keys and values are bytes; a str is taken as UTF-8, and bytes are returned. A miss is None, "
      "a failure an Error.";
  module.attr("__version__") = std::string(cachekit::version);
  cachekit::python::bind_errors(module);
  cachekit::python::bind_near_cache(module);
  cachekit::python::bind_scan(module);
  cachekit::python::bind_client(module);
  cachekit::python::bind_pipeline(module);
  cachekit::python::bind_limits(module);
  cachekit::python::bind_sources(module);
  cachekit::python::bind_split(module);
  cachekit::python::bind_typed(module);
  cachekit::python::bind_cluster(module);
  pybind11::module_::import("atexit").attr("register")(
      pybind11::cpp_function(&cachekit::python::Closable::close_all));
}
