#include "bindings/python/mailbox.h"

#include <exception>
#include <utility>

#include "bindings/python/bind.h"

namespace cachekit::python {

namespace {

std::mutex forgotten_mutex;
std::vector<Mailbox*> forgotten;

}  // namespace

std::shared_ptr<Mailbox> Mailbox::of(py::object loop) {
  delete_forgotten();
  return {new Mailbox(std::move(loop)), &Mailbox::forget};
}

/// By whoever holds it last, often one of the client's threads, which then leaves it to the next
/// one that has the interpreter's lock.
void Mailbox::forget(Mailbox* mailbox) {
  if (PyGILState_Check() == 1) {
    delete mailbox;
  } else {
    const std::lock_guard lock(forgotten_mutex);
    forgotten.push_back(mailbox);
  }
}

void Mailbox::delete_forgotten() {
  std::vector<Mailbox*> all;
  {
    const std::lock_guard lock(forgotten_mutex);
    all.swap(forgotten);
  }
  for (const Mailbox* mailbox : all) delete mailbox;
}

void Mailbox::put(py::object future, std::function<py::object()> result) {
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) {
      (void)future.release();
      return;
    }
    letters_.push_back({std::move(future), std::move(result)});
    if (letters_.size() > 1) return;
    ++waking_;
  }
  wake();
  const std::lock_guard lock(mutex_);
  --waking_;
  woken_.notify_all();
}

void Mailbox::wake() {
  const py::gil_scoped_acquire locked;
  try {
    const py::cpp_function open_later([self = shared_from_this()] { self->open(); });
    loop_.attr("call_soon_threadsafe")(open_later);
  } catch (py::error_already_set&) {
    // The loop has been closed, and nobody waits for the futures.
    std::vector<Letter> unread;
    const std::lock_guard lock(mutex_);
    unread.swap(letters_);
  }
}

void Mailbox::open() {
  std::vector<Letter> letters;
  {
    const std::lock_guard lock(mutex_);
    letters.swap(letters_);
  }
  std::exception_ptr interrupt;
  for (const Letter& letter : letters) {
    try {
      read(letter);
    } catch (...) {  // by a signal's handler, say; the others are still told
      interrupt = std::current_exception();
    }
  }
  if (interrupt) std::rethrow_exception(interrupt);
}

void Mailbox::read(const Letter& letter) {
  if (letter.future.attr("done")().cast<bool>()) return;  // cancelled
  py::object result;
  try {
    result = letter.result();
  } catch (const Error& error) {
    letter.future.attr("set_exception")(exception_of(error.status()));
    return;
  }
  letter.future.attr("set_result")(result);
}

void Mailbox::close() {
  const py::gil_scoped_release released;
  std::unique_lock lock(mutex_);
  is_closed_ = true;
  woken_.wait(lock, [this] { return waking_ == 0; });
}

}  // namespace cachekit::python
