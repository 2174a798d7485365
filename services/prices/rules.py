"""What a killmail is worth when the feed did not say.

The rule, and why:

1. A type is worth ESI's `average_price` (what was paid on the market lately), else what the trade hubs ask (Fuzzwork,
   then Janice), else ESI's `adjusted_price` (CCP's smoothed figure, also there for things that are rarely traded).
   Nothing above 0: no price. A mutated (abyssal) module has none whatever a list says: each is one of a kind.
2. The sum is the hull and every item, destroyed and dropped, as zKillboard counts it. A blueprint copy adds nothing:
   the market's price is that of the original, up to thousands of times more. What copies and mutated modules are worth
   is not known, and they are counted as such beside the sum.
3. The sum stands when the hull has a price and at most a stated share of the item stacks has none. Stacks are counted,
   not pieces: 10,000 rounds of one charge are one gap. A copy is no gap: mostly it is worth little.
4. Else the typical loss of the hull (fit included) takes its place, else that of its group. But what is known to have
   been lost is a floor: a capsule has no price and typically carries nothing, yet this one's implants are priced.
5. No typical loss either: the sum is used when it holds the hull, for a hull is most of what dies. A few priced items
   of a hull that nobody can price say nothing about the loss: the value is unknown.
6. What dropped is known where the sum stands: the part of it that lay in dropped pieces (a hull never drops). A typical
   loss does not say what of it dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.domain.ids import TypeId
from services.domain.isk import UNKNOWN_VALUE, Value, ValueSource
from services.domain.killmail import Victim

Prices = Mapping[TypeId, float]
"""ISK per piece; every figure is above 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLoss:
    """The part of a loss that has prices. `stacks` are those that could have one, `unpriced` those of them without."""

    isk: float
    dropped: float
    """The part of `isk` that was not destroyed."""
    hull_priced: bool
    stacks: int
    unpriced: int
    copies: int = 0
    """Stacks of blueprint copies."""


def known_loss(victim: Victim, prices: Prices) -> KnownLoss:
    """Hull and items, destroyed and dropped (rule 2)."""
    hull = prices.get(victim.ship_type_id) if victim.ship_type_id is not None else None
    isk, dropped, stacks, unpriced, copies = hull or 0.0, 0.0, 0, 0, 0
    for item in victim.items:
        pieces = item.destroyed + item.dropped
        if pieces <= 0:
            continue
        if item.copy:
            copies += 1
            continue
        stacks += 1
        each = prices.get(item.type_id)
        if each is None:
            unpriced += 1
        else:
            isk += each * pieces
            dropped += each * item.dropped
    return KnownLoss(
        isk=isk,
        dropped=dropped,
        hull_priced=hull is not None,
        stacks=stacks,
        unpriced=unpriced,
        copies=copies,
    )


def estimate(known: KnownLoss, typical: float | None, *, unpriced_share: float) -> Value:
    """ISK lost, from what has prices and from the typical loss of such a hull (rules 3 to 5); may be unknown."""
    unpriced = known.unpriced + known.copies
    dropped = (
        known.dropped if 0 <= known.dropped <= known.isk else None
    )  # odd mails count backwards
    summed = Value(isk=known.isk, source=ValueSource.ESTIMATE, unpriced=unpriced, dropped=dropped)
    if known.hull_priced and known.unpriced <= unpriced_share * known.stacks:
        return summed
    if typical is not None and typical > known.isk:
        return Value(isk=typical, source=ValueSource.TYPICAL)
    if known.hull_priced or typical is not None:
        return summed
    return UNKNOWN_VALUE
