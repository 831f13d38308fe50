#!/usr/bin/python3
"""Checks the rules of the source tree that a compiler does not know.

    source_rules.py ROOT

prints every violation as FILE:LINE: sentence, and exits with 1 if there is one. Rules: who may
include whom, line width, no tabs, no orphan source, size of files. source_rules_test.py plants a
violation of each rule to show that it is found.
"""

import pathlib
import re
import sys

SOURCE_SUFFIXES = {".cc", ".h", ".c"}
TOP_FOLDERS = ("protocol", "client", "node", "bindings", "bench", "examples", "tests")
LINE_WIDTH = 100
FILE_LINES = 400

# Longer than FILE_LINES, each with the reason why it is still one idea.
LONG_FILES = {}

# Wider than LINE_WIDTH: tables whose rows would be harder to read when broken.
WIDE_FILES = {
    "protocol/commands.def": "one command is one row",
}

# The project's own folders that a quoted or angled include may start with.
OWN = {"protocol", "client", "node", "bindings", "bench", "examples", "tests", "cachekit"}

# Folder -> the own folders, or single headers, that its files may include. The longest matching
# folder counts.
ALLOWED = {
    "protocol": {"protocol"},
    "client": {"client", "protocol", "cachekit"},
    "client/include/cachekit": {"cachekit"},
    "client/limits": {"client/limits", "client/api/refuse.h", "cachekit"},
    "client/loading": {"client/loading", "client/limits", "client/threads",
                       "client/api/fork_guard.h", "client/topology/back_off.h", "protocol",
                       "cachekit"},
    "client/threads": {"client/threads"},
    "client/writing": {"client/writing", "client/loading/source_call.h",
                       "client/loading/under_way.h", "client/api/fork_guard.h",
                       "client/api/refuse.h", "client/topology/back_off.h", "cachekit"},
    "client/ctl": {"client/ctl", "cachekit"},
    "node": {"node", "protocol"},
    "node/storage": {"node/storage"},
    "bindings": {"bindings", "cachekit"},
    "examples": {"examples", "cachekit"},
    "bench/load": {"bench/load", "cachekit"},
    "bench/hit_ratio": {"bench/hit_ratio", "bench/load", "node/storage", "client/caching",
                        "cachekit"},
    "bench/compare": {"bench/compare", "bench/load", "cachekit"},
    "bench/micro": {"bench/micro", "protocol", "node", "client", "cachekit"},
    "tests": OWN,
}

# Folder -> patterns of foreign headers that it must not include, with the reason.
FORBIDDEN_FOREIGN = {
    "protocol": (r"uv\.h|hiredis/.*|spdlog/.*|CLI/.*|nlohmann/.*|sys/.*|netinet/.*|arpa/.*",
                 "protocol is pure: no sockets, no clocks, no logging"),
    "node/storage": (r"uv\.h|hiredis/.*|spdlog/.*|CLI/.*|sys/socket\.h|netinet/.*",
                     "storage knows neither the wire nor libuv"),
    "node/tracking": (r"uv\.h|hiredis/.*|spdlog/.*|CLI/.*|sys/.*|netinet/.*",
                      "tracking writes into outputs and knows no sockets"),
    "client": (r"CLI/.*|spdlog/.*",
               "the library never prints and has no flags"),
    "node": (r"hiredis/.*|.*hiredis\.h", "the node answers RESP, it does not read replies"),
}

# The only headers from elsewhere in client/include/cachekit: the standard library (which has no
# slash and no dot) and these, or those of a header that only some users want.
PUBLIC_FOREIGN = {"tl/expected.hpp"}
OPTIONAL_FOREIGN = {"client/include/cachekit/message_pack.h": {"msgpack.hpp"}}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def sources(root):
    for top in TOP_FOLDERS:
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SOURCE_SUFFIXES | {".def"} and path.is_file():
                yield path, path.relative_to(root).as_posix()


def longest_prefix(table, name):
    """The entry of the deepest folder in the table that holds the file."""
    folders = [folder for folder in table if name.startswith(folder + "/")]
    return max(folders, key=len, default=None)


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def includes(path):
    for number, line in enumerate(lines_of(path), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def is_own(header):
    return header.split("/")[0] in OWN and "/" in header


def check_own_include(name, header):
    """Why a file must not include one of our headers; None if it may."""
    folder = longest_prefix(ALLOWED, name)
    if folder is None:
        return None
    if any(header == allowed or header.startswith(allowed + "/") for allowed in ALLOWED[folder]):
        return None
    return f"{folder} must not include {header}; it may include {', '.join(sorted(ALLOWED[folder]))}"


def check_foreign_include(name, header):
    folder = longest_prefix(FORBIDDEN_FOREIGN, name)
    if name.startswith("client/ctl/"):  # a tool, not the library
        folder = None
    if folder is not None:
        pattern, reason = FORBIDDEN_FOREIGN[folder]
        if re.fullmatch(pattern, header):
            return f"{folder} must not include <{header}>: {reason}"
    public = name.startswith("client/include/cachekit/")
    allowed = PUBLIC_FOREIGN | OPTIONAL_FOREIGN.get(name, set())
    if public and header not in allowed and ("/" in header or "." in header):
        return f"a public header includes <{header}>, which every user would need"
    return None


def check_quotes(name, quote, header):
    """Our own headers stand in quotes, from the root; the public ones may stand in angles."""
    if header.startswith("cachekit/"):
        return None
    if is_own(header):
        return None if quote == '"' else f'write "{header}": our own headers stand in quotes'
    if quote == '"' and longest_prefix(ALLOWED, name):
        return f'"{header}" is not written from the root of the project'
    return None


def include_violations(root):
    for path, name in sources(root):
        for number, quote, header in includes(path):
            check = check_own_include if is_own(header) else check_foreign_include
            for problem in (check(name, header), check_quotes(name, quote, header)):
                if problem:
                    yield f"{name}:{number}: {problem}"


def line_violations(root):
    for path, name in sources(root):
        for number, line in enumerate(lines_of(path), 1):
            if len(line) > LINE_WIDTH and name not in WIDE_FILES:
                yield f"{name}:{number}: {len(line)} columns, the limit is {LINE_WIDTH}"
            if "\t" in line:
                yield f"{name}:{number}: a tab; indent with spaces"


def size_violations(root):
    for path, name in sources(root):
        count = len(lines_of(path))
        if count > FILE_LINES and name not in LONG_FILES:
            yield f"{name}:{FILE_LINES + 1}: {count} lines; past {FILE_LINES} it is two ideas"


def words_of_cmake(root):
    """For every folder with a CMakeLists.txt the words in it."""
    words = {}
    for top in TOP_FOLDERS:
        for path in (root / top).rglob("CMakeLists.txt"):
            text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
            words[path.parent] = set(re.split(r'[\s()"]+', text))
    return words


def listed_in(folder, words, path):
    """Does the CMakeLists.txt of the folder list the file, by a path or by the name of a program?"""
    relative = path.relative_to(folder).as_posix()
    return relative in words or (path.stem in words and path.parent == folder)


def orphan_violations(root):
    cmake = words_of_cmake(root)
    for path, name in sources(root):
        if path.suffix not in {".cc", ".c"}:
            continue
        folders = [folder for folder in path.parents if folder in cmake]
        if not any(listed_in(folder, cmake[folder], path) for folder in folders):
            yield f"{name}:1: no CMakeLists.txt lists this file, so nothing builds it"


def orphan_header_violations(root):
    """A header outside the public folder that no file includes."""
    included = {header for path, _ in sources(root) for _, _, header in includes(path)}
    for path, name in sources(root):
        if path.suffix not in {".h", ".def"} or name.startswith("client/include/"):
            continue
        if name not in included:
            yield f"{name}:1: no file includes this header"


RULES = (include_violations, line_violations, size_violations, orphan_violations,
         orphan_header_violations)


def violations(root):
    return [violation for rule in RULES for violation in rule(root)]


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    checked = sum(1 for _ in sources(root))
    found = violations(root)
    print("\n".join(found) if found else f"{checked} files follow the rules")
    return 1 if found or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
