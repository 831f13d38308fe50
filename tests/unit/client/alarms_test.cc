#include "client/loop/alarms.h"

#include <doctest/doctest.h>

#include <string>

namespace cachekit::loop {
namespace {

using namespace std::chrono_literals;

constexpr io::Time start{};

struct Letter final : Alarm {
  Letter(std::string& rung_by, char letter_of_it) : rung(rung_by), letter(letter_of_it) {}
  void ring() override { rung += letter; }

  std::string& rung;
  char letter;
};

TEST_CASE("alarms ring in the order of their times, once") {
  Alarms alarms;
  std::string rung;
  Letter a(rung, 'a');
  Letter b(rung, 'b');
  Letter c(rung, 'c');
  CHECK_FALSE(alarms.first());
  alarms.set(a, start + 3ms);
  alarms.set(b, start + 1ms);
  alarms.set(c, start + 5ms);
  CHECK(alarms.first() == start + 1ms);
  alarms.ring_until(start);
  CHECK(rung.empty());
  alarms.ring_until(start + 3ms);
  CHECK(rung == "ba");
  alarms.ring_until(start + 9ms);
  alarms.ring_until(start + 99ms);
  CHECK(rung == "bac");
}

TEST_CASE("an alarm that is set anew, cleared or destroyed does not ring at its old time") {
  Alarms alarms;
  std::string rung;
  Letter a(rung, 'a');
  Letter b(rung, 'b');
  alarms.set(a, start + 1ms);
  alarms.set(a, start + 5ms);
  alarms.set(b, start + 1ms);
  alarms.clear(b);
  {
    Letter c(rung, 'c');
    alarms.set(c, start + 1ms);
  }
  alarms.ring_until(start + 4ms);
  CHECK(rung.empty());
  alarms.ring_until(start + 5ms);
  CHECK(rung == "a");
}

}  // namespace
}  // namespace cachekit::loop
