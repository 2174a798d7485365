"""Which alerts of a document are taken in, and what is said of the others. Pure.

All of it is checked before anything is stored.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from services.alerts.document import called
from services.alerts.rules import check_room, completed, find_same, free_name
from services.alerts.settings import AlertSettings
from services.domain.alert import Alert, AlertRequest
from services.domain.errors import UserError
from services.domain.ids import RoleId


def checked(
    asked: Sequence[AlertRequest],
    *,
    settings: AlertSettings,
    check: Callable[[AlertRequest], None],
) -> list[AlertRequest]:
    """The alerts in their usual form; what is stored already need not be known. Raises UserError for a fault.

    `check` refuses what makes no sense by itself.
    """
    check_room(len(asked), settings)
    found = []
    for number, wanted in enumerate(asked, start=1):
        try:
            request = completed(wanted, settings)
            check(request)
        except UserError as error:
            raise UserError(f"{called(number, wanted.name)}: {error}") from error
        found.append(request)
    return found


def admitted(
    asked: Sequence[AlertRequest],
    present: Sequence[Alert],
    *,
    roles: Collection[RoleId],
    settings: AlertSettings,
) -> tuple[list[AlertRequest], list[str]]:
    """Of checked ones those to be stored, and a sentence about each that is not, or not as it stood.

    `roles`: those that may be called; an alert that would call another one calls nobody. Raises UserError for too many.
    """
    new: list[AlertRequest] = []
    told: list[str] = []
    for number, wanted in enumerate(asked, start=1):
        which = called(number, wanted.name)
        request, deaf = _allowed(wanted, roles)
        if (same := find_same(request, present)) is not None:
            told.append(f"{which} is here already: it is alert #{same.id}.")
        elif find_same(request, new) is not None:
            told.append(f"{which} stands in the document twice; it was taken once.")
        else:
            new.append(replace(request, name=free_name(request.name, [*present, *new])))
            if deaf is not None:
                told.append(f"{which} calls nobody: <@&{deaf}> is no role that you may call here.")
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
