#include "client/typed/compression.h"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>

namespace cachekit::compression {
namespace {

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// One for each thread, since making one takes longer than using it for a small value. At level 1
// the first has about a megabyte.
ZSTD_CCtx* compression_context() {
  thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  return context.get();
}

ZSTD_DCtx* decompression_context() {
  thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  return context.get();
}

}  // namespace

std::optional<std::string> compress(std::string_view bytes, std::size_t kept, int level) {
  ZSTD_CCtx* const context = compression_context();
  if (context == nullptr) return std::nullopt;
  const std::string_view source = bytes.substr(kept);
  std::string compressed(kept + ZSTD_compressBound(source.size()), '\0');
  const std::size_t size =
      ZSTD_compressCCtx(context, compressed.data() + kept, compressed.size() - kept, source.data(),
                        source.size(), level);
  if (ZSTD_isError(size) != 0 || size >= source.size()) return std::nullopt;
  compressed.resize(kept + size);
  compressed.shrink_to_fit();
  return compressed;
}

tl::expected<std::string, std::string> decompress(std::string_view bytes, std::size_t size) {
  ZSTD_DCtx* const context = decompression_context();
  if (context == nullptr) return tl::unexpected(std::string("there is no memory for it"));
  std::string plain(size, '\0');
  const std::size_t made =
      ZSTD_decompressDCtx(context, plain.data(), size, bytes.data(), bytes.size());
  if (ZSTD_isError(made) != 0) return tl::unexpected(std::string(ZSTD_getErrorName(made)));
  if (made != size) return tl::unexpected(fmt::format("they make {}", made));
  return plain;
}

}  // namespace cachekit::compression
