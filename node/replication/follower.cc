#include "node/replication/follower.h"

#include "node/replication/list_prefix.h"
#include "node/storage/effect_group.h"

namespace cachekit::node::replication {

using storage::Effect;

Follower::Follower(storage::Store& store, Source& backlog, Start start, std::size_t expected_keys)
    : store_(store),
      backlog_(backlog),
      reader_(store.blobs()),
      copying_(start == Start::with_copy) {
  if (!copying_) return;
  store_.apply({.kind = Effect::Kind::clear, .key = {}, .value = {}});
  store_.expect(expected_keys);
}

tl::expected<void, std::string> Follower::receive(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto complete = reader_.read(bytes);
    if (!complete) return tl::unexpected(complete.error());
    if (!*complete) return {};
    if (auto taken = take_frame(); !taken) return taken;
  }
  return {};
}

tl::expected<void, std::string> Follower::take_frame() {
  if (reader_.kind() == FrameKind::heartbeat) return keep_heartbeat();
  if (reader_.kind() == FrameKind::touches) return take_touches();
  if (reader_.kind() == FrameKind::changes) {
    if (auto applied = apply_all(&Follower::apply_change); !applied) return applied;
    backlog_.append(reader_.body());
    return {};
  }
  if (!copying_) return tl::unexpected<std::string>("the primary sent keys outside of a copy");
  if (reader_.kind() == FrameKind::piece) return apply_all(&Follower::apply_piece);
  partial_.reset();
  if (reader_.kind() == FrameKind::copied) {
    copying_ = false;
    store_.expect_no_more();
  }
  return apply_all(&Follower::apply_copied);
}

tl::expected<void, std::string> Follower::keep_heartbeat() {
  heartbeat_ = read_heartbeat(reader_.body().bytes());
  if (!heartbeat_) return tl::unexpected<std::string>("the primary sent a malformed heartbeat");
  return {};
}

tl::expected<void, std::string> Follower::take_touches() {
  for (std::string_view rest = reader_.body().bytes(); !rest.empty();) {
    const auto key = take_touched_key(rest);
    if (!key) return tl::unexpected<std::string>("the primary sent malformed touches");
    store_.touch(*key);
  }
  return {};
}

// All of the frame's effects, or none.
tl::expected<void, std::string> Follower::apply_all(void (Follower::*apply)(const Effect&)) {
  bool valid = true;
  visit_effects(reader_.body(),
                [&](const Effect& effect) { return valid = is_valid_value(effect); });
  if (!valid) return tl::unexpected<std::string>("the primary sent a malformed collection");
  const storage::EffectGroup group(store_.sink());
  store_.blobs().offer(reader_.body().blobs());
  visit_effects(reader_.body(), [&](const Effect& effect) {
    (this->*apply)(effect);
    return true;
  });
  store_.blobs().offer({});
  return {};
}

void Follower::apply_change(const Effect& effect) {
  const bool ends_all = effect.kind == Effect::Kind::clear;
  if (!partial_ || (!ends_all && partial_->key != effect.key)) return store_.apply(effect);
  switch (effect.kind) {
    case Effect::Kind::set:
    case Effect::Kind::remove:
    case Effect::Kind::clear:
      partial_.reset();
      return store_.apply(effect);
    case Effect::Kind::expire:
      return;  // comes with the last piece
    default:
      if (const auto within = within_prefix(effect, partial_->copied)) store_.apply(*within);
  }
}

void Follower::apply_copied(const Effect& effect) { store_.apply(effect); }

void Follower::apply_piece(const Effect& effect) {
  if (effect.kind == Effect::Kind::remove) partial_.reset();
  if (effect.kind == Effect::Kind::list_push_back) {
    if (!partial_) partial_ = PartialList{std::string(effect.key)};
    ++partial_->copied;
  }
  store_.apply(effect);
}

}  // namespace cachekit::node::replication
