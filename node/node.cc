#include "node/node.h"

#include <algorithm>

namespace cachekit::node {
namespace {

storage::StoreOptions store_options(const Settings& settings, const Identity& identity) {
  return {.max_memory_bytes = settings.max_memory_bytes,
          .eviction = settings.eviction,
          .max_value_bytes = settings.max_bulk_bytes,
          .seed = identity.seed};
}

}  // namespace

Node::Node(Settings settings, Identity identity, LogSink log, Now now, ReadClock read_clock)
    : settings_(std::move(settings)),
      identity_(std::move(identity)),
      log_(std::move(log)),
      started_(now),
      now_(now),
      read_clock_(std::move(read_clock)),
      listening_port_(settings_.port),
      store_(store_options(settings_, identity_), effects_),
      tracking_(*this, identity_.seed) {
  effects_.subscribe(effect_counter_);
  if (settings_.managed) mandate_.emplace(identity_.run_id, settings_.lease_ms);
}

tl::expected<void, std::string> Node::change_settings(Settings settings) {
  if (settings.eviction != settings_.eviction) {
    if (auto changed = store_.set_eviction(settings.eviction); !changed) return changed;
  }
  const Settings before = std::exchange(settings_, std::move(settings));
  if (settings_.max_memory_bytes != before.max_memory_bytes) {
    spared_bytes_ = 0;
    store_.set_max_memory(settings_.max_memory_bytes);
  }
  if (settings_.max_bulk_bytes != before.max_bulk_bytes) {
    store_.set_max_value_bytes(settings_.max_bulk_bytes);
  }
  return {};
}

void Node::change_buffer_bytes(std::size_t before, std::size_t after) {
  buffer_bytes_ += after - before;
  store_.set_outside_bytes(buffer_bytes_);
}

void Node::spare_memory(std::size_t bytes) {
  if (bytes == spared_bytes_) return;
  spared_bytes_ = bytes;
  store_.set_max_memory(settings_.max_memory_bytes - bytes);
}

void Node::reset_statistics() {
  statistics_ = Statistics();
  effect_counter_.reset();
  store_.reset_statistics();
}

void Node::sample_rates() {
  const std::int64_t at = now_.monotonic_ms;
  statistics_.command_rate.sample(statistics_.commands_processed, at);
  statistics_.input_rate.sample(statistics_.net_input_bytes, at);
  statistics_.output_rate.sample(statistics_.net_output_bytes, at);
  statistics_.peak_memory_bytes =
      std::max(statistics_.peak_memory_bytes, store_.used_memory_bytes());
}

}  // namespace cachekit::node
