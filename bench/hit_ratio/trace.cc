#include "bench/hit_ratio/trace.h"

#include <algorithm>
#include <random>
#include <unordered_map>

#include "bench/load/trace_reader.h"

namespace cachekit::bench::hit_ratio {
namespace {

constexpr std::uint64_t value_seed = 1;

}  // namespace

std::vector<TraceSpec> public_traces(const std::filesystem::path& folder) {
  return {{folder / "OLTP.txt.zst", 2, 18 * mebibyte},
          {folder / "orm-busy.txt.zst", 8, 17 * mebibyte},
          {folder / "web12.txt.zst", 24, 16 * mebibyte},
          {folder / "adapt-size.txt.zst", 1, 27 * mebibyte},
          {folder / "cloudPhysicsIO.txt.zst", 1, 194 * mebibyte}};
}

Result<Trace> read_trace(const TraceSpec& spec, std::size_t most_requests) {
  auto reader = TraceReader::open(spec.path, spec.value_scale);
  if (!reader) return tl::unexpected(reader.error());
  Trace trace;
  trace.name = spec.path.stem().stem().string();
  trace.spec = spec;
  std::unordered_map<std::string, std::uint32_t> places;
  while (trace.requests.size() < most_requests) {
    Result<std::optional<TraceRequest>> request = reader->next();
    if (!request) return tl::unexpected(std::move(request.error()));
    if (!*request) break;
    auto& [key, size_bytes] = **request;
    const auto [place, is_new] =
        places.try_emplace(key, static_cast<std::uint32_t>(trace.keys.size()));
    if (is_new) trace.keys.push_back(std::move(key));
    trace.requests.push_back({place->second, static_cast<std::uint32_t>(size_bytes)});
    trace.largest_value_bytes = std::max(trace.largest_value_bytes, size_bytes);
  }
  return trace;
}

std::string value_bytes(std::size_t size_bytes) {
  std::mt19937_64 random(value_seed);
  std::string bytes(size_bytes, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

}  // namespace cachekit::bench::hit_ratio
