// A topology in a file of this machine. Writers take turns by a lock on `PATH.lock` and replace the
// file as a whole; waiting is by inotify on its folder. The path may be a symbolic link: it stays
// one, and the file behind it is replaced.
//
// Thread rule: as for every store.

#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "client/topology/store.h"

namespace cachekit::topology {

class FileStore final : public Store {
 public:
  explicit FileStore(std::filesystem::path path);
  ~FileStore() override;

  Result<Topology> read() override;
  Result<bool> create(const Topology& first) override;
  Result<bool> compare_and_swap(std::uint64_t expected, Topology next) override;
  bool wait_for_change(io::Time deadline) override;
  void wake() override;
  void interrupt() override;

 private:
  bool take_events();

  std::filesystem::path path_;
  int watch_ = -1;         // of inotify; -1: none to be had, and waiting ends after a while
  int waking_ = -1;        // an eventfd
  int interruption_ = -1;  // another, which stays set
};

}  // namespace cachekit::topology
