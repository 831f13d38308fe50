// The parts of the module; module.cc puts them together.

#pragma once

#include <cachekit/client.h>
#include <pybind11/pybind11.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cachekit::python {

namespace py = pybind11;

/// A str; bytes that are no UTF-8, as an error may quote them, are written as \xNN.
py::object to_text(std::string_view text);

/// The exception object for a failure, of the class that belongs to its code.
py::object exception_of(const Status& status);

/// Its end waits for its threads, which may want the interpreter's lock.
struct EndsUnlocked {
  void operator()(Client* client) const {
    const py::gil_scoped_release released;
    delete client;
  }
};
using ClientClass = py::class_<Client, std::unique_ptr<Client, EndsUnlocked>>;

/// A Client's walk over its keys, told one by one.
struct PythonScan {
  py::object client;  // keeps the C++ Client alive
  KeyScan scan;
  std::vector<std::string> page;
  std::size_t told = 0;  // of the page
};

/// A Client's pipeline together with how to read the answers, in call order.
struct PythonPipeline {
  py::object client;  // keeps the C++ Client alive
  Pipeline pipeline;
  std::vector<std::function<py::object()>> answers;
};

void bind_errors(py::module_& module);
void bind_near_cache(py::module_& module);
void bind_client(py::module_& module);
void bind_stats(ClientClass& bound);
void bind_async(py::module_& module, ClientClass& client);
void bind_pipeline(py::module_& module);
void bind_limits(py::module_& module);
void bind_sources(py::module_& module);
void bind_scan(py::module_& module);
void bind_split(py::module_& module);
void bind_typed(py::module_& module);
void bind_cluster(py::module_& module);

}  // namespace cachekit::python
