#include "client/topology/etcd_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "client/topology/base64.h"

namespace cachekit::topology::etcd {
namespace {

using nlohmann::json;

// What etcd says where its numeric codes (of gRPC) are too coarse; the same text since etcd 3.0.
constexpr std::string_view invalid_token = "invalid auth token";
constexpr std::string_view old_token = "revision of auth store is old";
constexpr std::string_view no_user = "user name is empty";
constexpr std::string_view wrong_password = "authentication failed";
constexpr std::string_view authentication_off = "authentication is not enabled";

// Codes of gRPC.
constexpr std::int64_t deadline_exceeded = 4;
constexpr std::int64_t permission_denied = 7;
constexpr std::int64_t resource_exhausted = 8;
constexpr std::int64_t unavailable = 14;
constexpr std::int64_t unauthenticated = 16;

/// Of what is no etcd, so much is shown.
constexpr std::size_t shown_body_bytes = 100;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string text_of(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

tl::unexpected<std::string> wrong(std::string complaint) {
  return tl::unexpected(std::move(complaint));
}

Read<json> read_object(std::string_view text) {
  json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return wrong("no JSON");
  if (!document.is_object()) {
    return wrong(fmt::format("{} where an object was expected", document.type_name()));
  }
  return document;
}

/// The member, or nothing if it has its default value.
const json* find(const json& object, const char* name) {
  const auto member = object.find(name);
  return member == object.end() || member->is_null() ? nullptr : &*member;
}

Read<std::int64_t> read_number(const json& object, const char* name) {
  const json* const member = find(object, name);
  if (member == nullptr) return 0;
  if (member->is_number_unsigned() || member->is_number_integer()) {
    return member->get<std::int64_t>();
  }
  if (const auto* text = member->get_ptr<const std::string*>()) {
    std::int64_t number = 0;
    const char* const end = text->data() + text->size();
    const auto [read_to, error] = std::from_chars(text->data(), end, number);
    if (error == std::errc() && read_to == end) return number;
  }
  return wrong(fmt::format("\"{}\" is no number of 64 bits", name));
}

Read<std::int64_t> read_revision(const json& object, const char* name) {
  Read<std::int64_t> revision = read_number(object, name);
  if (revision && *revision < 0) return wrong(fmt::format("\"{}\" is below 0", name));
  return revision;
}

Read<std::int64_t> read_header(const json& answer) {
  const json* const header = find(answer, "header");
  if (header == nullptr || !header->is_object()) return wrong("no object \"header\"");
  return read_revision(*header, "revision");
}

Read<bool> read_flag(const json& object, const char* name) {
  const json* const member = find(object, name);
  if (member == nullptr) return false;
  if (!member->is_boolean()) return wrong(fmt::format("\"{}\" is neither true nor false", name));
  return member->get<bool>();
}

Read<std::string> read_text(const json& object, const char* name) {
  const json* const member = find(object, name);
  if (member == nullptr) return std::string();
  if (!member->is_string()) return wrong(fmt::format("\"{}\" is no string", name));
  return member->get<std::string>();
}

Read<std::string> read_bytes(const json& object, const char* name) {
  const Read<std::string> text = read_text(object, name);
  if (!text) return text;
  auto bytes = from_base64(*text);
  if (!bytes) return wrong(fmt::format("\"{}\" is no base64", name));
  return *std::move(bytes);
}

Read<Entry> read_entry(const json& value) {
  if (!value.is_object()) return wrong("an element of \"kvs\" is no object");
  const Read<std::int64_t> mod_revision = read_revision(value, "mod_revision");
  if (!mod_revision) return wrong(mod_revision.error());
  if (*mod_revision == 0) return wrong("an element of \"kvs\" has no \"mod_revision\"");
  Read<std::string> bytes = read_bytes(value, "value");
  if (!bytes) return wrong(std::move(bytes.error()));
  return Entry{.mod_revision = *mod_revision, .value = *std::move(bytes)};
}

std::string beginning_of(std::string_view body) {
  std::string shown(body.substr(0, shown_body_bytes));
  std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, ' ');
  return shown;
}

Refusal::Kind kind_of(std::int64_t code, std::string_view reason) {
  if (wants_token(reason) || code == unauthenticated) return Refusal::Kind::token;
  if (has(reason, authentication_off)) return Refusal::Kind::unasked;
  if (code == permission_denied || has(reason, wrong_password)) return Refusal::Kind::forbidden;
  const bool away = code == unavailable || code == deadline_exceeded || code == resource_exhausted;
  return away ? Refusal::Kind::away : Refusal::Kind::other;
}

/// What the gateway says when a stream breaks off.
std::string stream_error(const json& error) {
  const Read<std::string> message =
      error.is_object() ? read_text(error, "message") : Read<std::string>();
  return message && !message->empty() ? *message : "the stream has broken off";
}

}  // namespace

Request range_request(std::string_view key) {
  return {"/v3/kv/range", text_of({{"key", to_base64(key)}})};
}

Request put_request(std::string_view key, std::int64_t mod_revision, std::string_view value) {
  const std::string name = to_base64(key);
  const json condition = {{"key", name},
                          {"target", "MOD"},
                          {"result", "EQUAL"},
                          {"mod_revision", std::to_string(mod_revision)}};
  const json put = {{"request_put", {{"key", name}, {"value", to_base64(value)}}}};
  return {"/v3/kv/txn",
          text_of({{"compare", json::array({condition})}, {"success", json::array({put})}})};
}

Request watch_request(std::string_view key, std::int64_t start_revision) {
  json create = {{"key", to_base64(key)}};
  if (start_revision > 0) create["start_revision"] = std::to_string(start_revision);
  return {"/v3/watch", text_of({{"create_request", create}})};
}

Request token_request(std::string_view user, std::string_view password) {
  return {"/v3/auth/authenticate", text_of({{"name", user}, {"password", password}})};
}

Read<RangeAnswer> read_range_answer(std::string_view body) {
  const Read<json> answer = read_object(body);
  if (!answer) return wrong(answer.error());
  const Read<std::int64_t> revision = read_header(*answer);
  if (!revision) return wrong(revision.error());
  RangeAnswer out{.revision = *revision};
  const json* const found = find(*answer, "kvs");
  if (found == nullptr) return out;
  if (!found->is_array() || found->size() > 1) return wrong("\"kvs\" is no array of one element");
  if (found->empty()) return out;
  Read<Entry> entry = read_entry(found->front());
  if (!entry) return wrong(std::move(entry.error()));
  out.entry = *std::move(entry);
  return out;
}

Read<bool> read_put_answer(std::string_view body) {
  const Read<json> answer = read_object(body);
  if (!answer) return wrong(answer.error());
  if (const auto revision = read_header(*answer); !revision) return wrong(revision.error());
  return read_flag(*answer, "succeeded");
}

Read<std::string> read_token_answer(std::string_view body) {
  const Read<json> answer = read_object(body);
  if (!answer) return wrong(answer.error());
  Read<std::string> token = read_text(*answer, "token");
  if (!token) return token;
  const bool visible = std::ranges::all_of(*token, [](char c) { return c > ' ' && c <= '~'; });
  if (token->empty() || !visible) return wrong("no \"token\" that a header can carry");
  return token;
}

Read<WatchLine> read_watch_line(std::string_view line) {
  const Read<json> answer = read_object(line);
  if (!answer) return wrong(answer.error());
  if (const json* const error = find(*answer, "error")) {
    return WatchLine{.canceled = true, .reason = stream_error(*error)};
  }
  const json* const result = find(*answer, "result");
  if (result == nullptr || !result->is_object()) return wrong("no object \"result\"");
  const Read<std::int64_t> revision = read_header(*result);
  const Read<std::int64_t> compacted = read_revision(*result, "compact_revision");
  const Read<bool> created = read_flag(*result, "created");
  const Read<bool> canceled = read_flag(*result, "canceled");
  const Read<std::string> reason = read_text(*result, "cancel_reason");
  for (const auto* number : {&revision, &compacted}) {
    if (!*number) return wrong(number->error());
  }
  for (const auto* flag : {&created, &canceled}) {
    if (!*flag) return wrong(flag->error());
  }
  if (!reason) return wrong(reason.error());
  const json* const events = find(*result, "events");
  if (events != nullptr && !events->is_array()) return wrong("\"events\" is no array");
  return WatchLine{.revision = *revision,
                   .created = *created,
                   .changed = events != nullptr && !events->empty(),
                   .canceled = *canceled,
                   .compacted = *compacted > 0,
                   .reason = *reason};
}

Refusal read_refusal(long http_status, std::string_view body) {
  const Read<json> answer = read_object(body);
  const Read<std::string> error =
      answer ? read_text(*answer, "error") : Read<std::string>(wrong("no error"));
  if (!error || error->empty()) {
    return {Refusal::Kind::away,
            fmt::format("it answers with HTTP status {}: {}", http_status, beginning_of(body))};
  }
  const std::int64_t code = read_number(*answer, "code").value_or(0);
  return {kind_of(code, *error), *error};
}

bool wants_token(std::string_view reason) {
  return has(reason, invalid_token) || has(reason, old_token) || has(reason, no_user);
}

bool LineSplitter::add(std::string_view bytes) {
  text_.append(bytes);
  return text_.size() - begin_ <= limit_bytes_;
}

std::optional<std::string> LineSplitter::next() {
  while (true) {
    const std::size_t end = text_.find('\n', std::max(begin_, scanned_));
    if (end == std::string::npos) break;
    std::string line = text_.substr(begin_, end - begin_);
    begin_ = end + 1;
    if (!line.empty()) return line;
  }
  text_.erase(0, std::exchange(begin_, 0));
  scanned_ = text_.size();
  return std::nullopt;
}

}  // namespace cachekit::topology::etcd
