-- What was shared with partners: a number that was given out once cannot be taken back, so the next must be held against it.

-- one row per cell of a release's shareable table, which is over three months; ALL stands for all Areas, owners, standards
create table released_cell (
    release_id text not null,
    area text not null,
    owner text not null,
    standard text not null,
    assessed integer,
    met integer,
    mark text not null,
    primary key (release_id, area, owner, standard)
);
