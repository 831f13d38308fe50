#include "bench/load/trace_reader.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace cachekit::bench {
namespace {

// A key is far shorter; without a limit, a file without newlines would fill the memory.
constexpr std::size_t line_limit_bytes = std::size_t{64} << 10;

}  // namespace

Result<TraceReader> TraceReader::open(const std::filesystem::path& path, double value_scale) {
  std::FILE* file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) {
    return tl::unexpected(
        Status(Code::invalid_argument,
               fmt::format("cannot read the trace {}: {}", path.string(), std::strerror(errno))));
  }
  return TraceReader(path, file, value_scale);
}

TraceReader::TraceReader(std::filesystem::path path, std::FILE* file, double value_scale)
    : path_(std::move(path)),
      file_(file),
      stream_(ZSTD_createDStream()),
      value_scale_(value_scale),
      compressed_(ZSTD_DStreamInSize()) {}

Result<std::optional<TraceRequest>> TraceReader::next() {
  while (true) {
    Result<std::optional<std::string_view>> line = next_line();
    if (!line) return tl::unexpected(std::move(line.error()));
    if (!*line) return std::nullopt;
    ++line_number_;
    if ((*line)->empty()) continue;
    Result<TraceRequest> request = parse_trace_line(**line, line_number_, value_scale_);
    if (!request) return tl::unexpected(std::move(request.error()));
    return *std::move(request);
  }
}

// Valid until the next call.
Result<std::optional<std::string_view>> TraceReader::next_line() {
  std::size_t searched = line_begin_;
  while (true) {
    const std::size_t end = text_.find('\n', searched);
    if (end != std::string::npos) {
      const auto line = std::string_view(text_).substr(line_begin_, end - line_begin_);
      line_begin_ = end + 1;
      return line;
    }
    if (text_.size() - line_begin_ > line_limit_bytes) {
      return tl::unexpected(failure(
          fmt::format("line {} has more than {} bytes", line_number_ + 1, line_limit_bytes)));
    }
    text_.erase(0, std::exchange(line_begin_, 0));
    searched = text_.size();
    const Result<bool> more = read_more();
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
  }
  if (text_.empty()) return std::nullopt;
  // A last line without its newline.
  line_begin_ = text_.size();
  return std::string_view(text_);
}

// Appends to text_; false at the end of the file.
Result<bool> TraceReader::read_more() {
  const std::size_t text_before = text_.size();
  while (text_.size() == text_before) {
    if (unread_.pos == unread_.size && !output_waits_) {
      const std::size_t count = std::fread(compressed_.data(), 1, compressed_.size(), file_.get());
      if (count == 0 && std::ferror(file_.get()) != 0) {
        return tl::unexpected(failure(std::strerror(errno)));
      }
      if (count == 0 && inside_frame_) return tl::unexpected(failure("it ends inside its data"));
      if (count == 0) return false;
      unread_ = {compressed_.data(), count, 0};
    }
    text_.resize(text_before + ZSTD_DStreamOutSize());
    ZSTD_outBuffer output{text_.data() + text_before, ZSTD_DStreamOutSize(), 0};
    const std::size_t left = ZSTD_decompressStream(stream_.get(), &output, &unread_);
    text_.resize(text_before + output.pos);
    if (ZSTD_isError(left) != 0) {
      return tl::unexpected(failure(fmt::format("it is not zstd: {}", ZSTD_getErrorName(left))));
    }
    inside_frame_ = left != 0;
    output_waits_ = output.pos == output.size;
  }
  return true;
}

Status TraceReader::failure(std::string_view what) const {
  return {Code::invalid_argument,
          fmt::format("cannot read the trace {}: {}", path_.string(), what)};
}

}  // namespace cachekit::bench
