// cachekit-ctl: starts and stops local clusters, and shows what nodes do and where keys live.

#include <fmt/format.h>

#include <array>
#include <string>

#include "cachekit/version.h"
#include "client/ctl/subcommand.h"

namespace cachekit::ctl {

int complain(const Status& status) {
  fmt::print(stderr, "cachekit-ctl: {}\n", status.message());
  return exit_failed;
}

namespace {

int run(int argc, const char* const* argv) {
  CLI::App app{"cachekit-ctl: clusters of cachekit, started, stopped and looked at.",
               "cachekit-ctl"};
  app.set_version_flag("--version", std::string(version));
  app.require_subcommand(1);
  const std::array subcommands{add_up(app), add_down(app), add_status(app), add_where(app)};
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  for (const Subcommand& subcommand : subcommands) {
    if (subcommand.app->parsed()) return subcommand.run();
  }
  return exit_failed;
}

}  // namespace
}  // namespace cachekit::ctl

int main(int argc, char** argv) { return cachekit::ctl::run(argc, argv); }
