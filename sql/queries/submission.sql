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

-- name: of_period
-- every submission of a period, with its queries and whether it is the one in force
select submission.submission_id, submission.collection, submission.area, submission.period, submission.version,
       submission.file_name, submission.sha256, submission.received_at, submission.arrival, submission.outcome,
       submission.rows_in, submission.rows_accepted, submission.rows_quarantined, submission.rows_rejected,
       submission.content_sha256,
       case when submission_in_force.submission_id is null then 0 else 1 end as in_force,
       (
           select cast(count(distinct finding.rule || ' ' || coalesce(finding.column_name, '')) as bigint) from finding
           where finding.submission_id = submission.submission_id and finding.severity = 'query'
       ) as queries,
       (
           select cast(count(*) as bigint) from finding
           where finding.submission_id = submission.submission_id and finding.waived
       ) as waived
from submission
left join submission_in_force on submission_in_force.submission_id = submission.submission_id
where submission.collection = :collection and submission.period = :period
order by submission.area, submission.version, submission.received_at, submission.submission_id;

-- name: in_force
-- the submissions behind the figures of a period and all before it
select submission.submission_id, submission.collection, submission.area, submission.period, submission.version,
       submission.file_name, submission.sha256, submission.received_at, submission.arrival, submission.outcome,
       submission.rows_in, submission.rows_accepted, submission.rows_quarantined, submission.rows_rejected,
       submission.content_sha256
from submission
inner join submission_in_force on submission_in_force.submission_id = submission.submission_id
where submission.collection = :collection and submission.period <= :period
order by submission.period, submission.area, submission.submission_id;

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
