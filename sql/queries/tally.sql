-- Tallies: the counts that everything monthly is made from.
-- grain: one submission x standard and version x unit x sample reason
-- readers: measures, the receipt's control totals, the history rules

-- name: add
-- many at once: each parameter is a list, one value a row
insert into tally (submission_id, standard, standard_version, unit, sample_reason, met, partly, not_met, not_applicable, not_due)
select unnest(cast(:submission_id as text[])),
       unnest(cast(:standard as text[])),
       unnest(cast(:standard_version as integer[])),
       unnest(cast(:unit as text[])),
       unnest(cast(:sample_reason as text[])),
       unnest(cast(:met as integer[])),
       unnest(cast(:partly as integer[])),
       unnest(cast(:not_met as integer[])),
       unnest(cast(:not_applicable as integer[])),
       unnest(cast(:not_due as integer[]));

-- name: of_submissions
-- what these submissions count, by period, Area, standard and its version; targeted cases are kept apart
select submission.period, submission.area, tally.standard, tally.standard_version,
       cast(sum(tally.met) as bigint) as met,
       cast(sum(tally.partly) as bigint) as partly,
       cast(sum(tally.not_met) as bigint) as not_met,
       cast(sum(tally.not_applicable) as bigint) as not_applicable,
       cast(sum(tally.not_due) as bigint) as not_due
from tally
inner join submission on submission.submission_id = tally.submission_id
where tally.submission_id in (select unnest(cast(:submission_ids as text[])))
  and tally.sample_reason in ('random', 'all')
group by submission.period, submission.area, tally.standard, tally.standard_version
order by submission.period, submission.area, tally.standard, tally.standard_version;

-- name: lines
-- what these submissions count, line by line; targeted cases are left out, as they are of every figure
select tally.submission_id, submission.period, submission.area, tally.standard, tally.standard_version, tally.unit,
       tally.sample_reason, tally.met, tally.partly, tally.not_met, tally.not_applicable, tally.not_due
from tally
inner join submission on submission.submission_id = tally.submission_id
where tally.submission_id in (select unnest(cast(:submission_ids as text[])))
  and tally.sample_reason in ('random', 'all')
order by submission.period, submission.area, tally.standard, tally.standard_version, tally.unit, tally.sample_reason,
         tally.submission_id;

-- name: of_area_before
-- one Area's counts in force in the periods before one, by standard
select submission_in_force.period, tally.standard,
       cast(sum(tally.met) as bigint) as met,
       cast(sum(tally.partly) as bigint) as partly,
       cast(sum(tally.not_met) as bigint) as not_met
from submission_in_force
inner join tally on tally.submission_id = submission_in_force.submission_id
where submission_in_force.collection = :collection and submission_in_force.area = :area
  and submission_in_force.period < :period and tally.sample_reason in ('random', 'all')
group by submission_in_force.period, tally.standard
order by submission_in_force.period, tally.standard;

-- name: totals
-- the control totals of one submission
select standard,
       cast(sum(met) as bigint) as met,
       cast(sum(partly) as bigint) as partly,
       cast(sum(not_met) as bigint) as not_met,
       cast(sum(not_applicable) as bigint) as not_applicable,
       cast(sum(not_due) as bigint) as not_due
from tally
where submission_id = :submission_id
group by standard
order by standard;
