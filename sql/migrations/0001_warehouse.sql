-- The warehouse: counts, findings, mail keys and the audit trail. No row of a case is here.
-- Forward only: a file that was applied is never changed. A statement ends with a semicolon at the end of a line.

-- one row per received version of a return; never updated
create table submission (
    submission_id text primary key,
    collection text not null,
    area text not null,
    period text,
    version integer not null,
    file_name text not null,
    sha256 text not null,
    received_at timestamp not null,
    arrival text not null,
    outcome text not null,
    rows_in integer,
    rows_accepted integer not null,
    rows_quarantined integer not null,
    rows_rejected integer not null,
    content_sha256 text,
    catalogue_version text not null,
    package_version text not null,
    loaded_at timestamp not null
);

create index submission_by_return on submission (collection, period, area);

-- the version that counts, one per return: the highest accepted version, of equal ones the last received
create view submission_in_force as
select ranked.submission_id, ranked.collection, ranked.area, ranked.period, ranked.version, ranked.outcome,
       ranked.sha256, ranked.content_sha256, ranked.received_at
from (
    select submission.*,
           row_number() over (
               partition by collection, period, area
               order by version desc, received_at desc, submission_id
           ) as place
    from submission
    where outcome <> 'rejected'
) as ranked
where ranked.place = 1;

-- one row per file seen in the landing place: the same bytes may be delivered many times
create table delivery (
    collection text not null,
    area text not null,
    file_name text not null,
    size_bytes bigint not null,
    modified_at timestamp not null,
    submission_id text not null,
    received_at timestamp not null,
    primary key (collection, area, file_name, size_bytes, modified_at)
);

-- one row per rule that failed at one place of a submission
create table finding (
    submission_id text not null,
    seq integer not null,
    rule text not null,
    severity text not null,
    row_no integer,
    column_name text,
    message text not null,
    fix text not null,
    primary key (submission_id, seq)
);

-- answers of one accepted submission by standard, unit and sample reason
create table tally (
    submission_id text not null,
    standard text not null,
    standard_version integer not null,
    unit text not null,
    sample_reason text not null,
    met integer not null,
    partly integer not null,
    not_met integer not null,
    not_applicable integer not null,
    not_due integer not null,
    primary key (submission_id, standard, standard_version, unit, sample_reason)
);

-- one row per published report of a period
create table release (
    release_id text primary key,
    collection text not null,
    period text not null,
    number integer not null,
    content_sha256 text not null,
    inputs_sha256 text not null,
    catalogue_version text not null,
    package_version text not null,
    built_at timestamp not null,
    unique (collection, period, number)
);

-- the submissions a release was made from
create table release_input (
    release_id text not null,
    submission_id text not null,
    primary key (release_id, submission_id)
);

-- one row per release that may be sent: the approval holds for these bytes and no others
create table sign_off (
    release_id text primary key,
    content_sha256 text not null,
    approved_by text not null,
    signed_at timestamp not null
);

-- one row per message owed to one recipient; the message itself is rendered when it is sent
create table outbox (
    message_key text primary key,
    kind text not null,
    subject_id text not null,
    edition text not null,
    recipient text not null,
    state text not null,
    attempts integer not null,
    attempt_id text,
    changed_at timestamp not null,
    reply text not null
);

-- append-only and hash-chained: sha256 is that of the previous line's hash and this line
create table audit (
    seq integer primary key,
    written_at timestamp not null,
    event text not null,
    subject text not null,
    detail text not null,
    sha256 text not null
);
