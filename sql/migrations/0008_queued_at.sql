-- Since when a message is owed: the age of the oldest that is not sent is a figure that operators watch.

-- when it was queued, however often it was tried; null for what was there before, of which nobody knows it
alter table outbox add column queued_at timestamp;
