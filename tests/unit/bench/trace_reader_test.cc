#include "bench/load/trace_reader.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/text.h"

namespace cachekit::bench {
namespace {

using test::contains;

// A file of the temporary folder that is gone with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view bytes) {
    std::string name = (std::filesystem::temp_directory_path() / "trace-XXXXXX").string();
    const int descriptor = ::mkstemp(name.data());
    REQUIRE(descriptor >= 0);
    ::close(descriptor);
    path_ = name;
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string compress(std::string_view text) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 3));
  return bytes;
}

struct Contents {
  std::vector<TraceRequest> requests;
  std::string error;
};

Contents read(std::string_view bytes) {
  const TemporaryFile file(bytes);
  auto reader = TraceReader::open(file.path(), 1);
  REQUIRE(reader);
  Contents contents;
  while (true) {
    auto request = reader->next();
    if (!request) contents.error = request.error().message();
    if (!request || !*request) return contents;
    contents.requests.push_back(**std::move(request));
  }
}

TEST_CASE("requests come in the order of the lines") {
  const Contents contents = read(compress("a 1\nb 2\na 1\n"));
  CHECK(contents.error.empty());
  CHECK(contents.requests == std::vector<TraceRequest>{{"a", 1}, {"b", 2}, {"a", 1}});
}

TEST_CASE("the last newline may be missing, and empty lines say nothing") {
  const Contents contents = read(compress("\na 1\n\nb 2"));
  CHECK(contents.error.empty());
  CHECK(contents.requests == std::vector<TraceRequest>{{"a", 1}, {"b", 2}});
}

TEST_CASE("an empty trace has no requests") {
  CHECK(read("").requests.empty());
  CHECK(read(compress("")).requests.empty());
}

TEST_CASE("a file of several frames is one trace, cut anywhere") {
  const Contents contents = read(compress("a 1\nlong") + compress("key 22\nb 3\n"));
  CHECK(contents.requests == std::vector<TraceRequest>{{"a", 1}, {"longkey", 22}, {"b", 3}});
}

TEST_CASE("a trace much larger than every buffer arrives whole") {
  std::string text;
  for (int number = 0; number < 200'000; ++number) {
    text += "key" + std::to_string(number) + " " + std::to_string(number) + "\n";
  }
  const Contents contents = read(compress(text));
  CHECK(contents.error.empty());
  REQUIRE(contents.requests.size() == 200'000);
  CHECK(contents.requests[123'456] == TraceRequest{"key123456", 123'456});
  CHECK(contents.requests.back() == TraceRequest{"key199999", 199'999});
}

TEST_CASE("a highly compressible trace arrives whole") {
  std::string text;
  for (int number = 0; number < 300'000; ++number) text += "same 500\n";
  CHECK(read(compress(text)).requests.size() == 300'000);
}

TEST_CASE("a bad line ends the trace, with its number") {
  const Contents contents = read(compress("a 1\nb 2\noops\nc 3\n"));
  CHECK(contents.requests.size() == 2);
  CHECK(contains(contents.error, "line 3 "));
}

TEST_CASE("what is not zstd, or cut off, is an error") {
  CHECK(contains(read("a 1\nb 2\n").error, "not zstd"));
  const std::string whole = compress("a 1\nb 2\nc 3\nd 4\n");
  CHECK(contains(read(whole.substr(0, whole.size() - 3)).error, "ends inside"));
}

TEST_CASE("a line without an end is an error, not a full memory") {
  CHECK(contains(read(compress(std::string(1 << 20, 'x'))).error, "line 1 has more than"));
}

TEST_CASE("a missing file is named") {
  const auto reader = TraceReader::open("/no/such/trace.zst", 1);
  REQUIRE_FALSE(reader);
  CHECK(contains(reader.error().message(), "/no/such/trace.zst"));
}

}  // namespace
}  // namespace cachekit::bench
