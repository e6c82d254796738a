-- Releases: the numbered reports of a period, and the submissions each was made from.
-- grain: release, one numbered report; release_input, one submission of one release
-- sign_off, one approval of one release
-- readers: reporting (numbering, what is replaced, the index), delivery, the gate (has the month been measured?)

-- name: add
insert into release (
    release_id, collection, period, number, content_sha256, inputs_sha256, catalogue_version, package_version, built_at
) values (
    :release_id, :collection, :period, :number, :content_sha256, :inputs_sha256, :catalogue_version, :package_version,
    :built_at
);

-- name: add_input
-- many at once: each parameter is a list, one value a row
insert into release_input (release_id, submission_id)
select unnest(cast(:release_id as text[])),
       unnest(cast(:submission_id as text[]));

-- name: of_period
-- those that were there at a line of the audit trail
select release.release_id, release.number, release.content_sha256, release.inputs_sha256, release.built_at
from release
inner join release_known on release_known.release_id = release.release_id
where release.collection = :collection and release.period = :period and release_known.known_from <= :as_of
order by release.number;

-- name: by_id
select release_id, collection, period, number, content_sha256, inputs_sha256, built_at
from release
where release_id = :release_id
order by release_id;

-- name: built
-- every release of a collection, newest month first, with the line of the audit trail that says how it was built
select release.release_id, release.period, release.number, release.content_sha256, release.built_at, audit.detail
from release
left join audit on audit.event = 'built' and audit.subject = release.release_id
where release.collection = :collection
order by release.period desc, release.number desc, audit.seq;

-- name: built_with
-- by which rules, register and program a release was made, and what the line of the audit trail about it says
select release.catalogue_version, release.package_version, audit.seq, audit.detail
from release
left join audit on audit.event = 'built' and audit.subject = release.release_id
where release.release_id = :release_id
order by audit.seq;

-- name: inputs
-- the submissions of a release, with period and Area
select submission.submission_id, submission.period, submission.area
from release_input
inner join submission on submission.submission_id = release_input.submission_id
where release_input.release_id = :release_id
order by submission.period, submission.area, submission.submission_id;

-- name: headline
-- the pooled counts of the release's own period, as its inputs had them
select cast(coalesce(sum(tally.met), 0) as bigint) as met,
       cast(coalesce(sum(tally.partly), 0) as bigint) as partly,
       cast(coalesce(sum(tally.not_met), 0) as bigint) as not_met
from release
inner join release_input on release_input.release_id = release.release_id
inner join submission on submission.submission_id = release_input.submission_id and submission.period = release.period
inner join tally on tally.submission_id = submission.submission_id
where release.release_id = :release_id and tally.sample_reason in ('random', 'all');

-- name: sign_off
select release_id, content_sha256, approved_by, signed_at
from sign_off
where release_id = :release_id
order by release_id;

-- name: add_sign_off
insert into sign_off (release_id, content_sha256, approved_by, signed_at)
values (:release_id, :content_sha256, :approved_by, :signed_at);
