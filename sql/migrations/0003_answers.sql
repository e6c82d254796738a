-- Rules that can be answered and waived. What a person says of a query is here; no row of a case is.

-- whether a waiver made a note of the finding; null, for those from before there were waivers, is no
alter table finding add column waived boolean;

-- append-only: one row per answer to one query of a submission; of several to the same query the last stands
create table answer (
    submission_id text not null,
    seq integer not null,
    rule text not null,
    column_name text not null,
    answer text not null,
    answered_by text not null,
    answered_at timestamp not null,
    carried_from text,
    primary key (submission_id, seq)
);
