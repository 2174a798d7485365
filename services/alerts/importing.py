"""Which alerts of a document are taken in, and what is said of the others. Pure.

All of it is checked before anything is stored.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from services.alerts.rules import check_room, completed, find_same, free_name
from services.alerts.settings import AlertSettings
from services.domain.alert import Alert, AlertRequest
from services.domain.errors import UserError
from services.domain.ids import RoleId


def admitted(
    asked: Sequence[AlertRequest],
    present: Sequence[Alert],
    *,
    roles: Collection[RoleId],
    settings: AlertSettings,
    check: Callable[[AlertRequest], None],
) -> tuple[list[AlertRequest], list[str]]:
    """Those to be stored, and a sentence about each that is not, or not as it stood. Raises UserError for a fault.

    `roles`: those that may be called; an alert that would call another one calls nobody. `check` refuses what makes no
    sense by itself.
    """
    check_room(len(asked), settings)
    new: list[AlertRequest] = []
    told: list[str] = []
    for number, wanted in enumerate(asked):
        place = f"`alerts[{number}]`"
        try:
            request, deaf = _allowed(completed(wanted, settings), roles)
            check(request)
        except UserError as error:
            raise UserError(f"{place}: {error}") from error
        if (same := find_same(request, present)) is not None:
            told.append(f"{place} is here already: it is alert #{same.id}.")
        elif find_same(request, new) is not None:
            told.append(f"{place} stands in the document twice; it was taken once.")
        else:
            new.append(replace(request, name=free_name(request.name, [*present, *new])))
            if deaf is not None:
                told.append(f"{place} calls nobody: <@&{deaf}> is no role that you may call here.")
    check_room(len(present) + len(new), settings)
    return new, told


def _allowed(
    request: AlertRequest, roles: Collection[RoleId]
) -> tuple[AlertRequest, RoleId | None]:
    """The request without a role that may not be called, and that role."""
    role = request.role_id
    if role is None or role in roles:
        return request, None
    return replace(request, role_id=None), role
