// Writes replies in RESP2 or RESP3.
//
// Types that RESP2 lacks are written as Redis writes them there: a map as a flat array, a set and
// a push as an array, a double and a verbatim string as a bulk string, a boolean as 0 or 1.
// Specification: https://redis.io/docs/latest/develop/reference/protocol-spec/

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/segments.h"

namespace cachekit::protocol {

enum class Version : std::uint8_t { resp2 = 2, resp3 = 3 };

class ReplyWriter {
 public:
  explicit ReplyWriter(Segments& out, Version version = Version::resp2)
      : out_(&out), version_(version) {}

  Version version() const { return version_; }
  void set_version(Version version) { version_ = version; }

  /// Bulks that would together exceed `bytes` are left out. That breaks the reply, so whoever sets
  /// a budget must ask over_budget() and then close the connection.
  void set_budget(std::size_t bytes) { budget_bytes_ = bytes; }
  bool over_budget() const { return over_budget_; }

  /// `text` holds no CR or LF.
  void simple(std::string_view text);
  void ok() { out_->tail().append("+OK\r\n"); }

  /// `text` starts with its code, as in "ERR syntax error". CR and LF at its end are dropped and
  /// otherwise written as spaces, since an error may quote what a client sent.
  void error(std::string_view text);

  /// The code of the first error that was written, as in "ERR"; empty if none was.
  std::string_view error_code() const { return error_code_; }

  void integer(std::int64_t value);
  void real(double value);
  void boolean(bool value);
  void bulk(std::string_view bytes);

  /// Like bulk(), without copying; `pin` keeps the bytes alive until they are written.
  void pinned_bulk(std::string_view bytes, std::shared_ptr<const void> pin);

  /// Text for people, such as INFO's.
  void verbatim(std::string_view text);

  void null();
  void null_array();

  /// The header alone; the caller writes the elements (for a map, key and value in turn).
  void array(std::size_t count) { header('*', count); }
  void map(std::size_t pairs);
  void set(std::size_t count) { header(resp3() ? '~' : '*', count); }
  void push(std::size_t count) { header(resp3() ? '>' : '*', count); }

 private:
  bool resp3() const { return version_ == Version::resp3; }
  void header(char type, std::size_t count);
  bool spend(std::size_t bytes);

  Segments* out_;
  Version version_;
  bool over_budget_ = false;
  std::string error_code_;
  std::size_t budget_bytes_ = static_cast<std::size_t>(-1);
};

}  // namespace cachekit::protocol
