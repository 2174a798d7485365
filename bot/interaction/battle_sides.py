"""`/battle sides`: who fought beside whom, and how members of a server put it right.

Two lists, one after the other: which party, and to which side. A list holds 25 lines, so both have pages. Every member
may do it, for their own server; what they moved is marked, and Reset takes it back.
"""

from dataclasses import replace

from bot.client import WarRoomBot
from bot.interaction.actions import custom_id
from bot.interaction.backdrop import backdrop, ids_in_battles
from bot.interaction.battle_answers import side_names
from bot.interaction.menus import Menu, MenuOption, chosen
from bot.interaction.paging import Page, Pager, page_count
from bot.interaction.replies import Interaction
from bot.interaction.rights import guild_of
from bot.presentation.battle_sides import render_sides
from bot.presentation.card import ActionButton, Tone
from bot.presentation.figures import letters
from bot.presentation.lexicon import Lexicon
from bot.presentation.phrases import counted, organisation_plain
from services.domain.battle import Battle, BattleState, Party, Side, SideMove
from services.domain.errors import NotFound
from services.domain.ids import UserId
from services.domain.killmail import Organisation, OrganisationKind, party

_PAGES, _PARTY, _SIDE = "sides", "sides-party", "sides-to"
_OTHER, _RESET = "sides-other", "sides-reset"
_ALONE = "own"
_MENU = 25
_LETTERS = {
    OrganisationKind.ALLIANCE: "a",
    OrganisationKind.CORPORATION: "c",
    OrganisationKind.FACTION: "f",
    OrganisationKind.CHARACTER: "p",
}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
_PRUNED = "Its oldest kills are no longer stored in full, so its sides cannot be counted anew and nobody can be moved."


class SideMoving:
    """The card of a battle's sides with its lists. State and question: the battle's id, and a party behind a comma."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._pager = Pager(bot.actions, _PAGES, self._page)
        bot.actions.register(_PARTY, self._on_party)
        bot.actions.register(_SIDE, self._on_side)
        bot.actions.register(_OTHER, self._on_other)
        bot.actions.register(_RESET, self._on_reset)

    async def open(
        self, interaction: Interaction, public_id: str, *, note: str | None = None
    ) -> None:
        """Answer with the sides and the list of parties, for the asker alone. NoPrivateMessage outside of servers."""
        await self._pager.open(interaction, public_id, private=True, note=note)

    async def _page(self, interaction: Interaction, question: str, number: int) -> Page:
        guild_id = guild_of(interaction)
        public_id, _, moving = question.partition(",")
        found = await self._services.battles.get(public_id)
        battle = await self._services.battle_sides.seen_by(found, guild_id)
        moves = await self._services.battle_sides.moves_of(guild_id, battle.key)
        named = ids_in_battles([battle]).union(*(_ids_in(move) for move in moves))
        scene = await backdrop(self._services, guild_id, ids=named)
        card = render_sides(battle, moves, scene.lexicon, now=scene.now, zone=scene.zone)
        if battle.state is BattleState.FROZEN:
            return Page(card=replace(scene.finished(card), content=_PRUNED), page=0, pages=1)
        menu = _side_menu if moving else _party_menu
        options, placeholder = menu(battle, moving, scene.lexicon)
        pages = page_count(len(options), _MENU)
        page = min(number, pages - 1)
        owner = interaction.user.id
        shown = Menu(
            custom_id=custom_id(_SIDE if moving else _PARTY, owner=owner, state=question),
            placeholder=placeholder,
            options=options[page * _MENU : (page + 1) * _MENU],
        )
        buttons = _buttons(public_id, owner=owner, moving=bool(moving), moved=bool(moves))
        card = replace(scene.finished(card), buttons=(*card.buttons, *buttons))
        return Page(card=card, page=page, pages=pages, menus=(shown,) if options else ())

    async def _on_party(self, interaction: Interaction, public_id: str) -> None:
        question = f"{public_id},{chosen(interaction)[0]}"
        await self._pager.show(interaction, question, number=0)

    async def _on_side(self, interaction: Interaction, question: str) -> None:
        guild_id = guild_of(interaction)
        await interaction.response.defer()
        public_id, _, moving = question.partition(",")
        beside = chosen(interaction)[0]
        await self._services.battle_sides.move(
            guild_id,
            public_id,
            _read(moving),
            None if beside == _ALONE else _read(beside),
            by=UserId(interaction.user.id),
        )
        await self._pager.show(interaction, public_id, number=0)

    async def _on_other(self, interaction: Interaction, public_id: str) -> None:
        await self._pager.show(interaction, public_id, number=0)

    async def _on_reset(self, interaction: Interaction, public_id: str) -> None:
        guild_id = guild_of(interaction)
        await interaction.response.defer()
        await self._services.battle_sides.reset(guild_id, public_id)
        await self._pager.show(interaction, public_id, number=0)


def _ids_in(move: SideMove) -> set[int]:
    return {who.id for who in (move.party, move.beside) if who is not None}


def _party_menu(battle: Battle, _: str, lexicon: Lexicon) -> tuple[tuple[MenuOption, ...], str]:
    """All parties, side by side as the card tells them."""
    names = _named_sides(battle, lexicon)
    options = tuple(
        MenuOption(
            label=organisation_plain(lexicon, one.organisation),
            value=_written(one.organisation),
            description=_party_words(one, side, names[place]),
        )
        for place, side in enumerate(battle.sides)
        for one in side.parties
    )
    return options, "Which party stands on the wrong side?"


def _side_menu(battle: Battle, moving: str, lexicon: Lexicon) -> tuple[tuple[MenuOption, ...], str]:
    """All sides but its own, and one of its own where it has company. NotFound for a party that is not there."""
    who = _read(moving)
    own = next((s for s in battle.sides if any(p.organisation == who for p in s.parties)), None)
    if own is None:
        raise NotFound("That party is not in this battle any more. Use `/battle sides` again.")
    options = [
        MenuOption(
            label=name,
            value=_written(side.parties[0].organisation),
            description=_side_words(side),
        )
        for side, name in zip(battle.sides, _named_sides(battle, lexicon), strict=True)
        if side is not own and side.parties
    ]
    if len(own.parties) > 1:
        options.append(MenuOption(label="On a side of its own", value=_ALONE))
    return tuple(options), f"{organisation_plain(lexicon, who, limit=40)} fought …"


def _buttons(public_id: str, *, owner: int, moving: bool, moved: bool) -> list[ActionButton]:
    buttons = []
    if moving:
        pressed = custom_id(_OTHER, owner=owner, state=public_id)
        buttons.append(ActionButton(label="Another party", custom_id=pressed))
    if moved:
        pressed = custom_id(_RESET, owner=owner, state=public_id)
        buttons.append(ActionButton(label="Reset", custom_id=pressed, tone=Tone.DANGER))
    return buttons


def _party_words(one: Party, side: Side, name: str) -> str:
    words = ["alone" if len(side.parties) == 1 else name, counted(one.pilots, "pilot")]
    if one.losses:
        words.append(f"lost {one.losses:,}")
    if one.moved:
        words.append("moved")
    elif one.certainty is not None:
        words.append(f"{one.certainty:.0%} sure")
    return " · ".join(words)[:100]


def _named_sides(battle: Battle, lexicon: Lexicon) -> list[str]:
    """`Side A: Fraternity. +5`, by the letters of the card; small sides have none."""
    letter = letters(battle)
    return [
        f"Side {letter[place]}: {name}" if place in letter else name
        for place, name in enumerate(side_names(battle, lexicon))
    ]


def _side_words(side: Side) -> str:
    return f"{counted(side.pilots, 'pilot')} · {counted(side.losses, 'loss', 'losses')}"


def _written(who: Organisation) -> str:
    return f"{_LETTERS[who.kind]}{who.id}"


def _read(text: str) -> Organisation:
    return party(int(text[1:]), _KINDS[text[0]])
