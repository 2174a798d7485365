"""The states of a row; `store` says how it goes from one to the next."""

PENDING, SENDING, SENT = "pending", "sending", "sent"
DELETED, DEAD, EXPIRED, UNCERTAIN = "deleted", "dead", "expired", "uncertain"
