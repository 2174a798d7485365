"""Parting signed graphs: the best there is for small ones, as good for larger ones, always the same."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.battles import solving
from services.battles.solving import part, worth


def graph(count: int, weights: dict[tuple[int, int], int]) -> list[dict[int, int]]:
    rows: list[dict[int, int]] = [{} for _ in range(count)]
    for (a, b), weight in weights.items():
        rows[a][b] = rows[b][a] = weight
    return rows


def parted(rows: list[dict[int, int]]) -> list[int]:
    return part(dict(enumerate(rows)))


def partitions(count: int) -> Iterator[list[int]]:
    """Every partition of so many nodes."""
    if not count:
        yield []
        return
    for before in partitions(count - 1):
        for group in range(max(before, default=-1) + 2):
            yield [*before, group]


def brute_force(rows: list[dict[int, int]]) -> int:
    return max(worth(rows, group) for group in partitions(len(rows)))


@st.composite
def graphs(draw, most=7):
    count = draw(st.integers(1, most))
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    found = draw(st.lists(st.integers(-9, 9), min_size=len(pairs), max_size=len(pairs)))
    return graph(count, dict(zip(pairs, found, strict=True)))


@given(rows=graphs())
def test_small_graphs_are_parted_as_well_as_can_be(rows):
    assert worth(rows, parted(rows)) == brute_force(rows)


@given(rows=graphs(most=6), seed=st.integers(0, 9))
def test_the_numbers_of_the_nodes_do_not_matter(rows, seed):
    new = list(range(len(rows)))
    random.Random(seed).shuffle(new)
    renamed: list[dict[int, int]] = [{} for _ in rows]
    for node, row in enumerate(rows):
        renamed[new[node]] = {new[other]: weight for other, weight in row.items()}
    assert worth(renamed, parted(renamed)) == worth(rows, parted(rows))


def noisy(count: int, seed: int) -> list[dict[int, int]]:
    chance = random.Random(seed)
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    return graph(count, {pair: chance.randint(-9, 9) for pair in pairs if chance.random() < 0.7})


@pytest.mark.parametrize("seed", range(30))
def test_the_search_finds_what_trying_everything_finds(seed, monkeypatch):
    rows = noisy(8, seed)
    exact = worth(rows, parted(rows))
    monkeypatch.setattr(solving, "SMALL", 0)
    assert worth(rows, parted(rows)) >= 0.9 * exact


def test_noisy_graphs_are_mostly_solved_without_trying_everything(monkeypatch):
    exact = [worth(noisy(8, seed), parted(noisy(8, seed))) for seed in range(30)]
    monkeypatch.setattr(solving, "SMALL", 0)
    found = [worth(noisy(8, seed), parted(noisy(8, seed))) for seed in range(30)]
    assert sum(a == b for a, b in zip(exact, found, strict=True)) >= 25


@pytest.mark.parametrize("seed", range(5))
def test_a_graph_is_always_parted_the_same_way(seed):
    assert parted(noisy(40, seed)) == parted(noisy(40, seed))


def test_unconnected_parts_stay_apart():
    assert parted(graph(5, {(0, 3): 2, (1, 4): 1, (0, 4): 0})) == [0, 1, 2, 0, 1]


def test_a_bond_that_moving_single_nodes_cannot_win_is_won_by_joining():
    rows = graph(4, {(0, 1): 9, (2, 3): 9, (0, 2): 2, (0, 3): -1, (1, 2): -1, (1, 3): 1})
    found = solving._settle(rows, [0, 0, 2, 2])
    assert len(set(found)) == 1
