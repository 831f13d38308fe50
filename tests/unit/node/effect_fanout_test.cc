#include "node/effect_fanout.h"

#include <doctest/doctest.h>

#include <string>

#include "node/effect_counter.h"

namespace cachekit::test {
namespace {

using node::EffectCounter;
using node::EffectFanout;
using node::storage::Effect;
using node::storage::EffectSink;

class Recorder : public EffectSink {
 public:
  void apply(const Effect& effect) override { record += effect.key; }
  void begin_group() override { record += '('; }
  void end_group() override { record += ')'; }

  std::string record;
};

Effect effect_on(std::string_view key, Effect::Kind kind,
                 Effect::Cause cause = Effect::Cause::command) {
  Effect effect{};
  effect.kind = kind;
  effect.cause = cause;
  effect.key = key;
  return effect;
}

TEST_CASE("every subscriber hears everything, in order") {
  EffectFanout fanout;
  Recorder first;
  Recorder second;
  fanout.subscribe(first);
  fanout.apply(effect_on("a", Effect::Kind::set));
  fanout.subscribe(second);
  fanout.begin_group();
  fanout.apply(effect_on("b", Effect::Kind::remove));
  fanout.end_group();
  fanout.unsubscribe(first);
  fanout.apply(effect_on("c", Effect::Kind::set));
  CHECK(first.record == "a(b)");
  CHECK(second.record == "(b)c");
}

TEST_CASE("the counter tells causes apart") {
  EffectCounter counter;
  counter.apply(effect_on("a", Effect::Kind::set));
  counter.apply(effect_on("a", Effect::Kind::remove, Effect::Cause::expired));
  counter.apply(effect_on("b", Effect::Kind::remove, Effect::Cause::evicted));
  counter.apply(effect_on("c", Effect::Kind::remove, Effect::Cause::evicted));
  CHECK(counter.changes() == 4);
  CHECK(counter.expired_keys() == 1);
  CHECK(counter.evicted_keys() == 2);
  counter.reset();
  CHECK(counter.changes() == 0);
}

}  // namespace
}  // namespace cachekit::test
