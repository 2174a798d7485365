"""A watch that remembers what it is told."""

from services.domain.trouble import Trouble


class Watch:
    """`open` holds what is wrong, with its detail; `history` every change."""

    def __init__(self) -> None:
        self.open: dict[tuple[Trouble, str], str] = {}
        self.history: list[tuple[str, Trouble]] = []

    def begins(self, trouble: Trouble, detail: str, *, subject: str = "") -> None:
        if (trouble, subject) not in self.open:
            self.history.append(("begins", trouble))
        self.open[trouble, subject] = detail

    def ends(self, trouble: Trouble, *, subject: str = "") -> None:
        if self.open.pop((trouble, subject), None) is not None:
            self.history.append(("ends", trouble))
