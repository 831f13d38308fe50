#include "node/storage/collections/list_collection.h"

#include <iterator>
#include <utility>

#include "node/storage/allocation.h"

namespace cachekit::node::storage {
namespace {

constexpr std::size_t segment_chunks = 128;

// Neighbours that would leave a quarter of a chunk free join, so that a chunk which has just been
// split does not join again at once.
constexpr std::size_t joined_bytes = list_chunk_bytes * 3 / 4;

std::ptrdiff_t distance(std::size_t count) { return static_cast<std::ptrdiff_t>(count); }

}  // namespace

ListCollection::ListCollection() : segments_(CountingAllocator<Segment>(vector_bytes_)) {}

std::size_t ListCollection::bytes() const {
  return predicted_block_bytes(sizeof(*this)) + vector_bytes_ + chunk_bytes_;
}

std::size_t ListCollection::predicted_bytes(std::size_t element_bytes) {
  const std::size_t encoded = sequence::encoded_size(element_bytes);
  // A chunk that has no room for it may stay as empty as it is long.
  return encoded < list_chunk_bytes / 2
             ? 2 * encoded
             : predicted_block_bytes(std::max(encoded, list_chunk_bytes)) + sizeof(ListChunk);
}

std::size_t ListCollection::predicted_beside_bytes() const {
  return 2 * predicted_block_bytes(list_chunk_bytes) +
         predicted_block_bytes(segment_chunks * sizeof(ListChunk)) +
         predicted_block_bytes(2 * segments_.capacity() * sizeof(Segment));
}

std::unique_ptr<Collection> ListCollection::clone() const {
  auto copy = std::make_unique<ListCollection>();
  copy->segments_.reserve(segments_.size());
  for (const Segment& segment : segments_) {
    Segment& twin = copy->segments_.emplace_back(copy->vector_bytes_);
    twin.elements = segment.elements;
    twin.chunks.reserve(segment.chunks.size());
    for (const ListChunk& chunk : segment.chunks) {
      twin.chunks.push_back(chunk.clone());
      copy->chunk_bytes_ += twin.chunks.back().footprint_bytes();
    }
  }
  copy->size_ = size_;
  return copy;
}

std::uint64_t ListCollection::describe(std::string_view key, std::uint64_t from, std::size_t count,
                                       EffectSink& sink) const {
  std::uint64_t next = from;
  visit(from, [&](std::string_view element) {
    if (next - from == count) return false;
    sink.apply({.kind = Effect::Kind::list_push_back,
                .type = ValueType::list,
                .key = key,
                .value = element});
    ++next;
    return true;
  });
  return next < size_ ? next : 0;
}

bool ListCollection::free_step() {
  while (!segments_.empty() && segments_.back().chunks.empty()) segments_.pop_back();
  if (segments_.empty()) return false;
  auto& chunks = segments_.back().chunks;
  chunk_bytes_ -= chunks.back().footprint_bytes();
  chunks.pop_back();
  return true;
}

// Every change of a chunk that may change its block.
template <typename Change>
void ListCollection::change(ListChunk& chunk, const Change& how) {
  chunk_bytes_ -= chunk.footprint_bytes();
  how(chunk);
  chunk_bytes_ += chunk.footprint_bytes();
}

ListCollection::Place ListCollection::locate(std::size_t index) const {
  Place place;
  if (index < size_ / 2) {
    while (index >= segments_[place.segment].elements) {
      index -= segments_[place.segment++].elements;
    }
  } else {
    std::size_t behind = size_ - index;
    place.segment = segments_.size() - 1;
    while (behind > segments_[place.segment].elements) {
      behind -= segments_[place.segment--].elements;
    }
    index = segments_[place.segment].elements - behind;
  }
  const auto& chunks = segments_[place.segment].chunks;
  while (index >= chunks[place.chunk].count()) index -= chunks[place.chunk++].count();
  place.offset = index;
  return place;
}

std::string_view ListCollection::at(std::size_t index) const {
  const Place place = locate(index);
  return sequence::read(segments_[place.segment].chunks[place.chunk].at(place.offset));
}

// Adding

void ListCollection::push_front(std::string_view element) {
  if (size_ == 0 || !segments_.front().chunks.front().has_room(element.size())) {
    insert_chunk({}, fresh_chunk(element.size()));
  }
  insert_into({}, element);
}

void ListCollection::push_back(std::string_view element) {
  Place place;
  if (size_ > 0) {
    place = {segments_.size() - 1, segments_.back().chunks.size() - 1, 0};
    place.offset = chunk_at(place).count();
  }
  if (size_ == 0 || !chunk_at(place).has_room(element.size())) {
    const std::size_t behind = size_ == 0 ? 0 : place.chunk + 1;
    place = insert_chunk({place.segment, behind, 0}, fresh_chunk(element.size()));
  }
  insert_into(place, element);
}

void ListCollection::insert(std::size_t index, std::string_view element) {
  if (index == 0) return push_front(element);
  if (index == size_) return push_back(element);
  Place place = locate(index);
  if (place.offset > 0 && !chunk_at(place).has_room(element.size())) {
    split_chunk(place);
    place = locate(index);
  }
  if (chunk_at(place).has_room(element.size())) return insert_into(place, element);

  // It stands between two chunks now, and may as well go to the end of the first.
  Place before = locate(index - 1);
  ++before.offset;
  if (chunk_at(before).has_room(element.size())) return insert_into(before, element);
  insert_into(insert_chunk(place, fresh_chunk(element.size())), element);
}

void ListCollection::set(std::size_t index, std::string_view element) {
  erase(index, 1);
  insert(index, element);
}

void ListCollection::insert_into(const Place& place, std::string_view element) {
  change(chunk_at(place), [&](ListChunk& chunk) { chunk.insert(place.offset, element); });
  ++segments_[place.segment].elements;
  ++size_;
}

// The first chunk of a list grows from small; a list that has outgrown it takes whole ones.
ListChunk ListCollection::fresh_chunk(std::size_t element_bytes) const {
  if (size_ == 0) return {};
  return ListChunk(std::max(list_chunk_bytes, sequence::encoded_size(element_bytes)));
}

ListCollection::Place ListCollection::insert_chunk(Place place, ListChunk chunk) {
  place = place_for_chunk(place);
  Segment& segment = segments_[place.segment];
  segment.elements += chunk.count();
  chunk_bytes_ += chunk.footprint_bytes();
  segment.chunks.insert(segment.chunks.begin() + distance(place.chunk), std::move(chunk));
  return {place.segment, place.chunk, 0};
}

// Makes sure that the segment can take another chunk: where the place, which may be the end of a
// segment, then is. At the ends of the list a new segment follows a full one.
ListCollection::Place ListCollection::place_for_chunk(Place place) {
  const auto add_segment = [this](std::size_t at) {
    segments_.emplace(segments_.begin() + distance(at), vector_bytes_);
  };
  if (segments_.empty()) add_segment(0);
  auto* chunks = &segments_[place.segment].chunks;
  if (chunks->size() < segment_chunks) return place;
  if (place.chunk == 0 && place.segment == 0) {
    add_segment(0);
    return {};
  }
  add_segment(place.segment + 1);
  chunks = &segments_[place.segment].chunks;
  if (place.chunk == chunks->size()) return {place.segment + 1, 0, 0};

  auto& moved = segments_[place.segment + 1];
  const std::size_t half = chunks->size() / 2;
  const auto middle = chunks->begin() + distance(half);
  moved.chunks.assign(std::make_move_iterator(middle), std::make_move_iterator(chunks->end()));
  chunks->erase(middle, chunks->end());
  for (const ListChunk& chunk : moved.chunks) moved.elements += chunk.count();
  segments_[place.segment].elements -= moved.elements;
  if (place.chunk <= half) return place;
  return {place.segment + 1, place.chunk - half, 0};
}

void ListCollection::split_chunk(const Place& place) {
  ListChunk& chunk = chunk_at(place);
  ListChunk tail = chunk.split(place.offset);
  segments_[place.segment].elements -= tail.count();
  insert_chunk({place.segment, place.chunk + 1, 0}, std::move(tail));
}

// Taking away

void ListCollection::erase(std::size_t index, std::size_t count) {
  bool emptied = false;
  while (count > 0) {
    const Place place = locate(index);
    const bool whole = place.offset == 0 && chunk_at(place).count() <= count;
    const std::size_t gone = whole ? erase_chunks(place, count) : erase_part(place, count);
    count -= gone;
    size_ -= gone;
    emptied = emptied || segments_[place.segment].elements == 0;
  }
  if (emptied) drop_empty_segments();
}

// Drops chunks from the place on that hold no more than `count` elements together.
std::size_t ListCollection::erase_chunks(const Place& place, std::size_t count) {
  Segment& segment = segments_[place.segment];
  std::size_t last = place.chunk;
  std::size_t gone = 0;
  while (last < segment.chunks.size() && gone + segment.chunks[last].count() <= count) {
    gone += segment.chunks[last++].count();
  }
  drop_chunks(segment, place.chunk, last - place.chunk);
  segment.elements -= gone;
  return gone;
}

std::size_t ListCollection::erase_part(const Place& place, std::size_t count) {
  Segment& segment = segments_[place.segment];
  ListChunk& chunk = segment.chunks[place.chunk];
  const std::size_t gone = std::min(count, chunk.count() - place.offset);
  chunk.erase(place.offset, gone);
  segment.elements -= gone;
  join_with_next(segment, place.chunk);
  if (place.chunk > 0) join_with_next(segment, place.chunk - 1);
  return gone;
}

bool ListCollection::join_with_next(Segment& segment, std::size_t chunk) {
  if (chunk + 1 >= segment.chunks.size()) return false;
  ListChunk& first = segment.chunks[chunk];
  const ListChunk& second = segment.chunks[chunk + 1];
  if (first.bytes() + second.bytes() > joined_bytes) return false;
  change(first, [&](ListChunk& joined) { joined.append(second); });
  drop_chunks(segment, chunk + 1, 1);
  return true;
}

void ListCollection::drop_chunks(Segment& segment, std::size_t first, std::size_t count) {
  const auto from = segment.chunks.begin() + distance(first);
  const auto to = from + distance(count);
  for (auto chunk = from; chunk != to; ++chunk) chunk_bytes_ -= chunk->footprint_bytes();
  segment.chunks.erase(from, to);
}

std::size_t ListCollection::remove_equal(std::string_view value, std::size_t limit, bool from_back,
                                         const Erased& erased) {
  std::size_t removed = 0;
  std::size_t passed = 0;  // elements that stay, in the chunks that have been seen
  for (std::size_t i = 0; i < segments_.size() && removed < limit; ++i) {
    Segment& segment = segments_[from_back ? segments_.size() - 1 - i : i];
    const std::size_t removed_before = removed;
    for (std::size_t j = 0; j < segment.chunks.size() && removed < limit; ++j) {
      ListChunk& chunk = segment.chunks[from_back ? segment.chunks.size() - 1 - j : j];
      const std::size_t base = from_back ? size_ - passed - chunk.count() : passed;
      const std::size_t gone =
          remove_from(chunk, value, limit - removed, from_back,
                      [&](std::size_t index, std::size_t count) { erased(base + index, count); });
      removed += gone;
      segment.elements -= gone;
      size_ -= gone;
      passed += chunk.count();
    }
    if (removed > removed_before) join_small(segment);
  }
  if (removed > 0) drop_empty_segments();
  return removed;
}

std::size_t ListCollection::remove_from(ListChunk& chunk, std::string_view value, std::size_t limit,
                                        bool from_back, const Erased& erased) {
  const std::size_t equal = from_back ? chunk.count_equal(value) : 0;
  const std::size_t spared = equal > limit ? equal - limit : 0;
  return chunk.remove_equal(value, spared, limit, erased);
}

// Drops what is empty and joins what is small, in one pass.
void ListCollection::join_small(Segment& segment) {
  auto& chunks = segment.chunks;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (chunks[i].count() == 0) continue;
    if (kept > 0 && chunks[kept - 1].bytes() + chunks[i].bytes() <= joined_bytes) {
      change(chunks[kept - 1], [&](ListChunk& joined) { joined.append(chunks[i]); });
      continue;
    }
    if (kept != i) std::swap(chunks[kept], chunks[i]);
    ++kept;
  }
  drop_chunks(segment, kept, chunks.size() - kept);
}

void ListCollection::drop_empty_segments() {
  std::erase_if(segments_, [](const Segment& segment) { return segment.elements == 0; });
}

}  // namespace cachekit::node::storage
