"""The cells of the comparison: which requests on which data."""

import dataclasses
import fnmatch

KEY_BYTES = 16
CONNECTIONS = 50


@dataclasses.dataclass(frozen=True)
class Data:
    keys: int
    value_bytes: int

    @property
    def name(self):
        thousands = self.keys // 1000
        keys = f"{thousands // 1000}M" if thousands % 1000 == 0 else f"{thousands}k"
        return f"{self.value_bytes}B/{keys}"


@dataclasses.dataclass(frozen=True)
class Cell:
    operation: str  # get or set
    depth: int
    data: Data

    @property
    def name(self):
        return f"{self.operation.upper()}/{self.depth}/{self.data.name}"


ALL = [Cell(operation, depth, Data(keys, value_bytes))
       for keys in (100_000, 10_000_000)
       for value_bytes in (32, 500)
       for operation in ("get", "set")
       for depth in (1, 16, 64)]

QUICK = "*/1/500B/100k,*/64/500B/100k,GET/64/32B/100k"


def chosen(patterns):
    """Those whose name fits one of the patterns, as in GET/*/500B/100k; separated by commas."""
    return [cell for cell in ALL
            if any(fnmatch.fnmatchcase(cell.name, pattern) for pattern in patterns.split(","))]


def by_data(cells):
    """The cells of each set of data, since loading ten million keys takes longer than a cell."""
    groups = {}
    for cell in cells:
        groups.setdefault(cell.data, []).append(cell)
    return groups
