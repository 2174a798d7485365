"""Typical losses against zKillboard's own figures, on recorded killmails."""

import json
import math
import statistics
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.domain.ids import GroupId, TypeId
from services.domain.isk import UNKNOWN_VALUE
from services.domain.killmail import Killmail
from services.feeds.wire import decode_zkb_package
from services.prices.rules import estimate, known_loss
from services.prices.typical import TypicalValues


def packages(folder: Path) -> Iterator[Killmail]:
    for file in sorted((folder / "killmails" / "zkb_packages").glob("*.json")):
        yield decode_zkb_package(file.read_bytes())
    many = folder / "killmails" / "redisq_2020-12-18" / "redisq_packages_62.concat.json"
    text, decoder, at = many.read_text(), json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        at += len(text[at:]) - len(text[at:].lstrip())
        found, at = decoder.raw_decode(text, at)
        yield decode_zkb_package(json.dumps(found["package"]).encode())


@pytest.fixture(scope="module")
def mails(recorded_data: Path) -> list[Killmail]:
    return list(packages(recorded_data))


@pytest.fixture(scope="module")
def groups(recorded_data: Path) -> dict[TypeId, GroupId]:
    with (recorded_data / "sde" / "types.jsonl").open() as lines:
        rows = (json.loads(line) for line in lines)
        return {TypeId(row["_key"]): GroupId(row["groupID"]) for row in rows}


def test_typical_losses_are_of_the_right_size(
    mails: list[Killmail], groups: dict[TypeId, GroupId]
) -> None:
    typical = TypicalValues.load()
    assert len(mails) == 78
    ratios = []
    for mail in mails:
        bare = replace(mail, value=UNKNOWN_VALUE)
        guess = estimate(
            known_loss(bare.victim, {}),
            typical.find(bare.victim.ship_type_id, groups.get),
            unpriced_share=0.25,
        ).isk
        assert guess is not None, f"no typical loss for type {bare.victim.ship_type_id}"
        assert mail.value.isk
        ratios.append(guess / mail.value.isk)
    median = statistics.median(ratios)
    within = sum(1 / 3 <= ratio <= 3 for ratio in ratios)
    spread = statistics.median(abs(math.log10(ratio)) for ratio in ratios)
    print(
        f"typical/zKillboard: median {median:.2f}, off by x{10**spread:.2f} in the middle case, "
        f"{within} of {len(ratios)} within a factor 3, from {min(ratios):.4f} to {max(ratios):.2f}"
    )
    assert 0.5 < median < 2
    assert within >= 0.6 * len(ratios)
