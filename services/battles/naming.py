"""Public ids: made from where and when a battle began, and never taken from a battle once people have seen them.

A battle's *stem* is `BR-{system}-{minute}`. Battles of one stem are numbered by their lowest killmail id, the lowest
without a number. When a late mail moves a battle to an earlier minute, both its old and its new stem are numbered
afresh; ids that nobody has seen are free to move, so that any order of arrival ends with the same names.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from services.battles import store
from services.battles.ids import numbered, stem_of
from services.battles.store import Namesake
from services.domain.ids import BattleKey
from services.storage.database import Transaction


async def number_afresh(tx: Transaction, stems: Collection[str]) -> dict[BattleKey, str]:
    """Name every battle of these stems; returns the present id of each."""
    if not stems:
        return {}
    by_stem: dict[str, list[Namesake]] = defaultdict(list)
    for namesake in await store.load_namesakes(tx, stems):
        by_stem[namesake.stem].append(namesake)
    ids = await store.load_ids(tx, stems)
    shown = {name: key for name, (key, seen) in ids.items() if seen}
    names: dict[BattleKey, str] = {}
    for stem, namesakes in by_stem.items():
        names |= _assign(stem, namesakes, shown)
    kept = {(key, name) for key, name in names.items()}
    await store.drop_ids(
        tx, [name for name, (key, seen) in ids.items() if not seen and (key, name) not in kept]
    )
    present = {name: key for name, (key, seen) in ids.items() if seen or (key, name) in kept}
    await store.add_ids(tx, {key: name for key, name in names.items() if name not in present})
    before = {n.key: n.public_id for same in by_stem.values() for n in same}
    await store.rename(tx, {key: name for key, name in names.items() if name != before[key]})
    return names


def _assign(
    stem: str, namesakes: Sequence[Namesake], shown: dict[str, BattleKey]
) -> dict[BattleKey, str]:
    """What people have seen of this stem stays where it leads; the others take the free numbers in their order."""
    names: dict[BattleKey, str] = {}
    for name, key in sorted(shown.items(), key=lambda item: (len(item[0]), item[0])):
        if stem_of(name) == stem and any(namesake.key == key for namesake in namesakes):
            names.setdefault(key, name)
    taken = {*shown, *names.values()}
    for namesake in namesakes:
        if namesake.key not in names:
            names[namesake.key] = next(name for name in numbered(stem) if name not in taken)
            taken.add(names[namesake.key])
    return names
