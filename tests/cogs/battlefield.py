"""Battles that tests of `/battle` are asked about."""

from tests.factories import mail
from tests.wiring import AMAMAKE, JITA, Wiring

FIRST = "BR-Amamake-202111300310"
"""The id of the first `fight`, and of a `slaughter` where there is no other battle."""


async def fight(
    wiring: Wiring, *, first: int = 1, system: int = AMAMAKE, minutes: float = 190, crew: int = 0
) -> None:
    """Three kills of one battle, 10 minutes past three: A1 and A2 against B1 and B2, or a later crew of theirs."""
    a1, a2, b1, b2 = (f"{side}{crew * 10 + number}" for side in "AB" for number in (1, 2))
    await wiring.take(
        mail(first, minutes, b1, a1, a2, system=system, isk=4e8),
        mail(first + 1, minutes + 1, b2, a1, a2, system=system, isk=1e8),
        mail(first + 2, minutes + 2, a2, b1, b2, system=system, isk=2e8),
    )


async def many_fights(wiring: Wiring, count: int) -> None:
    """So many battles, each in a system and with a crew of its own."""
    for number in range(count):
        await fight(wiring, first=1 + number * 10, system=JITA + number, crew=number)


async def slaughter(
    wiring: Wiring,
    *,
    losses: int,
    parties: int = 2,
    first: int = 500,
    minutes: float = 190,
    crew: tuple[str, ...] = ("A1", "A2"),
    prey: str = "BCDEFGHIJKLMNOPQRSTUVWXYZ",
) -> None:
    """One battle in Amamake with many losses: a crew shoots pilots (`B1`) or hulls (`b`) of so many parties."""
    mails = []
    for number in range(losses):
        letter = prey[:parties][number % len(prey[:parties])]
        victim = f"{letter}{number}" if letter.isupper() else letter
        moment = minutes + number / 10
        value = 1e6 * (number + 1)
        mails.append(mail(first + number, moment, victim, *crew, system=AMAMAKE, isk=value))
    await wiring.take(*mails)
