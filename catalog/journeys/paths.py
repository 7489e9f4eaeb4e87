"""The path of the lowest cost through candidates, with limits on what may be used how often. Numbers only.

Candidates are rows; row START is where a path starts, row END where it ends. A path of n rows x_0 .. x_(n-1) costs

    sum over its steps of edges[x_(k-1), x_k]  +  sum over the rows between the ends of nodes[k, x_k]

Without limits the cheapest rest of a path from every row is exact, by dynamic programming from the end. It guides a
beam search that keeps the limits, and that no row is used twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

START, END = 0, 1
BEAM = 32  # paths that are followed at once


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` rows of a path have the same key; 0: any number. `keys[row]` are numbers from 0."""

    keys: Sequence[tuple[int, ...]]
    limit: int

    def room(self) -> int:
        """No more rows than this can be between the ends, by this quota alone."""
        if not self.limit:
            return len(self.keys)
        left, free = {}, 0
        for row, keys in enumerate(self.keys):
            for key in keys:
                left.setdefault(key, self.limit)
            if row in (START, END):
                for key in keys:
                    left[key] -= 1
            free += not keys and row not in (START, END)
        members: dict[int, int] = {}
        for keys in self.keys[2:]:
            for key in keys[:1]:
                members[key] = members.get(key, 0) + 1
        first = sum(min(max(left[key], 0), number) for key, number in members.items())
        return free + first


def costs_to_go(edges: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """[p, p] and [n, p] -> [n, p]: the cost of the cheapest rest of a path that is at a row after k steps.

    It includes nodes[k] of that row, and ignores all limits.
    """
    count, rows = nodes.shape
    costs = np.full((count, rows), np.inf, np.float32)
    costs[-1, END] = 0
    for step in range(count - 2, 0, -1):
        costs[step] = nodes[step] + (edges + costs[step + 1]).min(axis=1)
        costs[step, [START, END]] = np.inf
    return costs


def cheapest_path(
    edges: np.ndarray, nodes: np.ndarray, to_go: np.ndarray, quotas: Sequence[Quota] = ()
) -> list[int] | None:
    """The rows of the cheapest path that the beam finds, from START to END; None if it finds none within the quotas.

    Without quotas there is always one if there are at least as many rows as steps.
    """
    count = len(nodes)
    search = _Beam(edges, nodes, [_Use(quota) for quota in quotas if quota.limit])
    for step in range(1, count - 1):
        if not search.advance(step, to_go[step]):
            return None
    return search.best()


class _Use:
    """A quota while paths grow: how often each path has each key."""

    def __init__(self, quota: Quota) -> None:
        self.keys, self.limit = quota.keys, quota.limit
        members: dict[int, list[int]] = {}
        for row, keys in enumerate(quota.keys):
            for key in keys:
                members.setdefault(key, []).append(row)
        self.members = {key: np.array(found) for key, found in members.items()}
        self.counts = np.zeros((1, max(members, default=-1) + 1), np.int32)

    def add(self, path: int, row: int, banned: np.ndarray) -> None:
        for key in self.keys[row]:
            self.counts[path, key] += 1
            if self.counts[path, key] >= self.limit:
                banned[path, self.members[key]] = True


class _Beam:
    """The cheapest paths so far, in the order of what they may cost in the end."""

    def __init__(self, edges: np.ndarray, nodes: np.ndarray, uses: Sequence[_Use]) -> None:
        self._edges, self._nodes, self._uses = edges, nodes, uses
        self._costs = np.zeros(1, np.float32)
        self._paths = np.full((1, 1), START)
        self._banned = np.zeros((1, len(edges)), bool)
        self._banned[0, [START, END]] = True
        for use in uses:
            for row in (START, END):
                use.add(0, row, self._banned)

    def advance(self, step: int, to_go: np.ndarray) -> bool:
        """Extend the paths by one row. False if none can be."""
        last = self._paths[:, -1]
        whole = self._costs[:, None] + self._edges[last] + to_go
        whole[self._banned] = np.inf
        flat = whole.ravel()
        kept = np.argpartition(flat, BEAM)[:BEAM] if len(flat) > BEAM else np.arange(len(flat))
        kept = kept[np.isfinite(flat[kept])]
        if not len(kept):
            return False
        kept = kept[np.lexsort((kept, flat[kept]))]
        parents, rows = np.divmod(kept, len(self._edges))
        self._costs = self._costs[parents] + self._edges[last[parents], rows] + self._nodes[step, rows]
        self._paths = np.column_stack([self._paths[parents], rows])
        self._banned = self._banned[parents]
        self._banned[np.arange(len(rows)), rows] = True
        for use in self._uses:
            use.counts = use.counts[parents]
            for path, row in enumerate(rows.tolist()):
                use.add(path, row, self._banned)
        return True

    def best(self) -> list[int]:
        ends = self._costs + self._edges[self._paths[:, -1], END]
        return [*self._paths[int(np.argmin(ends))].tolist(), END]
