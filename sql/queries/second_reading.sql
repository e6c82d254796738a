-- Second readings beside own answers, and how many found their check.
-- grain: one submission of second readings x one own submission of the same Area and month x what the table's key says
-- readers: measures and reporting (can the self-assessment be trusted?)

-- name: add
-- many at once: each parameter is a list, one value a row
insert into second_reading (
    reading_id, own_id, assessor, standard, standard_version, scale, sample_reason, own, second, checks
)
select unnest(cast(:reading_id as text[])),
       unnest(cast(:own_id as text[])),
       unnest(cast(:assessor as text[])),
       unnest(cast(:standard as text[])),
       unnest(cast(:standard_version as integer[])),
       unnest(cast(:scale as text[])),
       unnest(cast(:sample_reason as text[])),
       unnest(cast(:own as text[])),
       unnest(cast(:second as text[])),
       unnest(cast(:checks as integer[]));

-- name: add_match
-- many at once
insert into second_reading_match (reading_id, own_id, assessor, readings, matched, case_unknown, not_answered)
select unnest(cast(:reading_id as text[])),
       unnest(cast(:own_id as text[])),
       unnest(cast(:assessor as text[])),
       unnest(cast(:readings as integer[])),
       unnest(cast(:matched as integer[])),
       unnest(cast(:case_unknown as integer[])),
       unnest(cast(:not_answered as integer[]));

-- name: add_change
insert into second_reading_change (reading_id, before_id, after_id, checks, cases)
values (:reading_id, :before_id, :after_id, :checks, :cases);

-- name: pairs
-- pairs of answers by month, Area, assessor, standard and sample reason, of these submissions; versions pooled
select submission.period, submission.area, second_reading.assessor, second_reading.standard,
       second_reading.sample_reason, second_reading.own, second_reading.second,
       cast(sum(second_reading.checks) as bigint) as checks
from second_reading
inner join submission on submission.submission_id = second_reading.reading_id
where second_reading.reading_id in (select unnest(cast(:readings as text[])))
  and second_reading.own_id in (select unnest(cast(:own as text[])))
group by submission.period, submission.area, second_reading.assessor, second_reading.standard,
         second_reading.sample_reason, second_reading.own, second_reading.second
order by submission.period, submission.area, second_reading.assessor, second_reading.standard,
         second_reading.sample_reason, second_reading.own, second_reading.second;

-- name: matches
-- how many readings there are by month, Area and assessor, and how many found their check; none without an own return
with reading as (
    select submission.submission_id, submission.period, submission.area, tally.unit as assessor,
           cast(sum(tally.met + tally.partly + tally.not_met + tally.not_applicable + tally.not_due) as bigint) as readings
    from submission
    inner join tally on tally.submission_id = submission.submission_id
    where submission.submission_id in (select unnest(cast(:readings as text[])))
    group by submission.submission_id, submission.period, submission.area, tally.unit
),

own_match as (
    select reading_id, assessor, matched, case_unknown, not_answered
    from second_reading_match
    where own_id in (select unnest(cast(:own as text[])))
)

select reading.period, reading.area, reading.assessor,
       cast(sum(reading.readings) as bigint) as readings,
       cast(sum(coalesce(own_match.matched, 0)) as bigint) as matched,
       cast(sum(coalesce(own_match.case_unknown, reading.readings)) as bigint) as case_unknown,
       cast(sum(coalesce(own_match.not_answered, 0)) as bigint) as not_answered
from reading
left join own_match on own_match.reading_id = reading.submission_id and own_match.assessor = reading.assessor
group by reading.period, reading.area, reading.assessor
order by reading.period, reading.area, reading.assessor;

-- name: changes
-- by month and Area, what the own return in force answers otherwise than the version that stood when a reading came,
-- as known at a line of the audit trail: a version that bears an earlier time may be loaded after it
with stood as (
    select reading.submission_id as reading_id, reading.period, reading.area, own.submission_id as own_id,
           row_number() over (
               partition by reading.submission_id
               order by own.version desc, own.received_at desc, own.submission_id
           ) as place
    from submission as reading
    inner join submission as own
        on own.area = reading.area and own.period = reading.period and own.received_at <= reading.received_at
    inner join submission_known on submission_known.submission_id = own.submission_id
    where reading.submission_id in (select unnest(cast(:readings as text[])))
      and own.collection = :collection and own.outcome <> 'rejected' and submission_known.known_from <= :as_of
)

select stood.period, stood.area,
       cast(sum(second_reading_change.checks) as bigint) as checks,
       cast(sum(second_reading_change.cases) as bigint) as cases
from stood
inner join second_reading_change
    on second_reading_change.reading_id = stood.reading_id and second_reading_change.before_id = stood.own_id
where stood.place = 1 and second_reading_change.after_id in (select unnest(cast(:own as text[])))
group by stood.period, stood.area
order by stood.period, stood.area;
