"""Events -> matching alerts -> outbox rows, in the transaction that made the events true.

One post per kill and channel however many alerts match: they are reasons on the message, their roles are called
together. A battle is one message per channel that is edited as long as the battle changes, even when the alert that
asked for it has gone meanwhile; whom an edit cannot call is called by a reply, and its great turns are told so where
that is wanted (`milestones`, `updates`). What happened too long ago is stored and not told; while the feed is behind,
channels get one summary. A kill that becomes better known has its messages edited; it is posted as new only where an
alert wants it as it is and did not want it as it was.

Nothing is left out in silence: what quiet hours hold, or an hour's limit, stands in a message of its own, and whatever
becomes of a match is counted for its alert (`verdicts` decides, `ledger` counts).

What happens in the game beside kills goes the same way (`news`): each occurrence once a channel, campaigns as one
message each with replies (`campaigns`), and what is said because its time has come by whoever looks at the clock
(`reminders`).
"""
