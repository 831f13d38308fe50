// The user and password end at the last '@' of the URL, not at the first: of a password with an
// unescaped '@' no part is then taken for a host and shown in a message.

#include "client/topology/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "client/api/refuse.h"
#include "client/topology/node_address.h"

namespace cachekit::topology {
namespace {

constexpr std::string_view schemes = "cachekit://, redis://, nodes://, file:// or etcd://";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Nothing if a '%' is not followed by two hexadecimal digits.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

/// Takes "user:password@" off the front of `rest`, if it is there.
Result<void> read_credentials(std::string_view& rest, std::string& user_out,
                              std::string& password_out) {
  const std::size_t at = rest.rfind('@');
  if (at == std::string_view::npos) return {};
  const std::string_view text = rest.substr(0, at);
  const std::size_t colon = text.find(':');
  auto user = unescape(text.substr(0, colon));
  auto password =
      unescape(colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1));
  if (!user || !password) {
    return refuse(
        "the user or password of the URL has a '%' without two hexadecimal digits after it; "
        "'%' itself is written %25");
  }
  user_out = *std::move(user);
  password_out = *std::move(password);
  rest.remove_prefix(at + 1);
  return {};
}

Result<UrlShard> read_shard(std::string_view text) {
  const std::size_t equals = text.find('=');
  const bool named = equals != std::string_view::npos;
  const std::string_view written = named ? text.substr(equals + 1) : text;
  if (text.empty()) return refuse("the URL's list of nodes has an empty entry");
  if (named && equals == 0) {
    return refuse(fmt::format("the URL's entry '{}' has no name before '='", text));
  }
  const auto address = unescape(written);
  if (!address) {
    return refuse(
        fmt::format("the URL's entry '{}' has a '%' without two hexadecimal digits", text));
  }
  if (const auto parsed = parse_node_address(*address); !parsed) {
    return refuse(fmt::format("the URL's list of nodes: {}", parsed.error()));
  }
  return UrlShard{.name = std::string(named ? text.substr(0, equals) : written),
                  .address = *address};
}

Result<void> read_list(std::string_view list, ClusterUrl& url) {
  std::set<std::string> names;
  std::set<std::string> addresses;
  while (true) {
    const std::size_t comma = list.find(',');
    Result<UrlShard> shard = read_shard(list.substr(0, comma));
    if (!shard) return tl::unexpected(std::move(shard.error()));
    if (!names.insert(shard->name).second) {
      return refuse(fmt::format("the URL names the shard '{}' twice", shard->name));
    }
    if (!addresses.insert(shard->address).second) {
      return refuse(fmt::format("the URL lists the node '{}' twice", shard->address));
    }
    url.shards.push_back(*std::move(shard));
    if (comma == std::string_view::npos) return {};
    list.remove_prefix(comma + 1);
  }
}

/// redis:// URLs may end in the number of a database; only 0 exists here.
Result<std::string_view> without_database(std::string_view list) {
  const std::size_t last_entry =
      list.rfind(',') == std::string_view::npos ? 0 : list.rfind(',') + 1;
  if (list.substr(last_entry).find("unix:") != std::string_view::npos) return list;
  const std::size_t slash = list.find('/', last_entry);
  if (slash == std::string_view::npos) return list;
  const std::string_view database = list.substr(slash + 1);
  if (!database.empty() && database != "0") {
    return refuse(fmt::format("the URL asks for '/{}'; only database 0 exists", database));
  }
  return list.substr(0, slash);
}

Result<ClusterUrl> read_nodes(std::string_view rest) {
  ClusterUrl url;
  if (auto read = read_credentials(rest, url.user, url.password); !read) {
    return tl::unexpected(std::move(read.error()));
  }
  const Result<std::string_view> list = without_database(rest);
  if (!list) return tl::unexpected(list.error());
  if (list->empty()) return refuse("the URL names no node; expected host:port after '//'");
  if (auto read = read_list(*list, url); !read) return tl::unexpected(std::move(read.error()));
  return url;
}

Result<ClusterUrl> read_file(std::string_view rest) {
  if (!rest.starts_with('/')) {
    return refuse("a file:// URL needs an absolute path, as in file:///etc/cachekit/topology.json");
  }
  auto path = unescape(rest);
  if (!path || path->find('\0') != std::string::npos) {
    return refuse("the path of the file:// URL has a '%' without two hexadecimal digits of a byte");
  }
  ClusterUrl url;
  url.kind = ClusterUrl::Kind::file;
  url.path = *std::move(path);
  return url;
}

Result<void> read_members(std::string_view list, std::vector<std::string>& out) {
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string_view member = list.substr(0, comma);
    if (member.empty()) return refuse("the etcd:// URL's list of members has an empty entry");
    const auto parsed = parse_node_address(member);
    if (!parsed) {
      return refuse(fmt::format("the etcd:// URL's list of members: {}", parsed.error()));
    }
    if (parsed->is_unix()) return refuse("a member of etcd is host:port, not a Unix socket");
    if (std::ranges::find(out, member) != out.end()) {
      return refuse(fmt::format("the etcd:// URL lists the member '{}' twice", member));
    }
    out.emplace_back(member);
    if (comma == std::string_view::npos) return {};
    list.remove_prefix(comma + 1);
  }
}

Result<void> check_name(std::string_view name) {
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  });
  if (plain && !name.empty()) return {};
  return refuse(
      "an etcd:// URL ends in the cluster's name, of letters, digits, '-', '_' and '.', as in "
      "etcd://host:2379/name");
}

Result<ClusterUrl> read_etcd(std::string_view rest) {
  ClusterUrl url;
  url.kind = ClusterUrl::Kind::etcd;
  EtcdPlace& place = url.etcd;
  if (auto read = read_credentials(rest, place.user, place.password); !read) {
    return tl::unexpected(std::move(read.error()));
  }
  if (place.user.empty() != place.password.empty()) {
    return refuse("etcd takes a user and a password; the etcd:// URL has one without the other");
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  place.name = rest.substr(std::min(slash + 1, rest.size()));
  if (auto checked = check_name(place.name); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  if (auto read = read_members(rest.substr(0, slash), place.members); !read) {
    return tl::unexpected(std::move(read.error()));
  }
  return url;
}

}  // namespace

Result<ClusterUrl> parse_url(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) {
    return refuse(fmt::format("the URL of the cluster has no scheme; expected {}", schemes));
  }
  const std::string_view scheme = url.substr(0, colon);
  const std::string_view rest = url.substr(colon + 3);
  if (scheme == "cachekit" || scheme == "redis") return read_nodes(rest);
  if (scheme == "nodes") {
    Result<ClusterUrl> nodes = read_nodes(rest);
    if (nodes) nodes->kind = ClusterUrl::Kind::nodes;
    return nodes;
  }
  if (scheme == "file") return read_file(rest);
  if (scheme == "etcd") return read_etcd(rest);
  return refuse(fmt::format("the URL of the cluster has an unknown scheme; expected {}", schemes));
}

}  // namespace cachekit::topology
