// A trace file, one request at a time, in fixed memory: decompressed with zstd as it is read.
//
// Thread rule: one thread at a time.

#pragma once

#include <zstd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/trace_line.h"
#include "cachekit/status.h"

namespace cachekit::bench {

class TraceReader {
 public:
  static Result<TraceReader> open(const std::filesystem::path& path, double value_scale);

  /// The next request, or nothing at the end of the file. Empty lines are skipped. Fails with
  /// invalid_argument at a line that is no request, or bytes that are not zstd's.
  Result<std::optional<TraceRequest>> next();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct FreeStream {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };

  TraceReader(std::filesystem::path path, std::FILE* file, double value_scale);
  Result<bool> read_more();
  Result<std::optional<std::string_view>> next_line();
  Status failure(std::string_view what) const;

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::unique_ptr<ZSTD_DStream, FreeStream> stream_;
  double value_scale_;
  std::vector<char> compressed_;
  ZSTD_inBuffer unread_{nullptr, 0, 0};
  bool inside_frame_ = false;
  bool output_waits_ = false;  ///< The decompressor may hold more than it had room for.
  std::string text_;           ///< Decompressed; lines before line_begin_ are done with.
  std::size_t line_begin_ = 0;
  std::uint64_t line_number_ = 0;
};

}  // namespace cachekit::bench
