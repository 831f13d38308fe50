#include <cachekit/pipeline.h>

#include <exception>
#include <utility>

#include "bindings/python/bind_commands.h"

namespace cachekit::python {
namespace {

// Queues a command and remembers how to read its answer.
constexpr auto call_later = [](py::object self, auto command, auto convert) {
  auto& target = self.cast<PythonPipeline&>();
  auto pending = command(target.pipeline);
  target.answers.emplace_back([pending, convert] { return convert(pending.result()); });
  return self;
};

py::list execute(PythonPipeline& target, bool raise_on_error) {
  {
    const py::gil_scoped_release released;
    const Status status = target.pipeline.execute();
    (void)status;  // each answer carries its own
  }
  py::list results;
  for (const auto& answer : std::exchange(target.answers, {})) {
    try {
      results.append(answer());
    } catch (const Error& error) {
      if (raise_on_error) throw;
      results.append(exception_of(error.status()));
    }
  }
  return results;
}

}  // namespace

void bind_pipeline(py::module_& module) {
  using namespace py::literals;
  py::class_<PythonPipeline> bound(
      module, "Pipeline",
      "Many commands in one go, split by shard and sent in parallel. Each method queues a command "
      "and returns the pipeline; execute() returns the answers in call order. No transaction. One "
      "thread at a time.");
  bind_commands<py::object>(bound, call_later);
  bound.def("execute", &execute, "raise_on_error"_a = true,
            "Sends what was queued and returns all answers in call order. A failed command raises, "
            "or stands in the list as its exception if raise_on_error is False.");
  bound.def("__len__", [](const PythonPipeline& target) { return target.pipeline.size(); });
  bound.def("__enter__", [](py::object self) { return self; });
  bound.def(
      "__exit__",
      [](PythonPipeline& target, const py::args&) {
        target.pipeline = target.client.cast<Client&>().pipeline();
        target.answers.clear();
      },
      "Drops what was queued and not executed.");
}

}  // namespace cachekit::python
