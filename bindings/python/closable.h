// What has to do with threads that take the interpreter's lock: they must not want it any more when
// the interpreter ends.
//
// Thread rule: with the interpreter's lock.

#pragma once

#include <unistd.h>

#include <set>

namespace cachekit::python {

class Closable {
 public:
  Closable() { all().insert(this); }
  Closable(const Closable&) = delete;
  Closable& operator=(const Closable&) = delete;
  virtual ~Closable() { all().erase(this); }

  virtual void close() = 0;

  /// At the interpreter's exit. What was made before a fork is the parent's.
  static void close_all() {
    for (Closable* one : std::set(all())) {
      if (all().contains(one) && one->made_in_ == ::getpid()) one->close();
    }
  }

 private:
  static std::set<Closable*>& all() {
    static std::set<Closable*> closables;
    return closables;
  }

  const pid_t made_in_ = ::getpid();
};

}  // namespace cachekit::python
