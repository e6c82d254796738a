-- What case-level returns add up to, beside their tally. No row of a case is here.

-- a submission's own answers to timely standards beside those that follow from its dates
create table declared (
    submission_id text not null,
    standard text not null,
    standard_version integer not null,
    sample_reason text not null,
    declared text not null,
    computed text not null,
    checks integer not null,
    primary key (submission_id, standard, standard_version, sample_reason, declared, computed)
);

-- reasons given for a standard not met, and what the partner says of them
create table reason (
    submission_id text not null,
    sample_reason text not null,
    reason text not null,
    disputed text not null,
    accepted text not null,
    checks integer not null,
    primary key (submission_id, sample_reason, reason, disputed, accepted)
);

-- how many cases were looked at, where and why
create table sampled (
    submission_id text not null,
    sample_point text not null,
    sample_reason text not null,
    cases integer not null,
    primary key (submission_id, sample_point, sample_reason)
);

-- how many cases there were to choose from, as the return says
create table scope (
    submission_id text primary key,
    cases_in_scope integer not null
);
