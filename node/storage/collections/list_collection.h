// A large list: chunks of elements, kept in segments of up to 128 chunks.
//
//   segments  | 31,000 | 52,000 | 48,500 |        elements of each, so that an index skips
//   chunks    | 410 | 398 | …                     whole segments, then whole chunks
//   elements  | a | b | c | …
//
// Pushes and pops at both ends are O(1). Reaching an index looks at every segment before it, then
// at one segment's chunks, then at one chunk's elements: a few microseconds in a list of a million
// elements of any size. A change in the middle costs that and one chunk moved. Chunks that have
// become small join their neighbours.

#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "node/storage/collection.h"
#include "node/storage/collections/counting_allocator.h"
#include "node/storage/collections/list_chunk.h"

namespace cachekit::node::storage {

class ListCollection final : public Collection {
 public:
  ListCollection();

  ValueType type() const override { return ValueType::list; }
  std::size_t size() const override { return size_; }
  std::size_t bytes() const override;
  std::unique_ptr<Collection> clone() const override;
  std::uint64_t describe(std::string_view key, std::uint64_t from, std::size_t count,
                         EffectSink& sink) const override;
  bool free_step() override;

  // What is given to store must not lie in the list itself. Views that are returned stay valid
  // until the next change.

  void push_front(std::string_view element);
  void push_back(std::string_view element);

  std::string_view at(std::size_t index) const;              ///< index < size()
  void insert(std::size_t index, std::string_view element);  ///< index <= size()
  void set(std::size_t index, std::string_view element);
  void erase(std::size_t index, std::size_t count);  ///< index + count <= size()

  /// Removes the first elements that equal `value`, or the last ones, at most `limit`. Calls
  /// erased(index, count) for every run of them, in the order in which they go.
  using Erased = std::function<void(std::size_t index, std::size_t count)>;
  std::size_t remove_equal(std::string_view value, std::size_t limit, bool from_back,
                           const Erased& erased);

  /// Calls visit(element) from `index` on, until it returns false.
  template <typename Visit>
  void visit(std::size_t index, const Visit& visit) const;

  /// The same towards the front.
  template <typename Visit>
  void visit_backwards(std::size_t index, const Visit& visit) const;

  /// About what a push of such an element adds to bytes(), rather too much than too little.
  static std::size_t predicted_bytes(std::size_t element_bytes);

  /// The same for what any number of pushes adds beside.
  std::size_t predicted_beside_bytes() const;

 private:
  struct Segment {
    explicit Segment(std::size_t& bytes) : chunks(CountingAllocator<ListChunk>(bytes)) {}

    std::vector<ListChunk, CountingAllocator<ListChunk>> chunks;
    std::size_t elements = 0;
  };

  /// An element, or a place before one: `offset` is its index within the chunk.
  struct Place {
    std::size_t segment = 0;
    std::size_t chunk = 0;
    std::size_t offset = 0;
  };

  Place locate(std::size_t index) const;
  ListChunk& chunk_at(const Place& place) { return segments_[place.segment].chunks[place.chunk]; }

  template <typename Change>
  void change(ListChunk& chunk, const Change& how);

  ListChunk fresh_chunk(std::size_t element_bytes) const;
  Place insert_chunk(Place place, ListChunk chunk);
  Place place_for_chunk(Place place);
  void insert_into(const Place& place, std::string_view element);
  void split_chunk(const Place& place);

  std::size_t erase_chunks(const Place& place, std::size_t count);
  std::size_t erase_part(const Place& place, std::size_t count);
  std::size_t remove_from(ListChunk& chunk, std::string_view value, std::size_t limit,
                          bool from_back, const Erased& erased);
  bool join_with_next(Segment& segment, std::size_t chunk);
  void join_small(Segment& segment);
  void drop_chunks(Segment& segment, std::size_t first, std::size_t count);
  void drop_empty_segments();

  std::size_t vector_bytes_ = 0;  // before the vectors that count into it
  std::size_t chunk_bytes_ = 0;   // of all chunks' blocks
  std::size_t size_ = 0;
  std::vector<Segment, CountingAllocator<Segment>> segments_;
};

template <typename Visit>
void ListCollection::visit(std::size_t index, const Visit& visit) const {
  if (index >= size_) return;
  const Place place = locate(index);
  std::size_t chunk = place.chunk;
  std::size_t offset = place.offset;
  for (std::size_t segment = place.segment; segment < segments_.size(); ++segment) {
    for (; chunk < segments_[segment].chunks.size(); ++chunk) {
      const ListChunk& present = segments_[segment].chunks[chunk];
      const char* at = present.at(offset);
      while (at != present.end()) {
        const std::string_view element = sequence::read(at);
        if (!visit(element)) return;
        at = sequence::end_of(element);
      }
      offset = 0;
    }
    chunk = 0;
  }
}

template <typename Visit>
void ListCollection::visit_backwards(std::size_t index, const Visit& visit) const {
  if (size_ == 0) return;
  Place place = locate(std::min(index, size_ - 1));
  const char* end =
      sequence::skip(segments_[place.segment].chunks[place.chunk].at(place.offset), 1);
  while (true) {
    const ListChunk& present = segments_[place.segment].chunks[place.chunk];
    while (end != present.begin()) {
      end = sequence::start_before(end);
      if (!visit(sequence::read(end))) return;
    }
    if (place.chunk == 0) {
      if (place.segment == 0) return;
      --place.segment;
      place.chunk = segments_[place.segment].chunks.size();
    }
    --place.chunk;
    end = segments_[place.segment].chunks[place.chunk].end();
  }
}

}  // namespace cachekit::node::storage
