// The commands for asyncio.

#include <cachekit/async.h>

#include <memory>
#include <utility>

#include "bindings/python/bind_commands.h"
#include "bindings/python/bind_transaction.h"
#include "bindings/python/mailbox.h"

namespace cachekit::python {
namespace {

struct PythonAsync {
  py::object client;  // keeps the C++ Client alive
  AsyncCommands commands;
  std::shared_ptr<Mailbox> mailbox;
};

template <class T, class Convert>
Detached deliver(Deferred<T> deferred, Convert convert, std::shared_ptr<Mailbox> mailbox,
                 py::object future) {
  Result<T> result = co_await std::move(deferred);
  mailbox->put(std::move(future),
               [result = std::move(result), convert] { return convert(result); });
}

py::object running_loop() { return py::module_::import("asyncio").attr("get_running_loop")(); }

constexpr auto call_soon = [](PythonAsync& self, auto command, auto convert) -> py::object {
  const py::object& loop = self.mailbox->loop();
  if (!running_loop().is(loop)) {
    PyErr_SetString(PyExc_RuntimeError, "this was made for another event loop: call aio() in this");
    throw py::error_already_set();
  }
  py::object future = loop.attr("create_future")();
  deliver(command(self.commands), convert, self.mailbox, future);
  return future;
};

}  // namespace

void bind_async(py::module_& module, ClientClass& client) {
  py::class_<PythonAsync> bound(
      module, "AsyncClient",
      "The commands of a Client for asyncio: each answers with a future, to be awaited. Made by "
      "Client.aio(), for the event loop that runs then.");
  bind_commands<PythonAsync&>(bound, call_soon);
  bind_transaction<PythonAsync&>(bound, call_soon);
  client.def(
      "aio",
      [](py::object self) {
        return PythonAsync{self, self.cast<Client&>().async(), Mailbox::of(running_loop())};
      },
      "The commands for the running event loop: value = await client.aio().get(key). To be made "
      "once. A future that is cancelled leaves its command under way.");
}

}  // namespace cachekit::python
