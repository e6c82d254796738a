-- Every row that the audit trail tells of, as it was entered: one statement a table, with the columns of its digest.
-- grain: that of each table
-- readers: assurance.warehouse.trail, which holds all of them against the trail

-- name: submission
select submission_id, collection, area, period, version, file_name, sha256, received_at, arrival, outcome,
       rows_in, rows_accepted, rows_quarantined, rows_rejected, content_sha256, catalogue_version,
       package_version, loaded_at
from submission
order by submission_id;

-- name: delivery
select collection, area, file_name, size_bytes, modified_at, submission_id, received_at
from delivery
order by collection, area, file_name, size_bytes, modified_at;

-- name: finding
select submission_id, seq, rule, severity, row_no, column_name, message, fix, waived, asked_at
from finding
order by submission_id, seq;

-- name: tally
select submission_id, standard, standard_version, unit, sample_reason, met, partly, not_met, not_applicable,
       not_due
from tally
order by submission_id, standard, standard_version, unit, sample_reason;

-- name: declared
select submission_id, standard, standard_version, sample_reason, declared, computed, checks
from declared
order by submission_id, standard, standard_version, sample_reason, declared, computed;

-- name: reason
select submission_id, sample_reason, reason, disputed, accepted, checks
from reason
order by submission_id, sample_reason, reason, disputed, accepted;

-- name: sampled
select submission_id, sample_point, sample_reason, cases
from sampled
order by submission_id, sample_point, sample_reason;

-- name: scope
select submission_id, cases_in_scope
from scope
order by submission_id;

-- name: answer
select submission_id, seq, rule, column_name, answer, answered_by, answered_at, carried_from
from answer
order by submission_id, seq;

-- name: release
select release_id, collection, period, number, content_sha256, inputs_sha256, catalogue_version,
       package_version, built_at
from release
order by release_id;

-- name: release_input
select release_id, submission_id
from release_input
order by release_id, submission_id;

-- name: released_cell
select release_id, area, owner, standard, assessed, met, mark
from released_cell
order by release_id, area, owner, standard;

-- name: second_reading
select reading_id, own_id, assessor, standard, standard_version, scale, sample_reason, own, second, checks
from second_reading
order by reading_id, own_id, assessor, standard, standard_version, sample_reason, own, second;

-- name: second_reading_match
select reading_id, own_id, assessor, readings, matched, case_unknown, not_answered
from second_reading_match
order by reading_id, own_id, assessor;

-- name: second_reading_change
select reading_id, before_id, after_id, checks, cases
from second_reading_change
order by reading_id, before_id, after_id;

-- name: sign_off
select release_id, content_sha256, approved_by, signed_at
from sign_off
order by release_id;

-- name: outbox
select message_key, kind, subject_id, edition, recipient, state, attempts, attempt_id, changed_at, reply, queued_at
from outbox
order by message_key;

-- name: schema_version
select version, name, sha256
from schema_version
order by version;
