-- A case that two Areas return is asked of both, so the return that was first is asked when the second is loaded.

-- when that was; null for what was found in the submission by itself. An answer from before does not answer it.
alter table finding add column asked_at timestamp;
