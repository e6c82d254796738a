-- The audit trail: append-only, each line holding the hash of the one before it and itself.
-- grain: one thing done
-- readers: assurance.warehouse.audit, which writes the next line and recomputes them all

-- name: last
select seq, sha256
from audit
order by seq desc nulls last
limit 1;

-- name: add
insert into audit (seq, written_at, event, subject, detail, sha256)
values (:seq, :written_at, :event, :subject, :detail, :sha256);

-- name: lines
select seq, written_at, event, subject, detail, sha256
from audit
order by seq;
