-- Who may do what in the warehouse: one role for each job, and for each job what its steps need and nothing else.
-- PostgreSQL only; DuckDB has no roles. `assurance migrate` runs all of it each time, as the owner, in one transaction: what
-- is not written here is taken away. The roles are made by the server's administrator (tools/make_databases.sh).
-- A statement ends with a semicolon at the end of a line. A table that a migration adds must be named here for each role
-- that needs it; tests/sql/test_roles.py demands it of at least one, and that nobody but the owner may change what stands.

revoke create on schema public from public;

revoke all on all tables in schema public from
    public, assurance_intake, assurance_measure, assurance_report, assurance_mail, assurance_auditor;

grant usage on schema public to
    assurance_intake, assurance_measure, assurance_report, assurance_mail, assurance_auditor;

-- everybody: which submissions and releases there are, what is owed, and who did what when
grant select on
    submission, submission_in_force, submission_known, finding, finding_known, answer, tally,
    release, release_known, release_input, sign_off, outbox, audit
    to assurance_intake, assurance_measure, assurance_report, assurance_mail;

-- whoever enters something adds its line to the audit trail; nobody changes one
grant insert on audit, outbox to assurance_intake, assurance_measure, assurance_mail;

-- intake: adds submissions with what they add up to, and answers
grant select, insert on
    submission, delivery, finding, tally, declared, reason, sampled, scope, answer,
    second_reading, second_reading_match, second_reading_change
    to assurance_intake;

-- a receipt that has more to tell than when it was owed is written anew; what became of it is not for intake to say
grant update (attempt_id) on outbox to assurance_intake;

-- measure: reads what counts, adds releases
grant select on
    declared, reason, sampled, scope, second_reading, second_reading_match, second_reading_change, released_cell
    to assurance_measure;

grant insert on release, release_input, released_cell to assurance_measure;

-- mail: adds what was decided about a release, says what became of a message and never what message it is
grant insert on sign_off to assurance_mail;

grant update (state, attempts, attempt_id, changed_at, reply) on outbox to assurance_mail;

-- report: reads what is shown
grant select on
    delivery, declared, reason, sampled, scope, second_reading, second_reading_match, second_reading_change, released_cell
    to assurance_report;

-- auditor: reads everything, tables of the future too
grant select on all tables in schema public to assurance_auditor;
