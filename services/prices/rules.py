"""What a killmail is worth when the feed did not say.

The rule, and why:

1. A type is worth ESI's `average_price` (what was paid on the market lately), else its `adjusted_price` (CCP's smoothed
   figure, also there for things that are rarely traded). Neither, or nothing above 0: no price.
2. The sum is the hull and every item, destroyed and dropped, as zKillboard counts it. A blueprint copy counts as
   nothing: the market's price is that of the original, up to thousands of times more. It is no gap either.
3. The sum stands when the hull has a price and at most a stated share of the item stacks has none. Stacks are counted,
   not pieces: 10,000 rounds of one charge are one gap.
4. Else the typical loss of the hull (fit included) takes its place, else that of its group. But what is known to have
   been lost is a floor: a capsule has no price and typically carries nothing, yet this one's implants are priced.
5. No typical loss either: the sum is used when it holds the hull, for a hull is most of what dies. A few priced items
   of a hull that nobody can price say nothing about the loss: the value is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.domain.ids import TypeId
from services.domain.killmail import Victim

Prices = Mapping[TypeId, float]
"""ISK per piece; every figure is above 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLoss:
    """The part of a loss that has prices. `stacks` are those that could have one, `unpriced` those of them without."""

    isk: float
    hull_priced: bool
    stacks: int
    unpriced: int


def price(average: float | None, adjusted: float | None) -> float | None:
    """What one piece is worth in ISK (rule 1)."""
    if average is not None and average > 0:
        return average
    return adjusted if adjusted is not None and adjusted > 0 else None


def known_loss(victim: Victim, prices: Prices) -> KnownLoss:
    """Hull and items, destroyed and dropped (rule 2)."""
    hull = prices.get(victim.ship_type_id) if victim.ship_type_id is not None else None
    isk, stacks, unpriced = hull or 0.0, 0, 0
    for item in victim.items:
        pieces = item.destroyed + item.dropped
        if item.copy or pieces <= 0:
            continue
        stacks += 1
        each = prices.get(item.type_id)
        if each is None:
            unpriced += 1
        else:
            isk += each * pieces
    return KnownLoss(isk=isk, hull_priced=hull is not None, stacks=stacks, unpriced=unpriced)


def estimate(known: KnownLoss, typical: float | None, *, unpriced_share: float) -> float | None:
    """ISK lost, from what has prices and from the typical loss of such a hull (rules 3 to 5); None when unknown."""
    if known.hull_priced and known.unpriced <= unpriced_share * known.stacks:
        return known.isk
    if typical is not None:
        return max(known.isk, typical)
    return known.isk if known.hull_priced else None
