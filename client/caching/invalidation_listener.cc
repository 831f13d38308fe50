#include "client/caching/invalidation_listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace cachekit::caching {
namespace {

constexpr auto longest_wait = std::chrono::milliseconds(200);
constexpr auto wait_between_steps_of_tidying = std::chrono::milliseconds(1);

}  // namespace

InvalidationListener::InvalidationListener(LinkContext context, std::function<bool()> tidy)
    : context_(std::move(context)),
      tidy_(std::move(tidy)),
      wake_descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { run(); }) {}

InvalidationListener::~InvalidationListener() {
  stopping_.store(true);
  wake();
  thread_.join();
  if (wake_descriptor_ >= 0) close(wake_descriptor_);
}

void InvalidationListener::listen_to(std::vector<std::shared_ptr<TrackedNode>> nodes) {
  {
    const std::lock_guard lock(mutex_);
    nodes_ = std::move(nodes);
    nodes_changed_ = true;
  }
  wake();
}

// Without a descriptor it is noticed when the present wait ends.
void InvalidationListener::wake() {
  const std::uint64_t one = 1;
  if (wake_descriptor_ >= 0) static_cast<void>(!write(wake_descriptor_, &one, sizeof one));
}

void InvalidationListener::run() {
  while (!stopping_.load()) {
    take_nodes();
    for (const auto& link : links_) link->step(io::Clock::now());
    more_to_tidy_ = tidy_();
    wait(next_step(io::Clock::now()));
  }
  links_.clear();
}

void InvalidationListener::take_nodes() {
  std::vector<std::shared_ptr<TrackedNode>> nodes;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(nodes_changed_, false)) return;
    nodes = nodes_;
  }
  std::erase_if(links_, [&](const auto& link) {
    return std::ranges::none_of(nodes,
                                [&](const auto& node) { return &link->node() == node.get(); });
  });
  for (auto& node : nodes) {
    const bool is_known =
        std::ranges::any_of(links_, [&](const auto& link) { return &link->node() == node.get(); });
    if (!is_known) links_.push_back(std::make_unique<InvalidationLink>(context_, std::move(node)));
  }
}

io::Time InvalidationListener::next_step(io::Time now) const {
  io::Time next = now + (more_to_tidy_ ? wait_between_steps_of_tidying : longest_wait);
  for (const auto& link : links_) next = std::min(next, link->next_step());
  return next;
}

void InvalidationListener::wait(io::Time until) {
  std::vector<pollfd> polled{{wake_descriptor_, POLLIN, 0}};
  for (const auto& link : links_) {
    if (link->descriptor() >= 0) polled.push_back({link->descriptor(), link->wanted_events(), 0});
  }
  const timespec left = io::time_left(io::Clock::now(), until);
  if (ppoll(polled.data(), polled.size(), &left, nullptr) <= 0) return;
  std::uint64_t woken = 0;
  if (polled.front().revents != 0) static_cast<void>(!read(wake_descriptor_, &woken, sizeof woken));
}

}  // namespace cachekit::caching
