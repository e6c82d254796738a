-- Second readings: another assessor's answers beside the Area's own to the same checks. No row of a case is here.
-- Both submissions of a pair never change, so a pair is counted once, when the later of the two is loaded.

-- one row per pair of answers that one submission of second readings and one own submission have
create table second_reading (
    reading_id text not null,
    own_id text not null,
    assessor text not null,
    standard text not null,
    standard_version integer not null,
    scale text not null,
    sample_reason text not null,
    own text not null,
    second text not null,
    checks integer not null,
    primary key (reading_id, own_id, assessor, standard, standard_version, sample_reason, own, second)
);

-- how many readings found their check in the own submission, and why the others did not
create table second_reading_match (
    reading_id text not null,
    own_id text not null,
    assessor text not null,
    readings integer not null,
    matched integer not null,
    case_unknown integer not null,
    not_answered integer not null,
    primary key (reading_id, own_id, assessor)
);

-- of the checks read that one own submission answers, how many another one of the same return answers otherwise
create table second_reading_change (
    reading_id text not null,
    before_id text not null,
    after_id text not null,
    checks integer not null,
    cases integer not null,
    primary key (reading_id, before_id, after_id)
);
