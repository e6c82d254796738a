-- Releases: the numbered reports of a period, and the submissions each was made from.
-- grain: release, one numbered report; release_input, one submission of one release
-- sign_off, one approval of one release
-- readers: reporting (numbering, what is replaced, the index), delivery, the gate (has the month been measured?)

-- name: add
insert into release (
    release_id, collection, period, number, content_sha256, inputs_sha256, catalogue_version, package_version, built_at
) values (
    :release_id, :collection, :period, :number, :content_sha256, :inputs_sha256, :catalogue_version, :package_version,
    :built_at
);

-- name: add_input
-- many at once: each parameter is a list, one value a row
insert into release_input (release_id, submission_id)
select unnest(cast(:release_id as text[])),
       unnest(cast(:submission_id as text[]));

-- name: of_period
-- those that were there at a line of the audit trail
select release.release_id, release.number, release.content_sha256, release.inputs_sha256, release.built_at,
       release.catalogue_version, release.package_version
from release
inner join release_known on release_known.release_id = release.release_id
where release.collection = :collection and release.period = :period and release_known.known_from <= :as_of
order by release.number;

-- name: by_id
select release_id, collection, period, number, content_sha256, inputs_sha256, built_at, catalogue_version, package_version
from release
where release_id = :release_id
order by release_id;

-- name: built
-- every release of a collection, newest month first, with the line of the audit trail that says how it was built, and
-- what was answered last to the question whether it may be sent
with answered as (
    select subject, max(seq) as seq
    from audit
    where event in ('signed off', 'rejected', 'asked again')
    group by subject
)

select release.release_id, release.period, release.number, release.content_sha256, release.built_at, audit.detail,
       sign_off.signed_at, sign_off.approved_by, coalesce(answer.event, '') as answer
from release
left join audit on audit.event = 'built' and audit.subject = release.release_id
left join answered on answered.subject = release.release_id
left join audit as answer on answer.seq = answered.seq
left join sign_off on sign_off.release_id = release.release_id and coalesce(answer.event, 'signed off') = 'signed off'
where release.collection = :collection
order by release.period desc, release.number desc, audit.seq;

-- name: built_with
-- by which rules, register and program a release was made, and what the line of the audit trail about it says
select release.catalogue_version, release.package_version, audit.seq, audit.detail
from release
left join audit on audit.event = 'built' and audit.subject = release.release_id
where release.release_id = :release_id
order by audit.seq;

-- name: inputs
-- the submissions of a release, with collection, period, Area and version
select submission.submission_id, submission.collection, submission.period, submission.area, submission.version
from release_input
inner join submission on submission.submission_id = release_input.submission_id
where release_input.release_id = :release_id
order by submission.period, submission.area, submission.submission_id;

-- name: headline
-- the pooled counts of the release's own period, as its inputs had them; second readings are inputs, and count elsewhere
select cast(coalesce(sum(tally.met), 0) as bigint) as met,
       cast(coalesce(sum(tally.partly), 0) as bigint) as partly,
       cast(coalesce(sum(tally.not_met), 0) as bigint) as not_met
from release
inner join release_input on release_input.release_id = release.release_id
inner join submission
    on submission.submission_id = release_input.submission_id
    and submission.collection = release.collection and submission.period = release.period
inner join tally on tally.submission_id = submission.submission_id
where release.release_id = :release_id and tally.sample_reason in ('random', 'all');

-- name: last_period
-- the latest month of a collection that had a release at a line of the audit trail
select coalesce(max(release.period), '') as period
from release
inner join release_known on release_known.release_id = release.release_id
where release.collection = :collection and release_known.known_from <= :as_of;

-- name: first
-- the months that had been released at a line of the audit trail
select release.release_id, release.period
from release
inner join release_known on release_known.release_id = release.release_id
where release.collection = :collection and release.number = 1 and release.period <= :period
  and release_known.known_from <= :as_of
order by release.period, release.release_id;

-- name: first_counts
-- what all standards together came to in each month and Area when the month was first released, as known at a line;
-- second readings are inputs, and count elsewhere
select release.period, submission.area,
       cast(sum(tally.met) as bigint) as met,
       cast(sum(tally.partly) as bigint) as partly,
       cast(sum(tally.not_met) as bigint) as not_met
from release
inner join release_known on release_known.release_id = release.release_id
inner join release_input on release_input.release_id = release.release_id
inner join submission
    on submission.submission_id = release_input.submission_id
    and submission.collection = release.collection and submission.period = release.period
inner join tally on tally.submission_id = submission.submission_id
where release.collection = :collection and release.number = 1 and release.period <= :period
  and release_known.known_from <= :as_of and tally.sample_reason in ('random', 'all')
group by release.period, submission.area
order by release.period, submission.area;

-- name: outdated
-- where a return in the windows of a released month is another now than the one its last release was made from; what is
-- left out, which the caller names, counts for none
with numbered as (
    select release_id, collection, period,
           row_number() over (partition by collection, period order by number desc) as place
    from release
    where collection = :collection and period >= :first and period <= :last
),

standing as (
    select release_id, collection, period,
           cast(substr(period, 1, 4) as integer) * 12 + cast(substr(period, 6, 2) as integer) as month_no
    from numbered
    where place = 1
),

returned as (
    select standing.release_id, counted.area, counted.period, counted.submission_id, counted.version, 'now' as side
    from standing
    inner join submission_in_force as counted
        on counted.collection = standing.collection and counted.period <= standing.period
    where standing.month_no - cast(substr(counted.period, 1, 4) as integer) * 12
        - cast(substr(counted.period, 6, 2) as integer) < :months
      and counted.collection || '/' || counted.period || '/' || counted.area
        not in (select unnest(cast(:left_out as text[])))
    union all
    select standing.release_id, submission.area, submission.period, submission.submission_id, submission.version, 'then'
    from standing
    inner join release_input on release_input.release_id = standing.release_id
    inner join submission on submission.submission_id = release_input.submission_id
        and submission.collection = standing.collection
    where standing.month_no - cast(substr(submission.period, 1, 4) as integer) * 12
        - cast(substr(submission.period, 6, 2) as integer) < :months
)

select release_id, area, period,
       max(case when side = 'then' then version end) as version_before,
       max(case when side = 'now' then version end) as version_after,
       max(case when side = 'now' then submission_id end) as submission_id
from returned
group by release_id, area, period
having coalesce(max(case when side = 'now' then submission_id end), '')
    <> coalesce(max(case when side = 'then' then submission_id end), '')
order by release_id, period, area;

-- name: read_otherwise
-- which last releases of these months were made from other second readings than those in force in their last months
with numbered as (
    select release_id, collection, period,
           row_number() over (partition by collection, period order by number desc) as place
    from release
    where collection = :collection and period >= :first and period <= :last
),

standing as (
    select release_id, collection, period,
           cast(substr(period, 1, 4) as integer) * 12 + cast(substr(period, 6, 2) as integer) as month_no
    from numbered
    where place = 1
),

read as (
    select standing.release_id, counted.submission_id
    from standing
    inner join submission_in_force as counted on counted.period <= standing.period
    where counted.collection in (select unnest(cast(:readings as text[])))
      and standing.month_no - cast(substr(counted.period, 1, 4) as integer) * 12
        - cast(substr(counted.period, 6, 2) as integer) < :months
    union all
    select standing.release_id, submission.submission_id
    from standing
    inner join release_input on release_input.release_id = standing.release_id
    inner join submission
        on submission.submission_id = release_input.submission_id and submission.collection <> standing.collection
),

on_one_side as (
    select release_id, submission_id
    from read
    group by release_id, submission_id
    having cast(count(*) as bigint) = 1
)

select distinct release_id
from on_one_side
order by release_id;

-- name: sign_off
select release_id, content_sha256, approved_by, signed_at
from sign_off
where release_id = :release_id
order by release_id;

-- name: add_sign_off
insert into sign_off (release_id, content_sha256, approved_by, signed_at)
values (:release_id, :content_sha256, :approved_by, :signed_at);
