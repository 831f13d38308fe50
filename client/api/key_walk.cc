#include "client/api/key_walk.h"

#include <algorithm>

namespace cachekit::api {

KeyWalk::RingForm KeyWalk::form_of(const Topology& topology) {
  RingForm form{.points = topology.ring_points, .shards = {}};
  for (const Shard& shard : topology.shards) form.shards.emplace_back(shard.name, shard.weight);
  std::ranges::sort(form.shards);
  return form;
}

KeyWalk::Step KeyWalk::step(std::shared_ptr<const routing::ClusterView> view) {
  const std::vector<Shard>& shards = view->topology().shards;
  if (RingForm form = form_of(view->topology()); form != form_) {
    form_ = std::move(form);
    current_ = 0;
    source_ = {};
  }
  const auto found = std::ranges::find(shards, form_.shards[current_].first, &Shard::name);
  shard_ = static_cast<std::uint32_t>(found - shards.begin());
  Source source{.primary = found->primary, .epoch = found->epoch};
  if (source != source_) cursor_ = 0;
  source_ = std::move(source);
  view_ = std::move(view);
  return {.node = source_.primary, .cursor = cursor_};
}

std::vector<std::string> KeyWalk::take(ScanPage<std::string> page) {
  std::erase_if(page.items, [&](const auto& key) { return view_->shard_of(key) != shard_; });
  cursor_ = page.cursor;
  if (cursor_ == 0) {
    ++current_;
    source_ = {};
    done_ = current_ == form_.shards.size();
  }
  return std::move(page.items);
}

}  // namespace cachekit::api
