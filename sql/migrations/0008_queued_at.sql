-- Since when a message is owed, however often it was tried: the age of the oldest that is not sent is a figure that
-- operators watch. Of those that were there before nobody knows it, and the audit trail tells of them as they are.

alter table outbox add column queued_at timestamp;
