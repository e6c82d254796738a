-- The audit trail: append-only, each line holding the hash of the one before it and itself.
-- grain: one thing done
-- readers: assurance.warehouse.audit, which writes the next line and recomputes them all

-- name: last
select seq, sha256
from audit
order by seq desc nulls last
limit 1;

-- name: add
insert into audit (seq, written_at, event, subject, detail, sha256)
values (:seq, :written_at, :event, :subject, :detail, :sha256);

-- name: at
-- the last line written at a moment or before it
select coalesce(max(seq), 0) as seq
from audit
where written_at <= :moment;

-- name: last_about
-- the last line about an event and a subject, as known at a line of the trail
select seq, detail
from audit
where event = :event and subject = :subject and seq <= :as_of
order by seq desc
limit 1;

-- name: last_of_each
-- the last line about an event, of each subject
with newest as (
    select max(seq) as seq
    from audit
    where event = :event
    group by subject
)

select audit.subject, audit.detail
from audit
inner join newest on newest.seq = audit.seq
order by audit.seq;

-- name: last_of
-- the last line about a subject of several events
select event, written_at, detail
from audit
where subject = :subject and event in (select unnest(cast(:events as text[])))
order by seq desc
limit 1;

-- name: standing
-- the last line among several events, of each subject whose name begins so, as known at a line of the trail
with newest as (
    select max(seq) as seq
    from audit
    where event in (select unnest(cast(:events as text[])))
      and substr(subject, 1, length(cast(:begins as text))) = cast(:begins as text)
      and seq <= :as_of
    group by subject
)

select audit.subject, audit.event, audit.written_at, audit.detail
from audit
inner join newest on newest.seq = audit.seq
order by audit.seq;

-- name: about
-- what an event happened to
select distinct subject
from audit
where event = :event
order by subject;

-- name: lines
select seq, written_at, event, subject, detail, sha256
from audit
order by seq;
