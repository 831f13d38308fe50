// A doubly linked list of entries, oldest to newest, through the links that every entry has.
//
// The list is a ring through an anchor, one of the fixed slots, so an entry leaves it without
// knowing which list it is in, and no link of an entry in a list is ever no_handle. An entry is in
// one list at most. Cost: O(1) each, and two neighbours touched.

#pragma once

#include "node/storage/entry.h"
#include "node/storage/slots.h"

namespace cachekit::node::storage {

class Queue {
 public:
  /// `anchor` is a fixed slot of its own, from 1 to Slots::fixed_slots.
  Queue(Slots& slots, Handle anchor) : slots_(&slots), anchor_(anchor) { link(anchor_, anchor_); }

  bool empty() const { return oldest() == no_handle; }

  /// no_handle if the queue is empty.
  Handle oldest() const { return entry_or_none(entry_at(*slots_, anchor_).newer()); }
  Handle newest() const { return entry_or_none(entry_at(*slots_, anchor_).older()); }

  void push_newest(Handle handle) {
    const Handle last = entry_at(*slots_, anchor_).older();
    link(last, handle);
    link(handle, anchor_);
  }

  void push_oldest(Handle handle) {
    const Handle first = entry_at(*slots_, anchor_).newer();
    link(handle, first);
    link(anchor_, handle);
  }

  /// Takes an entry out of whatever queue it is in.
  static void remove(Slots& slots, Handle handle) {
    Entry entry = entry_at(slots, handle);
    entry_at(slots, entry.older()).set_newer(entry.newer());
    entry_at(slots, entry.newer()).set_older(entry.older());
  }

  /// The content of a queued entry has been copied, links included, from one slot to another: its
  /// neighbours hear of it.
  static void relink(Slots& slots, Handle to) {
    const Entry entry = entry_at(slots, to);
    entry_at(slots, entry.older()).set_newer(to);
    entry_at(slots, entry.newer()).set_older(to);
  }

  /// `to` takes the place of `from`, links and meter.
  static void take_place(Slots& slots, Handle from, Handle to) {
    const Entry before = entry_at(slots, from);
    Entry after = entry_at(slots, to);
    after.set_newer(before.newer());
    after.set_older(before.older());
    after.set_meter(before.meter());
    relink(slots, to);
  }

  /// Appends all entries of `other`, which is empty afterwards, behind the newest of this one.
  void splice(Queue& other) {
    if (other.empty()) return;
    const Handle first = other.oldest();
    const Handle last = other.newest();
    link(entry_at(*slots_, anchor_).older(), first);
    link(last, anchor_);
    other.link(other.anchor_, other.anchor_);
  }

 private:
  Handle entry_or_none(Handle handle) const { return handle == anchor_ ? no_handle : handle; }

  void link(Handle older, Handle newer) {
    entry_at(*slots_, older).set_newer(newer);
    entry_at(*slots_, newer).set_older(older);
  }

  Slots* slots_;
  Handle anchor_;
};

}  // namespace cachekit::node::storage
