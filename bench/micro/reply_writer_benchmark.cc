// How long it takes to write the replies of a pipeline, with the memory of the previous ones.

#include <benchmark/benchmark.h>

#include <string>
#include <utility>

#include "protocol/reply_writer.h"
#include "protocol/segments.h"

namespace cachekit::protocol {
namespace {

constexpr int pipelined_commands = 64;

template <typename Write>
void run(benchmark::State& state, const Write& write) {
  Segments out;
  for (auto _ : state) {
    ReplyWriter reply(out);
    for (int i = 0; i < pipelined_commands; ++i) write(reply);
    benchmark::DoNotOptimize(out.size_bytes());
    out = Segments::reusing(out.take());
  }
  state.SetItemsProcessed(state.iterations() * pipelined_commands);
}

void bulks(benchmark::State& state) {
  const std::string value(static_cast<std::size_t>(state.range(0)), 'v');
  run(state, [&](ReplyWriter& reply) { reply.bulk(value); });
}

void oks(benchmark::State& state) {
  run(state, [](ReplyWriter& reply) { reply.ok(); });
}

void integers(benchmark::State& state) {
  run(state, [](ReplyWriter& reply) { reply.integer(1234567); });
}

BENCHMARK(bulks)->Arg(32)->Arg(500)->Arg(10'000);
BENCHMARK(oks);
BENCHMARK(integers);

}  // namespace
}  // namespace cachekit::protocol
