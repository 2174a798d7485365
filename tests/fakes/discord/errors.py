"""Every refusal that Discord documents has a code; this table is the only place that maps code to status and words.

`DiscordError` travels from the handler that judges to the frame that answers. `Form` gathers the faults of one body
so that, like Discord, one answer names all of them, each at its path.
"""

from collections.abc import Collection, Sequence
from typing import Any

INVALID_FORM = 50035

KNOWN: dict[int, tuple[int, str]] = {
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
    40005: (413, "Request entity too large"),
    40058: (400, "Cannot send a message in a forum channel"),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    INVALID_FORM: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (403, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
}


class DiscordError(Exception):
    """One refusal: the HTTP status and the JSON body that goes with it."""

    def __init__(self, code: int, *, errors: dict[str, Any] | None = None) -> None:
        status, message = KNOWN[code]
        super().__init__(f"{code}: {message} {errors or ''}")
        self.status = status
        self.body: dict[str, Any] = {"message": message, "code": code}
        if errors:
            self.body["errors"] = errors


class Unauthorized(DiscordError):
    """A missing or wrong token."""

    def __init__(self) -> None:
        Exception.__init__(self, "401")
        self.status = 401
        self.body = {"message": "401: Unauthorized", "code": 0}


Path = tuple[str | int, ...]


class Form:
    """Collects the faults of one body. Lengths are code points of the text without surrounding blanks."""

    def __init__(self) -> None:
        self.errors: dict[str, Any] = {}

    def add(self, path: Path, code: str, message: str) -> None:
        """Note a fault at `path`."""
        place = self.errors
        for step in path:
            place = place.setdefault(str(step), {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def raise_if_any(self) -> None:
        """Refuse the body with 50035 when a fault was noted."""
        if self.errors:
            raise DiscordError(INVALID_FORM, errors=self.errors)

    def required(self, path: Path) -> None:
        """Note that the field at `path` is missing or blank."""
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def text(self, path: Path, value: Any, *, most: int, least: int = 0) -> None:
        """A string of `least` to `most` code points; None counts as absent."""
        if value is None:
            if least:
                self.required(path)
            return
        if not isinstance(value, str):
            self.add(path, "BASE_TYPE_STRING", "Must be a string.")
            return
        length = len(value.strip())
        if least and not length:
            self.required(path)
        elif least > 1 and not least <= length <= most:
            words = f"Must be between {least} and {most} in length."
            self.add(path, "BASE_TYPE_BAD_LENGTH", words)
        elif length > most:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def items(self, path: Path, value: Any, *, most: int, least: int = 0) -> Sequence[Any]:
        """A list of `least` to `most`; answers what may be judged further."""
        if value is None:
            value = []
        if not isinstance(value, list):
            self.add(path, "BASE_TYPE_LIST", "Must be a list.")
            return []
        if not least <= len(value) <= most:
            words = f"Must be between {least} and {most} in length."
            self.add(path, "BASE_TYPE_BAD_LENGTH", words)
        return value

    def whole(self, path: Path, value: Any, *, least: int, most: int) -> None:
        """An int in a range; None counts as absent."""
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool):
            self.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif not least <= value <= most:
            words = f"int value should be between {least} and {most}."
            self.add(path, "NUMBER_TYPE_RANGE", words)

    def choice(self, path: Path, value: Any, allowed: Collection[Any]) -> bool:
        """One of `allowed`; True when it is."""
        if value in allowed:
            return True
        words = f"Value must be one of {{{', '.join(map(str, sorted(allowed)))}}}."
        self.add(path, "BASE_TYPE_CHOICES", words)
        return False
