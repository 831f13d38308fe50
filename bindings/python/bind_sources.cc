// Loaders and write-behind: what calls back into Python, from any thread.

#include <cachekit/loader.h>
#include <cachekit/write_behind.h>
#include <pybind11/stl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bindings/python/bind.h"
#include "bindings/python/closable.h"
#include "bindings/python/conversions.h"

namespace cachekit::python {
namespace {

using namespace py::literals;

/// A function of Python's that threads may copy, call and forget without the interpreter's lock.
/// What it raises becomes a Status; where the thread that made it calls, the exception itself is
/// kept for it.
class Callback {
 public:
  explicit Callback(py::function function)
      : shared_(new Shared{std::move(function)}, [](Shared* forgotten) {
          const py::gil_scoped_acquire locked;
          delete forgotten;
        }) {}

  template <class Use>
  auto operator()(Use use) const -> decltype(use(std::declval<py::function&>())) {
    const py::gil_scoped_acquire locked;
    const Running running;
    try {
      return use(shared_->function);
    } catch (py::error_already_set& error) {
      const Status status(Code::source_failed, error.what());
      if (std::this_thread::get_id() == shared_->made_by) shared_->raised.emplace(std::move(error));
      return tl::unexpected(status);
    }
  }

  /// In the thread that made it.
  void raise_again() const {
    if (shared_->raised) throw *std::exchange(shared_->raised, std::nullopt);
  }

  /// The same for what is no mere failure, such as KeyboardInterrupt.
  void raise_interrupt() const {
    if (shared_->raised && !shared_->raised->matches(PyExc_Exception)) raise_again();
  }

  /// Whether this thread is in such a function.
  static bool is_running() { return running_ > 0; }

 private:
  struct Running {
    Running() { ++running_; }
    ~Running() { --running_; }
  };
  static inline thread_local int running_ = 0;

  struct Shared {
    py::function function;
    std::thread::id made_by = std::this_thread::get_id();
    std::optional<py::error_already_set> raised = {};
  };

  std::shared_ptr<Shared> shared_;
};

OptionalString value_of(const py::object& returned) {
  if (returned.is_none()) return std::nullopt;
  if (!py::isinstance<py::bytes>(returned) && !py::isinstance<py::str>(returned)) {
    PyErr_Format(PyExc_TypeError, "a load gave %R; expected bytes, a str or None", returned.ptr());
    throw py::error_already_set();
  }
  return returned.cast<Bytes>().bytes;
}

py::bytes to_bytes(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

/// An object with threads that call Python, and that several threads of Python's may use and close:
/// closed as C++ has it, and freed when nobody has it any more.
template <class Held>
class Owner final : public Closable {
 public:
  explicit Owner(Held what) : held_(new Held(std::move(what))) {}

  /// The last reference may go in a function that the object calls, whose end it would wait for.
  ~Owner() override {
    if (Callback::is_running()) {
      std::thread([held = std::move(held_)] {}).detach();
    } else {
      const py::gil_scoped_release released;
      held_.reset();
    }
  }

  Held* operator->() { return held_.get(); }

  void close() override {
    if (Callback::is_running()) {
      throw Error(Status(Code::invalid_argument,
                         "close() was called by a function that a loader or write-behind calls"));
    }
    const py::gil_scoped_release released;
    held_->close();
  }

 private:
  std::unique_ptr<Held> held_;
};

using PythonLoader = Owner<Loader>;
using PythonWriteBehind = Owner<WriteBehind>;

py::object get_or_load(PythonLoader& self, const Bytes& key, py::function load,
                       const std::optional<Seconds>& wait) {
  const Callback callback(std::move(load));
  const Loader::Load call = [callback](std::string_view of) {
    return callback([&](py::function& function) -> Result<OptionalString> {
      return value_of(function(to_bytes(of)));
    });
  };
  try {
    const Loaded loaded = unlocked([&] {
      return wait ? self->get_or_load(key.bytes, call, to_millis(*wait))
                  : self->get_or_load(key.bytes, call);
    });
    callback.raise_interrupt();
    return to_python(loaded.value);
  } catch (const Error&) {
    callback.raise_again();
    throw;
  }
}

bool write_through(PythonLoader& self, const Bytes& key, const std::optional<Bytes>& value,
                   py::function store) {
  const Callback callback(std::move(store));
  const Loader::Store call = [callback](std::string_view of, const OptionalString& written) {
    return callback([&](py::function& function) -> Result<void> {
      function(to_bytes(of), to_python(written));
      return {};
    });
  };
  try {
    const OptionalString bytes = value ? OptionalString(value->bytes) : std::nullopt;
    return unlocked([&] { return self->write_through(key.bytes, bytes, call); }).problem.ok();
  } catch (const Error&) {
    callback.raise_again();
    throw;
  }
}

py::dict dict_of(const LoaderStatistics& of) {
  return py::dict("hits"_a = of.hits, "stale_hits"_a = of.stale_hits, "loads"_a = of.loads,
                  "failed_loads"_a = of.failed_loads, "shared_loads"_a = of.shared_loads,
                  "not_kept"_a = of.not_kept, "without_cache"_a = of.without_cache,
                  "refreshes"_a = of.refreshes, "dropped_refreshes"_a = of.dropped_refreshes,
                  "writes"_a = of.writes, "failed_writes"_a = of.failed_writes,
                  "unkept_writes"_a = of.unkept_writes);
}

py::dict dict_of(const WriteBehindStatistics& of) {
  return py::dict("changes"_a = of.changes, "coalesced"_a = of.coalesced, "written"_a = of.written,
                  "lost"_a = of.lost, "calls"_a = of.calls, "failed_calls"_a = of.failed_calls,
                  "refused"_a = of.refused, "cache_failures"_a = of.cache_failures,
                  "waiting_keys"_a = of.waiting_keys, "waiting_bytes"_a = of.waiting_bytes);
}

void bind_loader(py::module_& module) {
  py::class_<PythonLoader> loader(
      module, "Loader",
      "Values from the cache, and where it lacks them from their source: loaded by one caller for "
      "all. Any number of threads may share one.");
  loader.def(
      py::init([](Client& client, Seconds ttl, double ttl_jitter, Seconds absent_ttl, Seconds lease,
                  Seconds wait, double early_refresh_beta, std::size_t refresh_threads,
                  double refresh_ahead, std::size_t refresh_queue, Seconds stale_while_revalidate,
                  Seconds stale_if_error) {
        return std::make_unique<PythonLoader>(
            Loader(client, {.ttl = to_millis(ttl),
                            .ttl_jitter = ttl_jitter,
                            .absent_ttl = to_millis(absent_ttl),
                            .lease = to_millis(lease),
                            .wait = to_millis(wait),
                            .early_refresh_beta = early_refresh_beta,
                            .refresh_threads = refresh_threads,
                            .refresh_ahead = refresh_ahead,
                            .refresh_queue = refresh_queue,
                            .stale_while_revalidate = to_millis(stale_while_revalidate),
                            .stale_if_error = to_millis(stale_if_error)}));
      }),
      py::keep_alive<1, 2>(), "client"_a, py::kw_only(), "ttl"_a = 60.0, "ttl_jitter"_a = 0.1,
      "absent_ttl"_a = 1.0, "lease"_a = 5.0, "wait"_a = 10.0, "early_refresh_beta"_a = 1.0,
      "refresh_threads"_a = 0, "refresh_ahead"_a = 0.0, "refresh_queue"_a = 1024,
      "stale_while_revalidate"_a = 0.0, "stale_if_error"_a = 0.0,
      "Times in seconds; what each does is written at LoaderOptions in cachekit/loader.h.");
  loader.def("get_or_load", &get_or_load, "key"_a, "load"_a, py::kw_only(), "wait"_a = py::none(),
             "The value as bytes, from the cache or from load(key), which gives bytes, a str, or "
             "None where the source has nothing. What load raises is raised here; where another "
             "caller's load was waited for, SourceFailed.");
  loader.def(
      "invalidate",
      [](PythonLoader& self, const Bytes& key) {
        return unlocked([&] { return self->invalidate(key.bytes); });
      },
      "key"_a, "To be called after the source has changed; True if there was a value.");
  loader.def("write_through", &write_through, "key"_a, "value"_a, "store"_a,
             "Calls store(key, value), and then keeps the value (None: that there is none). False "
             "if an older value may be served until its time is over.");
  loader.def("statistics", [](PythonLoader& self) { return dict_of(self->statistics()); });
  loader.def("close", &PythonLoader::close, "Ends its threads; further calls are refused.");
  loader.def("__enter__", [](py::object self) { return self; });
  loader.def("__exit__", [](PythonLoader& self, const py::args&) { self.close(); });
}

WriteBehind::Store store_of(py::function store) {
  return [callback = Callback(std::move(store))](const std::vector<Change>& changes) {
    return callback([&](py::function& function) -> Result<void> {
      py::list all;
      for (const Change& change : changes) {
        all.append(py::make_tuple(to_bytes(change.key), to_python(change.value)));
      }
      function(all);
      return {};
    });
  };
}

std::function<void(const std::vector<Change>&, const Status&)> loss_of(
    const std::optional<py::function>& on_loss) {
  if (!on_loss) return {};
  return [callback = Callback(*on_loss)](const std::vector<Change>& changes, const Status& why) {
    (void)callback([&](py::function& function) -> Result<void> {
      py::list all;
      for (const Change& change : changes) {
        all.append(py::make_tuple(to_bytes(change.key), to_python(change.value)));
      }
      function(all, exception_of(why));
      return {};
    });
  };
}

void bind_write_behind(py::module_& module) {
  py::class_<PythonWriteBehind> behind(
      module, "WriteBehind",
      "Values that are in the cache at once, and in their source a little later. A change is lost "
      "if the process dies before the source has it. Any number of threads may share one.");
  behind.def(
      py::init([](Client& client, py::function store, Seconds ttl, Seconds delay, std::size_t batch,
                  std::size_t threads, std::size_t max_keys, std::size_t max_bytes,
                  Seconds wait_for_room, Seconds first_pause, Seconds longest_pause,
                  Seconds give_up_after, Seconds flush_limit,
                  const std::optional<py::function>& on_loss) {
        return std::make_unique<PythonWriteBehind>(
            WriteBehind(client, store_of(std::move(store)),
                        {.ttl = to_millis(ttl),
                         .delay = to_millis(delay),
                         .batch = batch,
                         .threads = threads,
                         .max_keys = max_keys,
                         .max_bytes = max_bytes,
                         .wait_for_room = to_millis(wait_for_room),
                         .first_pause = to_millis(first_pause),
                         .longest_pause = to_millis(longest_pause),
                         .give_up_after = to_millis(give_up_after),
                         .flush_limit = to_millis(flush_limit),
                         .on_loss = loss_of(on_loss)}));
      }),
      py::keep_alive<1, 2>(), "client"_a, "store"_a, py::kw_only(), "ttl"_a = 3600.0,
      "delay"_a = 0.1, "batch"_a = 100, "threads"_a = 1, "max_keys"_a = 10'000,
      "max_bytes"_a = std::size_t{64} << 20, "wait_for_room"_a = 1.0, "first_pause"_a = 0.05,
      "longest_pause"_a = 5.0, "give_up_after"_a = 0.0, "flush_limit"_a = 10.0,
      "on_loss"_a = py::none(),
      "store(changes) writes a list of (key, value), value None where the key was deleted, or "
      "raises; on_loss(changes, error) is told what is given up. Times in seconds; what each "
      "option "
      "does is written at WriteBehindOptions in cachekit/write_behind.h.");
  behind.def(
      "set",
      [](PythonWriteBehind& self, const Bytes& key, const Bytes& value) {
        return unlocked([&] { return self->set(key.bytes, value.bytes); }).cache.ok();
      },
      "key"_a, "value"_a,
      "False if the cache has not taken it, and may hold an older value for a while.");
  behind.def(
      "delete",
      [](PythonWriteBehind& self, const Bytes& key) {
        return unlocked([&] { return self->del(key.bytes); }).cache.ok();
      },
      "key"_a, "As set.");
  behind.def(
      "get",
      [](PythonWriteBehind& self, const Bytes& key) {
        return to_python(unlocked([&] { return self->get(key.bytes); }));
      },
      "key"_a, "What was set last, if the source lacks it still; else what the cache has.");
  behind.def(
      "flush",
      [](PythonWriteBehind& self, Seconds limit) {
        unlocked([&] { return self->flush(to_millis(limit)); });
      },
      "limit"_a = 10.0, "Writes all that was accepted before; DeadlineExceeded if not in time.");
  behind.def("statistics", [](PythonWriteBehind& self) { return dict_of(self->statistics()); });
  behind.def("close", &PythonWriteBehind::close,
             "Writes what waits, for flush_limit at most; further calls are refused.");
  behind.def("__enter__", [](py::object self) { return self; });
  behind.def("__exit__", [](PythonWriteBehind& self, const py::args&) { self.close(); });
}

}  // namespace

void bind_sources(py::module_& module) {
  bind_loader(module);
  bind_write_behind(module);
}

}  // namespace cachekit::python
