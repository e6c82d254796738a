-- What was known when? The audit trail is the order in which everything became known; a moment is the number of a line.
-- What has no line is from before the trail, and was always known.

-- one row per submission
create view submission_known as
select submission.submission_id, coalesce(audit.seq, 0) as known_from
from submission
left join audit on audit.event = 'received' and audit.subject = submission.submission_id;

-- one row per finding: what was asked later is known from the line that says so
create view finding_known as
select finding.submission_id, finding.seq, coalesce(audit.seq, 0) as known_from
from finding
left join audit
    on audit.event = 'asked' and audit.subject = finding.submission_id and audit.written_at = finding.asked_at;

-- one row per release
create view release_known as
select release.release_id, coalesce(audit.seq, 0) as known_from
from release
left join audit on audit.event = 'built' and audit.subject = release.release_id;
