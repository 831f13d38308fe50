#include "node/storage/graveyard.h"

#include <utility>

#include "node/storage/keyspace.h"

namespace cachekit::node::storage {
namespace {

// So that a stream of short-lived collections does not pile up.
constexpr int steps_at_burial = 64;

}  // namespace

Graveyard::Graveyard() = default;

Graveyard::~Graveyard() {
  while (free_step()) continue;
}

void Graveyard::bury(std::unique_ptr<Collection> collection) {
  collection_bytes_ += collection->bytes();
  collections_.push_back(std::move(collection));
  for (int step = 0; step < steps_at_burial && free_collection_step();) ++step;
}

void Graveyard::bury(std::unique_ptr<Keyspace> keyspace) {
  keyspaces_.push_back(std::move(keyspace));
}

bool Graveyard::free_collection_step() {
  if (collections_.empty()) return false;
  Collection& last = *collections_.back();
  const std::size_t before = last.bytes();
  const bool more = last.free_step();
  collection_bytes_ -= more ? before - last.bytes() : before;
  if (!more) collections_.pop_back();
  return true;
}

bool Graveyard::free_step() {
  if (free_collection_step()) return true;
  if (keyspaces_.empty()) return false;
  // A keyspace buries its collections here.
  if (!keyspaces_.back()->release_step()) keyspaces_.pop_back();
  return true;
}

std::size_t Graveyard::bytes() const {
  std::size_t bytes = collection_bytes_;
  for (const auto& keyspace : keyspaces_) bytes += keyspace->bytes();
  return bytes;
}

}  // namespace cachekit::node::storage
