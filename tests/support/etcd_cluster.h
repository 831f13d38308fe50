// Real etcd members on free ports of the loopback interface, with their data in a folder that goes
// with them, in memory where there is /dev/shm.
//
// Members are stopped by their own process ids, and die with the starting thread in any case. Uses
// no test framework; what cannot be done is thrown. For one thread.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cachekit::test {

/// Are etcd and etcdctl installed? If not, says so on the standard output, once.
bool etcd_is_installed();

/// How long members wait for each other; etcd demands that an election waits for five heartbeats.
struct EtcdTimings {
  std::chrono::milliseconds heartbeat;
  std::chrono::milliseconds election;  ///< And up to twice as long, by chance.
};

/// What client/README.md recommends for members in one datacentre.
inline constexpr EtcdTimings etcd_in_one_datacentre{std::chrono::milliseconds(50),
                                                    std::chrono::milliseconds(250)};

/// On a machine that is busy with tests, where members may not be heard for a while.
inline constexpr EtcdTimings etcd_under_tests{std::chrono::milliseconds(50),
                                              std::chrono::milliseconds(500)};

class EtcdCluster {
 public:
  /// All members answer, and have a leader, when this returns. One member that is alone has nobody
  /// to wait for, and does not heed the timings.
  explicit EtcdCluster(std::size_t members, EtcdTimings timings = etcd_under_tests);
  ~EtcdCluster();
  EtcdCluster(const EtcdCluster&) = delete;
  EtcdCluster& operator=(const EtcdCluster&) = delete;

  std::size_t size() const { return members_.size(); }

  /// etcd://[user:password@]…/name; the members in order, beginning with this one.
  std::string url(const std::string& name, const std::string& credentials = {},
                  std::size_t first = 0) const;

  /// "127.0.0.1:port", for clients.
  std::string address(std::size_t member) const;

  void kill(std::size_t member);   ///< SIGKILL; its data stays.
  void start(std::size_t member);  ///< After kill(), with its data, at its old address. No waiting.
  void forget(std::size_t member);  ///< The data of one that was killed.
  void freeze(std::size_t member);  ///< SIGSTOP; it has stopped.
  void thaw(std::size_t member);

  /// Returns when every member that runs knows a leader. Throws after half a minute.
  void await_leader();

  /// The member that leads.
  std::size_t leader();

  /// Runs etcdctl at the first running member until it succeeds; returns its output. Words are read
  /// by a shell. Throws after half a minute.
  std::string ctl(const std::string& words);

 private:
  struct Member {
    std::uint16_t client_port = 0;
    std::uint16_t peer_port = 0;
    pid_t pid = -1;  // -1: does not run
    bool frozen = false;
  };

  bool try_to_start_all(std::size_t count);
  std::string endpoints() const;
  bool some_member_has_ended();
  bool run_ctl(const std::string& words, std::string& output) const;

  EtcdTimings timings_;
  std::filesystem::path folder_;
  std::vector<Member> members_;
};

}  // namespace cachekit::test
