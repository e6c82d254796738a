-- Submissions, their findings and the files they came in.
-- grain: submission, one received version of a return; finding, one failed rule at one place; delivery, one file seen
-- readers: intake (same bytes again, history rules), reporting (who returned what), status

-- name: add
insert into submission (
    submission_id, collection, area, period, version, file_name, sha256, received_at, arrival, outcome,
    rows_in, rows_accepted, rows_quarantined, rows_rejected, content_sha256, catalogue_version, package_version,
    loaded_at
) values (
    :submission_id, :collection, :area, :period, :version, :file_name, :sha256, :received_at, :arrival, :outcome,
    :rows_in, :rows_accepted, :rows_quarantined, :rows_rejected, :content_sha256, :catalogue_version, :package_version,
    :loaded_at
);

-- name: add_finding
-- many at once: each parameter is a list, one value a row
insert into finding (submission_id, seq, rule, severity, row_no, column_name, message, fix, waived, asked_at)
select unnest(cast(:submission_id as text[])),
       unnest(cast(:seq as integer[])),
       unnest(cast(:rule as text[])),
       unnest(cast(:severity as text[])),
       unnest(cast(:row_no as integer[])),
       unnest(cast(:column_name as text[])),
       unnest(cast(:message as text[])),
       unnest(cast(:fix as text[])),
       unnest(cast(:waived as boolean[])),
       unnest(cast(:asked_at as timestamp[]));

-- name: add_delivery
insert into delivery (collection, area, file_name, size_bytes, modified_at, submission_id, received_at)
values (:collection, :area, :file_name, :size_bytes, :modified_at, :submission_id, :received_at)
on conflict do nothing;

-- name: delivery
-- whether a file is known, and as which submission
select submission_id
from delivery
where collection = :collection and area = :area and file_name = :file_name and size_bytes = :size_bytes
  and modified_at = :modified_at;

-- name: deliveries
select area, file_name, size_bytes, modified_at, submission_id
from delivery
where collection = :collection
order by area, file_name, modified_at, size_bytes;

-- name: by_id
select submission_id, collection, area, period, version, file_name, sha256, received_at, arrival, outcome,
       rows_in, rows_accepted, rows_quarantined, rows_rejected, content_sha256
from submission
where submission_id = :submission_id
order by submission_id;

-- name: every
-- every version of every return, the oldest first
select submission_id, collection, area, period, version, file_name, sha256, received_at, arrival, outcome,
       rows_in, rows_accepted, rows_quarantined, rows_rejected, content_sha256
from submission
order by received_at, submission_id;

-- name: judged
-- with what these submissions were judged
select submission_id, catalogue_version, package_version
from submission
where submission_id in (select unnest(cast(:submission_ids as text[])))
order by submission_id;

-- name: named
-- by the beginning of its id, or by the name of its file with or without the ending
select submission_id, collection, area, period, version, file_name, sha256, received_at, arrival, outcome,
       rows_in, rows_accepted, rows_quarantined, rows_rejected, content_sha256
from submission
where substr(submission_id, 1, length(cast(:named as text))) = cast(:named as text)
   or file_name in (cast(:named as text), cast(:named as text) || '.csv', cast(:named as text) || '.xlsx')
order by received_at, submission_id;

-- name: findings
select rule, severity, row_no, column_name, message, fix, coalesce(waived, false) as waived, asked_at
from finding
where submission_id = :submission_id
order by seq;

-- name: failed_rules
-- the rules that these submissions failed, each with the number of places and of those that are waived
select submission_id, rule, severity,
       cast(count(*) as bigint) as places,
       cast(count(case when waived then 1 end) as bigint) as waived
from finding
where submission_id in (select unnest(cast(:submission_ids as text[])))
group by submission_id, rule, severity
order by submission_id, rule, severity;

-- name: of_period
-- every submission of a period as known at a line of the audit trail, with its queries and whether it is the one in force
with known as (
    select submission.submission_id, submission.outcome,
           row_number() over (
               partition by submission.area, case when submission.outcome = 'rejected' then 1 else 0 end
               order by submission.version desc, submission.received_at desc, submission.submission_id
           ) as place
    from submission
    inner join submission_known on submission_known.submission_id = submission.submission_id
    where submission.collection = :collection and submission.period = :period
      and submission_known.known_from <= :as_of
),

asked as (
    select finding.submission_id,
           cast(count(distinct case
               when finding.severity = 'query' then finding.rule || ' ' || coalesce(finding.column_name, '')
           end) as bigint) as queries,
           cast(count(case when finding.waived then 1 end) as bigint) as waived
    from finding
    inner join known on known.submission_id = finding.submission_id
    inner join finding_known
        on finding_known.submission_id = finding.submission_id and finding_known.seq = finding.seq
    where finding_known.known_from <= :as_of
    group by finding.submission_id
)

select submission.submission_id, submission.collection, submission.area, submission.period, submission.version,
       submission.file_name, submission.sha256, submission.received_at, submission.arrival, submission.outcome,
       submission.rows_in, submission.rows_accepted, submission.rows_quarantined, submission.rows_rejected,
       submission.content_sha256,
       case when known.outcome <> 'rejected' and known.place = 1 then 1 else 0 end as in_force,
       coalesce(asked.queries, 0) as queries,
       coalesce(asked.waived, 0) as waived
from submission
inner join known on known.submission_id = submission.submission_id
left join asked on asked.submission_id = submission.submission_id
order by submission.area, submission.version, submission.received_at, submission.submission_id;

-- name: in_force
-- the submissions behind the figures of a period and all before it, as known at a line of the audit trail: of each
-- return the highest accepted version, of equal ones the last received; those that are left out are named by the caller
with ranked as (
    select submission.submission_id,
           row_number() over (
               partition by submission.period, submission.area
               order by submission.version desc, submission.received_at desc, submission.submission_id
           ) as place
    from submission
    inner join submission_known on submission_known.submission_id = submission.submission_id
    where submission.collection = :collection and submission.period <= :period and submission.outcome <> 'rejected'
      and submission_known.known_from <= :as_of
      and submission.collection || '/' || submission.period || '/' || submission.area
        not in (select unnest(cast(:left_out as text[])))
)

select submission.submission_id, submission.collection, submission.area, submission.period, submission.version,
       submission.file_name, submission.sha256, submission.received_at, submission.arrival, submission.outcome,
       submission.rows_in, submission.rows_accepted, submission.rows_quarantined, submission.rows_rejected,
       submission.content_sha256
from submission
inner join ranked on ranked.submission_id = submission.submission_id
where ranked.place = 1
order by submission.period, submission.area, submission.submission_id;

-- name: accepted
-- every version of a return that counts or once did
select submission_id, collection, area, period, version, file_name, sha256, received_at, arrival, outcome,
       rows_in, rows_accepted, rows_quarantined, rows_rejected, content_sha256
from submission
where collection = :collection and area = :area and period = :period and outcome <> 'rejected'
order by version, received_at, submission_id;

-- name: same_content
-- periods in which the Area's return in force says exactly this
select distinct period
from submission_in_force
where collection = :collection and area = :area and period <> :period
  and content_sha256 = :content_sha256
order by period;

-- name: first_accepted
-- the first accepted submission of a return: the one that told the gate that the Area is in
select submission_id
from submission
where collection = :collection and area = :area and period = :period and outcome <> 'rejected'
order by loaded_at, submission_id
limit 1;

-- name: periods
select period, cast(count(distinct area) as bigint) as areas
from submission_in_force
where collection = :collection
group by period
order by period;

-- name: in_force_of_period
-- the submissions that count for one period
select area, submission_id, version
from submission_in_force
where collection = :collection and period = :period
order by area;
