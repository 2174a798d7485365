"""A watch that remembers what it is told."""

from services.domain.trouble import Trouble


class Watch:
    """`open` holds what is wrong, with its detail; `begun` all that ever was; `history` every change."""

    def __init__(self) -> None:
        self.open: dict[tuple[Trouble, str], str] = {}
        self.begun: list[tuple[Trouble, str]] = []
        self.history: list[tuple[str, Trouble]] = []

    def begins(self, trouble: Trouble, detail: str, *, subject: str = "") -> None:
        if (trouble, subject) not in self.open:
            self.begun.append((trouble, subject))
            self.history.append(("begins", trouble))
        self.open[trouble, subject] = detail

    def ends(self, trouble: Trouble, *, subject: str = "") -> None:
        if self.open.pop((trouble, subject), None) is not None:
            self.history.append(("ends", trouble))

    @property
    def wrong(self) -> dict[Trouble, str]:
        """What is wrong, where no kind has subjects."""
        return {trouble: detail for (trouble, _), detail in self.open.items()}

    @property
    def told(self) -> list[str]:
        """Every change in words: `feed-down begins`, `feed-down ends`."""
        return [f"{trouble} {what}" for what, trouble in self.history]
