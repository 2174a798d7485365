"""What a board shows, and how two of them are told apart: pure.

A thousand boards show a few dozen different things: what boards of the same regions and defenders share is made once.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec

from services.domain.ids import RegionId, SystemId
from services.domain.sovereignty import Campaign, Score, Timers
from services.domain.timer import Board, BoardState, OwnTimer
from services.publishing.reading import missed_start

CAMPAIGNS = 25
"""Contests on one board: what a message has room for."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_encoder = msgspec.json.Encoder()

RegionOf = Callable[[SystemId], RegionId | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A board's state, and `looks`: equal where a reader would see no difference but the age."""

    state: BoardState
    looks: bytes


class BoardStates:
    """The states of many boards at one moment."""

    def __init__(self, timers: Timers, *, region_of: RegionOf, now: datetime) -> None:
        """Make it.

        Args:
            timers: what lies ahead everywhere.
            region_of: the region of a system.
            now: the moment.
        """
        self._now = now
        self._timers = timers
        self._region_of = region_of
        self._made: dict[object, Shown] = {}

    def of(self, board: Board, own: Iterable[OwnTimer]) -> Shown:
        """What a board shows: the campaigns of its regions or defenders, in their order, and the own timers for boards.

        Args:
            board: the board.
            own: its server's timers, by time.
        """
        bare = self._bare(board)
        timers = tuple(timer for timer in own if board.own_timers and timer.on_boards)
        return Shown(replace(bare.state, timers=timers), _with(bare.looks, timers))

    def _bare(self, board: Board) -> Shown:
        """Without the server's own timers."""
        scope = board.regions, board.parties
        if (made := self._made.get(scope)) is None:
            state = self._state(board)
            made = self._made[scope] = Shown(state, _looks_bare(state))
        return made

    def _state(self, board: Board) -> BoardState:
        wanted = [one for one in self._timers.campaigns if self._is_wanted(board, one)]
        shown = tuple(wanted[:CAMPAIGNS])
        systems = {campaign.system_id for campaign in shown}
        adms = {
            claim.system_id: claim.adm
            for claim in self._timers.claims
            if claim.adm is not None and claim.system_id in systems
        }
        return BoardState(
            campaigns=shown,
            adms=tuple(sorted(adms.items())),
            timers=(),
            more=len(wanted) - len(shown),
            freshness=self._timers.freshness,
            missed=tuple(one.id for one in shown if missed_start(one, self._now)),
        )

    def _is_wanted(self, board: Board, campaign: Campaign) -> bool:
        if not board.regions and not board.parties:
            return True
        if any(campaign.defender_id == party.id for party in board.parties):
            return True
        return bool(board.regions) and self._region_of(campaign.system_id) in board.regions


def looks(state: BoardState) -> bytes:
    """Equal for states that look the same but for their age."""
    return _with(_looks_bare(state), state.timers)


def _with(bare: bytes, timers: tuple[OwnTimer, ...]) -> bytes:
    return _digest(bare + _encoder.encode(timers)) if timers else bare


def _looks_bare(state: BoardState) -> bytes:
    """When the source last confirmed it is told now and then, not each time."""
    known = None if state.freshness.as_of is None else _EPOCH
    plain = replace(
        state,
        campaigns=tuple(_plain(campaign) for campaign in state.campaigns),
        timers=(),
        freshness=replace(state.freshness, as_of=known),
    )
    return _digest(_encoder.encode(plain))


def _digest(of: bytes) -> bytes:
    return hashlib.blake2b(of, digest_size=16).digest()


def _plain(campaign: Campaign) -> Campaign:
    """What a board says of it: of when it was seen last, whether that was after its start."""
    score = campaign.score
    scores = () if score is None else (Score(_EPOCH, score.defender, score.attackers),)
    seen = campaign.start if campaign.has_begun else _EPOCH
    return replace(campaign, seen=seen, first_seen=_EPOCH, scores=scores, participants=())
