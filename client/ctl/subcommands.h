// What cachekit-ctl can do. main.cc reads the flags; each subcommand stands in a file of its name.
//
// Thread rule: one thread.

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "cachekit/status.h"
#include "client/ctl/cluster_folder.h"

namespace cachekit::ctl {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;

struct UpFlags {
  std::size_t shards = 3;
  std::size_t replicas = 0;
  std::filesystem::path folder = default_folder();
  std::string topology;
  std::vector<std::string> node_flags;
};

struct DownFlags {
  std::filesystem::path folder = default_folder();
};

struct StatusFlags {
  std::string url;
};

struct CreateFlags {
  std::string url;
  std::filesystem::path file;
};

struct AgentFlags {
  std::string url;
  std::filesystem::path folder;
  int suspect_after_ms = 200;
  int give_up_after_ms = 3000;
  int ready_descriptor = -1;
  bool die_with_parent = false;
};

struct FailoverFlags {
  std::string shard;
  std::string successor;
  std::string url;
  int limit_ms = 10'000;
};

struct AddShardFlags {
  std::string shard;
  std::string primary;
  std::vector<std::string> replicas;
  std::string url;
};

struct RemoveShardFlags {
  std::string shard;
  std::string url;
};

struct ReplaceNodeFlags {
  std::string node;
  std::string successor;
  std::string url;
  int limit_ms = 10'000;
};

struct WhereFlags {
  std::string key;
  std::string url;
};

// Each returns the exit code of the program.

int up(const UpFlags& flags);
int down(const DownFlags& flags);
int status(const StatusFlags& flags);
int create(const CreateFlags& flags);
int where(const WhereFlags& flags);
int agent(const AgentFlags& flags);
int failover(const FailoverFlags& flags);
int add_shard(const AddShardFlags& flags);
int remove_shard(const RemoveShardFlags& flags);
int replace_node(const ReplaceNodeFlags& flags);

/// Prints the failure and answers exit_failed.
int complain(const Status& status);

}  // namespace cachekit::ctl
