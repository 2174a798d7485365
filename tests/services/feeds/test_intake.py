"""What a batch of items means to the pipeline."""

from services.domain.killmail import Rejected
from services.feeds.intake import intake_of
from services.feeds.items import FeedItem, Hole, HoleFilled, StretchOpened, StretchRead
from tests.factories import arrival, mail


def test_everything_goes_in_one_transaction_with_the_furthest_cursor() -> None:
    kill = arrival(mail(1, 0, "B1", "A1"))
    bad = Rejected(source="r2z2", reference="5", reason="no victim", body=b"{}")
    items = [
        FeedItem(cursor=4, arrival=kill, notes=(HoleFilled(3),)),
        FeedItem(cursor=None, notes=(Hole(2),)),
        FeedItem(cursor=5, rejected=bad),
    ]

    intake = intake_of(items, feed="r2z2")

    assert (intake.live, intake.behind, intake.cursor) == (True, False, ("r2z2", 5))
    assert (intake.arrivals, intake.rejected) == ((kill,), (bad,))
    assert intake.notes == (HoleFilled(3), Hole(2))


def test_what_moves_no_cursor_leaves_it_alone() -> None:
    items = [FeedItem(cursor=None, notes=(StretchRead(first=1, position=2),))]
    assert intake_of(items, feed="r2z2").cursor is None


def test_a_jump_is_a_backlog_from_its_own_transaction_on() -> None:
    jump = FeedItem(cursor=9, notes=(StretchOpened(first=1, last=9, since=None),))
    kill = FeedItem(cursor=10, arrival=arrival(mail(1, 0, "B1", "A1")))
    assert intake_of([jump, kill], feed="r2z2").behind
    assert intake_of([kill], feed="r2z2", behind=True).behind
    assert not intake_of([kill], feed="r2z2").behind
