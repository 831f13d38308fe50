// Patterns for keys: * any run, ? any byte, [abc] [a-z] [^a] classes, \ takes the next literally.

#pragma once

#include <string_view>

namespace cachekit::node::commands {

bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace cachekit::node::commands
