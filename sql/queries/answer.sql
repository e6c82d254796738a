-- Queries, what is waived, and the answers of the Areas.
-- grain: answer, one answer to one query; a query is a rule of severity query and a column of one submission
-- readers: warehouse.answers (answering, carrying over), the sign-off request, status

-- name: add
-- many at once: each parameter is a list, one value a row
insert into answer (submission_id, seq, rule, column_name, answer, answered_by, answered_at, carried_from)
select unnest(cast(:submission_id as text[])),
       unnest(cast(:seq as integer[])),
       unnest(cast(:rule as text[])),
       unnest(cast(:column_name as text[])),
       unnest(cast(:answer as text[])),
       unnest(cast(:answered_by as text[])),
       unnest(cast(:answered_at as timestamp[])),
       unnest(cast(:carried_from as text[]));

-- name: of_submission
-- every answer of a submission, in the order in which they were given, with the version it was first given to
select answer.seq, answer.rule, answer.column_name, answer.answer, answer.answered_by, answer.answered_at,
       answer.carried_from, origin.version as carried_from_version
from answer
left join submission as origin on origin.submission_id = answer.carried_from
where answer.submission_id = :submission_id
order by answer.seq;

-- name: asked
-- what a submission is asked, or would be if it were not waived, with the places where
select rule, coalesce(column_name, '') as column_name, message, severity, cast(count(*) as bigint) as places,
       max(asked_at) as asked_at
from finding
where submission_id = :submission_id and (severity = 'query' or waived)
group by rule, column_name, message, severity
order by rule, column_name, message, severity;
