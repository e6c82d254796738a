-- The outbox: which messages are owed, and what became of each.
-- grain: one row per message, that is per kind, subject (a release or submission), edition and recipient.
-- key: message_key, the sha256 of those four; it is also the Message-ID.
-- states: queued, attempting, retry, sent, refused, unknown (assurance.delivery.outbox says how they follow each other).
-- readers: assurance.delivery.outbox.

-- name: enqueue
insert into outbox (
    message_key, kind, subject_id, edition, recipient, state, attempts, attempt_id, changed_at, reply, queued_at
)
values (
    :message_key, :kind, :subject_id, :edition, :recipient, 'queued', 0, null, cast(:now as timestamp), '',
    cast(:now as timestamp)
)
on conflict (message_key) do nothing;

-- name: entry
select message_key, kind, subject_id, edition, recipient, state, attempts, attempt_id, changed_at, reply, queued_at
from outbox
where message_key = :message_key;

-- name: unsent
select message_key, kind, subject_id, edition, recipient, state, attempts, attempt_id, changed_at, reply, queued_at
from outbox
where state <> 'sent'
    and (cast(:subject_id as text) is null or subject_id = cast(:subject_id as text))
order by changed_at, recipient, edition, kind, message_key;

-- name: told
-- how many messages of a kind about some subjects stand in which state
select subject_id, state, cast(count(*) as bigint) as messages
from outbox
where kind = :kind and subject_id in (select unnest(cast(:subject_ids as text[])))
group by subject_id, state
order by subject_id, state;

-- name: claim
-- Of two senders at once only one finds the row still free; one whose letter is out of date finds it changed.
update outbox
set state = 'attempting', attempts = attempts + 1, attempt_id = :attempt_id, changed_at = cast(:now as timestamp), reply = ''
where message_key = :message_key and state in ('queued', 'retry')
    and coalesce(attempt_id, '') = coalesce(cast(:seen_attempt_id as text), '');

-- name: abandoned
-- the messages whose sender stopped in mid-attempt
select message_key
from outbox
where state = 'attempting' and changed_at < cast(:before as timestamp)
order by message_key;

-- name: outdate
-- What is owed has more to tell than when somebody may have begun to write it: who did cannot claim it any more.
update outbox
set attempt_id = :attempt_id
where subject_id = :subject_id and state in ('queued', 'retry');

-- name: settle
-- Only the sender that holds the claim; it may be late, when its message was already taken for abandoned.
update outbox
set state = :state, changed_at = cast(:now as timestamp), reply = :reply
where message_key = :message_key and attempt_id = :attempt_id and state in ('attempting', 'unknown');

-- name: put_back
-- As it was before the claim: a wrong set-up is not the message's fault and uses up no attempt.
update outbox
set state = case when attempts > 1 then 'retry' else 'queued' end,
    attempts = attempts - 1,
    attempt_id = null,
    changed_at = cast(:now as timestamp),
    reply = :reply
where message_key = :message_key and attempt_id = :attempt_id and state in ('attempting', 'unknown');

-- name: abandon
update outbox
set state = 'unknown', changed_at = cast(:now as timestamp), reply = :reply
where state = 'attempting' and changed_at < cast(:before as timestamp);

-- name: resolve
-- Without its attempt id no late sender can undo what a person decided.
update outbox
set state = :state, attempts = 0, attempt_id = null, changed_at = cast(:now as timestamp), reply = :reply
where message_key = :message_key and state in ('refused', 'unknown');
