#include "examples/word_count.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <thread>

namespace example {
namespace {

using cachekit::Client;
using cachekit::Code;
using cachekit::Result;
using cachekit::Status;

constexpr std::size_t threads = 4;
constexpr std::size_t pipeline_depth = 500;  // enough to hide the round trip
constexpr std::size_t keys_per_mget = 1000;

std::string key_of(const std::string& word) { return "word:" + word; }

Status send_words(Client& client, const std::vector<std::string>& words) {
  auto pipeline = client.pipeline();
  for (const std::string& word : words) {
    pipeline.incr(key_of(word));
    if (pipeline.size() < pipeline_depth) continue;
    if (Status status = pipeline.execute(); !status.ok()) return status;
  }
  return pipeline.execute();
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What one thread has done.
struct Share {
  WordCounts counts;
  Status status;
};

void count_share(Client& client, const std::vector<std::filesystem::path>& files,
                 std::atomic<std::size_t>& next_file, Share& share) {
  for (std::size_t i = next_file++; i < files.size(); i = next_file++) {
    const auto words = words_of(read_file(files[i]));
    for (const std::string& word : words) ++share.counts[word];
    share.status = send_words(client, words);
    if (!share.status.ok()) return;
  }
}

// Reads what the keys of some words hold, a missing key as 0, and deletes them.
Status take_some(Client& client, const std::vector<std::string>& words, WordCounts& counts) {
  std::vector<std::string> keys;
  std::transform(words.begin(), words.end(), std::back_inserter(keys), key_of);
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  const auto values = client.mget(views);
  if (!values) return values.error();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& value = (*values)[i];
    counts[words[i]] = value ? std::stoll(*value) : 0;
  }
  const auto deleted = client.unlink(views);
  return deleted ? Status() : deleted.error();
}

}  // namespace

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + ' ') {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 128 && std::isalpha(byte) != 0) {
      word.push_back(static_cast<char>(std::tolower(byte)));
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::set<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) files.insert(std::filesystem::canonical(entry.path(), error));
  }
  return {files.begin(), files.end()};
}

Result<WordCounts> count_words(Client& client, const std::vector<std::filesystem::path>& files) {
  std::vector<Share> shares(threads);
  std::atomic<std::size_t> next_file = 0;
  std::vector<std::thread> running;
  for (Share& share : shares) {
    running.emplace_back([&] { count_share(client, files, next_file, share); });
  }
  for (std::thread& thread : running) thread.join();

  WordCounts total;
  for (const Share& share : shares) {
    if (!share.status.ok()) return tl::unexpected(share.status);
    for (const auto& [word, count] : share.counts) total[word] += count;
  }
  return total;
}

Result<WordCounts> take_counts(Client& client, const WordCounts& words) {
  WordCounts counts;
  std::vector<std::string> some;
  for (const auto& [word, count] : words) {
    some.push_back(word);
    if (some.size() < keys_per_mget) continue;
    if (Status status = take_some(client, some, counts); !status.ok())
      return tl::unexpected(status);
    some.clear();
  }
  if (some.empty()) return counts;
  if (Status status = take_some(client, some, counts); !status.ok()) return tl::unexpected(status);
  return counts;
}

}  // namespace example
