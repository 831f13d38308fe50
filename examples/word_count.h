// Counts words in a cluster, from several threads at once, and checks the counts.

#pragma once

#include <cachekit/client.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace example {

using WordCounts = std::map<std::string, std::int64_t>;

/// Lower-case words of a text: runs of ASCII letters.
std::vector<std::string> words_of(const std::string& text);

/// The regular files of a folder, each file once however many links lead to it.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder);

/// One INCR for every word of the files, sent in pipelines by several threads, which share the
/// client. Answers with the counts as each thread knows them, added up.
cachekit::Result<WordCounts> count_words(cachekit::Client& client,
                                         const std::vector<std::filesystem::path>& files);

/// The counts as the cluster has them, of these words, by MGET; the cluster then forgets them.
cachekit::Result<WordCounts> take_counts(cachekit::Client& client, const WordCounts& words);

}  // namespace example
