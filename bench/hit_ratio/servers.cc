#include "bench/hit_ratio/servers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "bench/hit_ratio/trace.h"

namespace cachekit::bench::hit_ratio {
namespace {

// A larger value needs a flag; beside the value an item has its key and a header.
constexpr std::size_t item_extra_bytes = std::size_t{16} << 10;

std::vector<std::string> node_command(const Server& server, std::uint16_t port,
                                      std::size_t setting) {
  return {server.path,  "--port",     fmt::to_string(port), "--maxmemory", fmt::to_string(setting),
          "--eviction", server.policy};
}

std::vector<std::string> redis_command(const Server& server, std::uint16_t port,
                                       std::size_t setting) {
  return {server.path,
          "--port",
          fmt::to_string(port),
          "--maxmemory",
          fmt::to_string(setting),
          "--maxmemory-policy",
          server.policy,
          "--save",
          "",
          "--appendonly",
          "no"};
}

std::vector<std::string> memcached_command(const Server& server, std::uint16_t port,
                                           std::size_t setting, std::size_t largest_value) {
  const std::size_t largest_mb = (largest_value + item_extra_bytes) / mebibyte + 1;
  std::vector<std::string> command = {server.path,
                                      "-l",
                                      "127.0.0.1",
                                      "-p",
                                      fmt::to_string(port),
                                      "-U",
                                      "0",
                                      "-t",
                                      "1",
                                      "-m",
                                      fmt::to_string(setting / mebibyte),
                                      "-I",
                                      fmt::format("{}m", largest_mb)};
  // It refuses to run as root unless told to.
  if (::geteuid() == 0) command.insert(command.end(), {"-u", "root"});
  return command;
}

}  // namespace

std::size_t Server::unit_bytes() const {
  return program == ServerProgram::memcached ? mebibyte : mebibyte / 32;
}

std::vector<std::string> Server::command(std::uint16_t port, std::size_t setting_bytes,
                                         std::size_t largest_value_bytes) const {
  std::vector<std::string> words;
  switch (program) {
    case ServerProgram::node:
      words = node_command(*this, port, setting_bytes);
      break;
    case ServerProgram::redis:
      words = redis_command(*this, port, setting_bytes);
      break;
    case ServerProgram::memcached:
      words = memcached_command(*this, port, setting_bytes, largest_value_bytes);
      break;
  }
  words.insert(words.end(), flags.begin(), flags.end());
  return words;
}

}  // namespace cachekit::bench::hit_ratio
