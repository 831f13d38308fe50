// One connection of a loop to a node: opened when there is something to send, and again after it
// was lost.
//
//   nothing ──submit──▶ finding addresses ──▶ opening ──▶ open ──failure──▶ nothing
//                              └──── failure: what waits is refused ─────▶ nothing
//
// Of deadlines only the earliest is watched; when it comes, all that are due are given up.
//
// Thread rule: the loop's thread.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/io/connection.h"
#include "client/io/multiplexer.h"
#include "client/io/node.h"
#include "client/loop/alarms.h"
#include "client/loop/errand.h"
#include "client/loop/uv_handle.h"

namespace cachekit::loop {

class EventLoop;

/// If the node has been demoted since the job was made that counts on it.
std::optional<Status> why_demoted(const Errand& errand);

class Line final : private Alarm {
 public:
  enum class Kind {
    shared,
    single,  ///< For one job at a time: what is given up takes the connection with it.
  };

  /// `became_idle` is called when the last job has ended.
  Line(EventLoop& loop, io::Node& node, Kind kind, std::function<void()> became_idle);
  ~Line();

  /// No job waits for anything.
  bool idle() const { return queue_.empty(); }

  /// Nor does anybody hold it to call it later.
  bool unused() const { return idle() && !noted_ && !lookup_; }

  /// Sends it at the end of this turn.
  void submit(Errand& errand);

  void abandon(Errand& errand, const Status& why);
  void look_at_demotions();

  /// At the end of a turn: sends what waits, or begins to open.
  void flush();

 private:
  void open();
  void connect(Result<std::vector<io::SocketAddress>> addresses);
  void proceed_opening();
  void fail_opening(const Status& failure);
  void watch(const io::Connection& connection, bool wants_to_write);
  void on_ready(int events);
  void send();
  void receive();
  void deliver();
  void break_off(const Status& failure);
  void end(Errand& errand);
  void tell_if_idle();

  io::Time due(const Errand& errand) const;
  Status why_late(const Errand& errand) const;
  void ring() override;
  void end_those_that(const std::function<std::optional<Status>(const Errand&)>& why_over);
  void leave_if_silent();
  void set_alarm(io::Time time);
  void set_alarm_anew();

  EventLoop& loop_;
  io::Node& node_;
  const Kind kind_;
  const std::function<void()> became_idle_;

  io::Multiplexer queue_;
  std::shared_ptr<void> lookup_;  // while addresses are being found; whoever finds them asks it
  std::unique_ptr<io::Connection> opening_;
  std::unique_ptr<io::Connection> connection_;
  io::Time opening_deadline_;
  io::Time opened_;
  io::Time heard_;  // when something came last, or was sent to a node that owed nothing

  UvHandle<uv_poll_t> poll_;
  int watched_ = -1;  // the descriptor
  int events_ = 0;
  bool noted_ = false;  // with the loop, as having something to send

  std::string sending_;
  std::size_t sent_ = 0;  // of sending_
  io::Time alarm_at_ = io::Time::max();
};

}  // namespace cachekit::loop
