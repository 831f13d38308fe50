// Answers on their way from the client's threads to an event loop of asyncio. The first one wakes
// the loop, which takes the interpreter's lock; those that come until it looks need neither.

#pragma once

#include <pybind11/pybind11.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "bindings/python/closable.h"

namespace cachekit::python {

namespace py = pybind11;

class Mailbox final : public Closable, public std::enable_shared_from_this<Mailbox> {
 public:
  /// With the interpreter's lock, in the loop's thread.
  static std::shared_ptr<Mailbox> of(py::object loop);

  const py::object& loop() const { return loop_; }

  /// Settles a future of the loop's with what `result` gives or throws, which is called in the
  /// loop's thread, with the lock. Any thread, with or without the lock.
  void put(py::object future, std::function<py::object()> result);

  /// At the interpreter's exit: what comes from now on is forgotten.
  void close() override;

 private:
  struct Letter {
    py::object future;
    std::function<py::object()> result;
  };

  explicit Mailbox(py::object loop) : loop_(std::move(loop)) {}
  ~Mailbox() override = default;
  static void forget(Mailbox* mailbox);
  static void delete_forgotten();

  void wake();
  void open();
  static void read(const Letter& letter);

  const py::object loop_;

  std::mutex mutex_;  // never waits for the interpreter's lock
  std::condition_variable woken_;
  std::vector<Letter> letters_;
  int waking_ = 0;  // threads that are about to wake the loop
  bool is_closed_ = false;
};

}  // namespace cachekit::python
