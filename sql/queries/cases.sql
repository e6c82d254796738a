-- What case-level returns add up to, beside their tally: declared answers, reasons, coverage.
-- grain: one submission x what the table's key says; the readers get one line an Area and month
-- readers: measures and reporting (self-assessment, reasons, coverage, the comparison of Areas by cases)

-- name: add_declared
-- many at once: each parameter is a list, one value a row
insert into declared (submission_id, standard, standard_version, sample_reason, declared, computed, checks)
select unnest(cast(:submission_id as text[])),
       unnest(cast(:standard as text[])),
       unnest(cast(:standard_version as integer[])),
       unnest(cast(:sample_reason as text[])),
       unnest(cast(:declared as text[])),
       unnest(cast(:computed as text[])),
       unnest(cast(:checks as integer[]));

-- name: add_reason
-- many at once
insert into reason (submission_id, sample_reason, reason, disputed, accepted, checks)
select unnest(cast(:submission_id as text[])),
       unnest(cast(:sample_reason as text[])),
       unnest(cast(:reason as text[])),
       unnest(cast(:disputed as text[])),
       unnest(cast(:accepted as text[])),
       unnest(cast(:checks as integer[]));

-- name: add_sampled
-- many at once
insert into sampled (submission_id, sample_point, sample_reason, cases)
select unnest(cast(:submission_id as text[])),
       unnest(cast(:sample_point as text[])),
       unnest(cast(:sample_reason as text[])),
       unnest(cast(:cases as integer[]));

-- name: add_scope
insert into scope (submission_id, cases_in_scope)
values (:submission_id, :cases_in_scope);

-- name: declared_of_submissions
-- declared against computed answers by month, Area and standard; targeted cases are kept apart
select submission.period, submission.area, declared.standard, declared.declared, declared.computed,
       cast(sum(declared.checks) as bigint) as checks
from declared
inner join submission on submission.submission_id = declared.submission_id
where declared.submission_id in (select unnest(cast(:submission_ids as text[])))
  and declared.sample_reason in ('random', 'all')
group by submission.period, submission.area, declared.standard, declared.declared, declared.computed
order by submission.period, submission.area, declared.standard, declared.declared, declared.computed;

-- name: reasons_of_submissions
-- reasons given by month and Area; targeted cases are kept apart
select submission.period, submission.area, reason.reason, reason.disputed, reason.accepted,
       cast(sum(reason.checks) as bigint) as checks
from reason
inner join submission on submission.submission_id = reason.submission_id
where reason.submission_id in (select unnest(cast(:submission_ids as text[])))
  and reason.sample_reason in ('random', 'all')
group by submission.period, submission.area, reason.reason, reason.disputed, reason.accepted
order by submission.period, submission.area, reason.reason, reason.disputed, reason.accepted;

-- name: coverage_of_submissions
-- cases looked at by month and Area, those that count and those that are kept apart, and how many there were
select submission.period, submission.area,
       cast(sum(case when sampled.sample_reason in ('random', 'all') then sampled.cases else 0 end) as bigint) as cases,
       cast(sum(case when sampled.sample_reason in ('random', 'all') then 0 else sampled.cases end) as bigint) as targeted,
       max(scope.cases_in_scope) as in_scope
from sampled
inner join submission on submission.submission_id = sampled.submission_id
left join scope on scope.submission_id = sampled.submission_id
where sampled.submission_id in (select unnest(cast(:submission_ids as text[])))
group by submission.period, submission.area
order by submission.period, submission.area;
