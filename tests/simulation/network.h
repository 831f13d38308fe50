// An in-memory network: connections that carry bytes, late or not at all.
//
// A host is a number. While two hosts are cut off from each other, what they send waits, as it does
// in TCP, and nobody is told. Bytes of one connection keep their order.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/world.h"

namespace cachekit::simulation {

using Host = int;

/// One end of a connection. Its owner sets what is to happen, and closes it or lets it go.
class End {
 public:
  std::function<void(std::string)> on_bytes;
  std::function<void()> on_close;

  Host peer_host() const { return peer_host_; }
  bool is_open() const { return open_; }

  void send(std::string bytes);
  void close();

 private:
  friend class Network;

  class Network* network_ = nullptr;
  Host host_ = 0;
  Host peer_host_ = 0;
  std::weak_ptr<End> peer_;
  Micros delivered_until_ = 0;  // what is sent now arrives later than this
  bool open_ = true;
};

class Network {
 public:
  enum class Listening { yes, nobody, silent };

  explicit Network(World& world) : world_(world) {}

  /// What happens at a host when somebody connects; nullptr: nobody listens.
  using Accept = std::function<void(std::shared_ptr<End>)>;
  void listen(Host host, Accept accept);
  void stop_listening(Host host) { listeners_.erase(host); }

  /// `done` gets the connection, or nullptr if nobody listens. It may never be called.
  void connect(Host from, Host to, std::function<void(std::shared_ptr<End>)> done);

  void cut(Host a, Host b) { cuts_.insert(std::minmax(a, b)); }
  void heal_all();

 private:
  friend class End;

  bool is_cut(Host a, Host b) const { return cuts_.contains(std::minmax(a, b)); }
  void deliver(const std::shared_ptr<End>& to, Host from, Micros earliest,
               std::function<void(End&)> what);
  void transfer(Host from, Host to, Micros time, std::function<void()> arrival);

  World& world_;
  std::map<Host, Accept> listeners_;
  std::set<std::pair<Host, Host>> cuts_;
  std::vector<std::pair<std::pair<Host, Host>, std::function<void()>>> held_back_;
};

}  // namespace cachekit::simulation
