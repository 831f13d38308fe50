#include "bench/load/run_events.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <iterator>

namespace cachekit::bench {
namespace {

int open_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

RunEvents::RunEvents() : signals_(open_signals()), done_(::eventfd(0, EFD_CLOEXEC)) {}

RunEvents::~RunEvents() {
  ::close(signals_);
  ::close(done_);
}

void RunEvents::workers_done() { ::eventfd_write(done_, 1); }

RunEvents::Event RunEvents::wait(std::chrono::milliseconds timeout) {
  pollfd watched[] = {{signals_, POLLIN, 0}, {done_, POLLIN, 0}};
  if (::poll(watched, std::size(watched), static_cast<int>(timeout.count())) <= 0) {
    return Event::timeout;
  }
  if (watched[0].revents != 0) {
    signalfd_siginfo signal;
    if (::read(signals_, &signal, sizeof signal) > 0) return Event::interrupted;
  }
  if (watched[1].revents != 0) {
    eventfd_t count = 0;
    ::eventfd_read(done_, &count);
    return Event::workers_done;
  }
  return Event::timeout;
}

}  // namespace cachekit::bench
