// The compact form of small collections, in two ways.
//
// As untrusted bytes: whatever is_block() accepts can be read from end to end, in both directions,
// and a builder that is given its items writes the same bytes again. As a script of changes: a
// builder and a vector that go through the same changes stay equal.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/storage/collections/block.h"
#include "node/storage/collections/block_builder.h"
#include "tests/fuzz/check.h"

namespace {

using namespace cachekit::node::storage;
using cachekit::fuzz::require;

std::vector<std::string_view> forwards(std::string_view block) {
  std::vector<std::string_view> elements;
  for (const char* at = block::begin(block); at != block::end(block);) {
    elements.push_back(sequence::read(at));
    at = sequence::end_of(elements.back());
  }
  return elements;
}

std::vector<std::string_view> backwards(std::string_view block) {
  std::vector<std::string_view> elements;
  for (const char* end = block::end(block); end != block::begin(block);) {
    end = sequence::start_before(end);
    elements.push_back(sequence::read(end));
  }
  std::reverse(elements.begin(), elements.end());
  return elements;
}

void read_untrusted(ValueType type, std::string_view bytes) {
  if (!block::is_block(type, bytes)) return;
  const auto elements = forwards(bytes);
  require(elements == backwards(bytes), "a block reads differently from its two ends");
  const std::size_t width = block::width_of(type);
  BlockBuilder builder;
  for (std::size_t i = 0; i < elements.size(); i += width) {
    const bool added = type == ValueType::list  ? builder.add(elements[i])
                       : type == ValueType::set ? builder.add_member(elements[i])
                                                : builder.add_pair(elements[i], elements[i + 1]);
    require(added, "the items of a block do not fit into a block");
    require(block::at(bytes, width, i) == elements[i].data() - varint::size(elements[i].size()),
            "an index leads to another element");
  }
  require(builder.block() == bytes, "a block is not written as it was read");
}

// Takes numbers and words out of the input until it is used up.
class Script {
 public:
  explicit Script(std::string_view bytes) : bytes_(bytes) {}

  bool ended() const { return bytes_.empty(); }

  std::size_t number() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  std::string word() {
    const std::size_t size = std::min(number() * (number() % 7 == 0 ? 40 : 1), bytes_.size());
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    if (number() == 0) text.resize(number() * 50, 'x');
    return text;
  }

 private:
  std::string_view bytes_;
};

void change(BlockBuilder& builder, std::vector<std::string>& model, Script& script) {
  const auto word = script.word();
  const std::size_t choice = script.number() % 4;
  if (choice == 0 || model.empty()) {
    if (builder.add(word)) model.push_back(word);
    return;
  }
  const std::size_t index = script.number() % model.size();
  const char* const at = block::at(builder.block(), 1, index);
  if (choice == 1) {
    if (builder.replace(at, word)) model[index] = word;
  } else if (choice == 2) {
    const std::size_t count = 1 + script.number() % (model.size() - index);
    builder.erase(at, sequence::skip(at, count), count);
    const auto from = model.begin() + static_cast<std::ptrdiff_t>(index);
    model.erase(from, from + static_cast<std::ptrdiff_t>(count));
  } else {
    const std::string value = model[index];
    builder.remove_equal(value, 0, model.size(), [](std::size_t, std::size_t) {});
    std::erase(model, value);
  }
}

void run_script(std::string_view bytes) {
  Script script(bytes);
  BlockBuilder builder;
  std::vector<std::string> model;
  while (!script.ended()) {
    change(builder, model, script);
    require(builder.items() == model.size(), "the number of items is another");
    const auto elements = forwards(builder.block());
    require(std::equal(elements.begin(), elements.end(), model.begin(), model.end()),
            "the elements are others");
  }
  if (!model.empty()) require(block::is_block(ValueType::list, builder.block()), "is no block");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cachekit::fuzz::ExactCopy copy({reinterpret_cast<const char*>(data), size});
  const std::string_view bytes = copy.view();
  for (const auto type : {ValueType::list, ValueType::set, ValueType::hash}) {
    read_untrusted(type, bytes);
  }
  run_script(bytes);
  return 0;
}
