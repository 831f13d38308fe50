#include "protocol/inline_command.h"

#include <utility>

namespace cachekit::protocol {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char control_character(char escape) {
  switch (escape) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return escape;
  }
}

// Reads from a line; each method leaves the cursor behind what it took.
class WordReader {
 public:
  explicit WordReader(std::string_view line) : line_(line) {}

  bool at_end() {
    while (position_ < line_.size() && is_space(line_[position_])) ++position_;
    return position_ == line_.size();
  }

  // A word, which may contain quoted parts; nothing if a quote is not closed properly.
  std::optional<std::string> word() {
    std::string word;
    while (position_ < line_.size() && !is_space(line_[position_])) {
      const char c = line_[position_++];
      if (c == '"' || c == '\'') {
        if (!(c == '"' ? double_quoted(word) : single_quoted(word))) return std::nullopt;
      } else {
        word.push_back(c);
      }
    }
    return word;
  }

 private:
  bool double_quoted(std::string& word) {
    while (position_ < line_.size()) {
      const char c = line_[position_++];
      if (c == '"') return ends_word();
      if (c == '\\' && position_ < line_.size()) {
        append_escape(word);
      } else {
        word.push_back(c);
      }
    }
    return false;
  }

  bool single_quoted(std::string& word) {
    while (position_ < line_.size()) {
      const char c = line_[position_++];
      if (c == '\'') return ends_word();
      if (c == '\\' && position_ < line_.size() && line_[position_] == '\'') {
        word.push_back(line_[position_++]);
      } else {
        word.push_back(c);
      }
    }
    return false;
  }

  void append_escape(std::string& word) {
    if (line_[position_] == 'x' && position_ + 2 < line_.size()) {
      const int high = hex_digit(line_[position_ + 1]);
      const int low = hex_digit(line_[position_ + 2]);
      if (high >= 0 && low >= 0) {
        word.push_back(static_cast<char>(high * 16 + low));
        position_ += 3;
        return;
      }
    }
    word.push_back(control_character(line_[position_++]));
  }

  bool ends_word() const { return position_ == line_.size() || is_space(line_[position_]); }

  std::string_view line_;
  std::size_t position_ = 0;
};

}  // namespace

std::optional<std::vector<std::string>> split_inline_command(std::string_view line) {
  std::vector<std::string> words;
  WordReader reader(line);
  while (!reader.at_end()) {
    auto word = reader.word();
    if (!word) return std::nullopt;
    words.push_back(std::move(*word));
  }
  return words;
}

}  // namespace cachekit::protocol
