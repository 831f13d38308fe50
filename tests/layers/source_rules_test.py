#!/usr/bin/python3
"""Plants a violation of each rule in a small tree and expects source_rules.py to find it."""

import pathlib
import tempfile
import unittest

import source_rules

CLEAN_TREE = {
    "protocol/CMakeLists.txt": "add_library(p ring.cc)",
    "protocol/ring.cc": '#include "protocol/ring.h"\n#include <fmt/format.h>\n',
    "protocol/ring.h": "#include <string>\n#include <tl/expected.hpp>\n",
    "client/CMakeLists.txt": "add_library(c api/client.cc) add_executable(ctl ctl/main.cc)",
    "client/api/client.cc": '#include <cachekit/client.h>\n#include "protocol/ring.h"\n',
    "client/include/cachekit/client.h": "#include <tl/expected.hpp>\n#include <string>\n",
    "client/include/cachekit/message_pack.h": "#include <msgpack.hpp>\n",
    "client/ctl/main.cc": "#include <CLI/CLI.hpp>\n#include <cachekit/client.h>\n",
    "node/CMakeLists.txt": "add_library(n main.cc storage/store.cc tracking/tracking.cc)",
    "node/main.cc": '#include "node/storage/store.h"\n#include "protocol/ring.h"\n#include <uv.h>\n',
    "node/storage/store.cc": '#include "node/storage/store.h"\n',
    "node/storage/store.h": "#include <string>\n",
    "node/tracking/tracking.cc": '#include "node/storage/store.h"\n',
    "examples/CMakeLists.txt": "example(quick)",
    "examples/quick.cc": "#include <cachekit/client.h>\n",
    "bench/load/CMakeLists.txt": "add_executable(bench main.cc)",
    "bench/load/main.cc": "#include <cachekit/client.h>\n#include <fmt/format.h>\n",
    "tests/unit/CMakeLists.txt": "t(SOURCES ring_test.cc)",
    "tests/unit/ring_test.cc": '#include "protocol/ring.h"\n#include "node/storage/store.h"\n',
}


class SourceRules(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name, text in CLEAN_TREE.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def append(self, name, text):
        path = self.root / name
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")

    def expect(self, name, part):
        found = source_rules.violations(self.root)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(name + ":"), found)
        self.assertIn(part, found[0])

    def test_a_clean_tree_has_no_violation(self):
        self.assertEqual(source_rules.violations(self.root), [])

    def test_every_planted_include_is_found(self):
        planted = [
            ("protocol/ring.cc", '#include "node/storage/store.h"', "protocol must not include"),
            ("protocol/ring.cc", "#include <uv.h>", "protocol must not include <uv.h>"),
            ("node/tracking/tracking.cc", "#include <uv.h>",
             "node/tracking must not include <uv.h>"),
            ("protocol/ring.cc", "#include <sys/socket.h>", "protocol must not include"),
            ("client/api/client.cc", '#include "node/storage/store.h"', "client must not include"),
            ("client/api/client.cc", "#include <spdlog/spdlog.h>", "client must not include"),
            ("node/main.cc", "#include <cachekit/client.h>", "node must not include"),
            ("node/main.cc", "#include <hiredis/hiredis.h>", "node must not include"),
            ("node/storage/store.h", '#include "protocol/ring.h"', "node/storage must not include"),
            ("node/storage/store.h", "#include <uv.h>", "node/storage must not include <uv.h>"),
            ("client/ctl/main.cc", '#include "protocol/ring.h"', "client/ctl must not include"),
            ("client/ctl/main.cc", '#include "client/api/client.h"', "client/ctl must not include"),
            ("examples/quick.cc", '#include "protocol/ring.h"', "examples must not include"),
            ("bench/load/main.cc", '#include "client/api/client.h"', "bench/load must not include"),
            ("client/include/cachekit/client.h", '#include "protocol/ring.h"', "must not include"),
            ("client/include/cachekit/client.h", "#include <fmt/format.h>", "every user would need"),
            ("client/include/cachekit/client.h", "#include <uv.h>", "every user would need"),
            ("client/include/cachekit/client.h", "#include <msgpack.hpp>", "every user would need"),
            ("node/main.cc", "#include <protocol/ring.h>", "our own headers stand in quotes"),
            ("node/main.cc", '#include "store.h"', "not written from the root"),
        ]
        for name, line, part in planted:
            with self.subTest(name=name, line=line):
                self.append(name, line + "\n")
                self.expect(name, part)
                self.write(name, CLEAN_TREE[name])

    def test_wide_lines_are_found(self):
        self.append("node/main.cc", "// " + "x" * 98 + "\n")
        self.expect("node/main.cc", "101 columns")

    def test_columns_are_characters_not_bytes(self):
        self.append("node/main.cc", "// " + "é" * 97 + "\n")
        self.assertEqual(source_rules.violations(self.root), [])

    def test_tabs_are_found(self):
        self.append("node/main.cc", "\tint x;\n")
        self.expect("node/main.cc", "a tab")

    def test_long_files_are_found(self):
        self.append("node/main.cc", "int x;\n" * 400)
        self.expect("node/main.cc", "403 lines")

    def test_a_source_that_nothing_builds_is_found(self):
        self.write("node/forgotten.cc", "")
        self.expect("node/forgotten.cc", "nothing builds it")

    def test_a_source_that_only_a_comment_names_is_found(self):
        self.write("node/forgotten.cc", "")
        self.append("node/CMakeLists.txt", "\n# forgotten.cc\n")
        self.expect("node/forgotten.cc", "nothing builds it")

    def test_a_header_that_nobody_includes_is_found(self):
        self.write("node/forgotten.h", "")
        self.expect("node/forgotten.h", "no file includes this header")


if __name__ == "__main__":
    unittest.main()
