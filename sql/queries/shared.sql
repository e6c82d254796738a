-- What was shared with partners in the releases of a collection, and what stood behind it.
-- grain: released_cell, one cell of the shareable table of one release
-- readers: disclosure control, which holds a new shareable table against every one that went before
-- as_of is a line of the audit trail: releases that were built by then, in the order in which they were built

-- name: add
-- many at once: each parameter is a list, one value a row
insert into released_cell (release_id, area, owner, standard, assessed, met, mark)
select unnest(cast(:release_id as text[])),
       unnest(cast(:area as text[])),
       unnest(cast(:owner as text[])),
       unnest(cast(:standard as text[])),
       unnest(cast(:assessed as integer[])),
       unnest(cast(:met as integer[])),
       unnest(cast(:mark as text[]));

-- name: cells
-- the cells of the releases of some periods
select audit.seq, release.release_id, release.period, released_cell.area, released_cell.owner, released_cell.standard,
       released_cell.assessed, released_cell.met, released_cell.mark
from release
inner join audit on audit.subject = release.release_id and audit.event = 'built'
inner join released_cell on released_cell.release_id = release.release_id
where release.collection = :collection and release.period between :first and :last and audit.seq <= :as_of
order by audit.seq, release.release_id, released_cell.area, released_cell.owner, released_cell.standard;

-- name: returns
-- the submissions that those releases stand on, of the months from one on
select release_input.release_id, submission.period, submission.area, submission.submission_id
from release
inner join audit on audit.subject = release.release_id and audit.event = 'built'
inner join release_input on release_input.release_id = release.release_id
inner join submission on submission.submission_id = release_input.submission_id
    and submission.collection = release.collection
where release.collection = :collection and release.period between :first and :last and audit.seq <= :as_of
  and submission.period >= :since
order by release_input.release_id, submission.period, submission.area, submission.submission_id;

-- name: counts
-- what each of those submissions says of each standard: the checks met, and those partly or not met
with standing as (
    select distinct release_input.submission_id
    from release
    inner join audit on audit.subject = release.release_id and audit.event = 'built'
    inner join release_input on release_input.release_id = release.release_id
    inner join submission on submission.submission_id = release_input.submission_id
        and submission.collection = release.collection
    where release.collection = :collection and release.period between :first and :last and audit.seq <= :as_of
      and submission.period >= :since
)

select tally.submission_id, tally.standard,
       cast(sum(tally.met) as bigint) as met,
       cast(sum(tally.partly + tally.not_met) as bigint) as unmet
from tally
inner join standing on standing.submission_id = tally.submission_id
where tally.sample_reason in ('random', 'all')
group by tally.submission_id, tally.standard
order by tally.submission_id, tally.standard;
