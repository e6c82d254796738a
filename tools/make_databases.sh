#!/bin/sh
# Run once by the PostgreSQL container, when its data folder is empty: a database each for Airflow and the warehouse, and
# their roles. No login may enter the other's database. On a server that is there already an administrator runs it by hand.
#
#     warehouse_owner   owns the tables; `assurance migrate` uses it, nothing else
#     warehouse         the steps of a month; may do nothing but take the role of the job in hand (ASSURANCE_WAREHOUSE_ROLES)
#     assurance_…       the jobs; sql/grants.sql says what each may do. A person or a worker with one job gets a login of
#                       its own: create role ada login password '…' in role assurance_auditor
set -eu
psql --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
    --set=airflow="$AIRFLOW_DATABASE_PASSWORD" --set=warehouse="$WAREHOUSE_DATABASE_PASSWORD" \
    --set=owner="$WAREHOUSE_OWNER_PASSWORD" <<'SQL'
create role airflow login password :'airflow';
create database airflow owner airflow;
revoke all on database airflow from public;

create role assurance_intake;
create role assurance_measure;
create role assurance_report;
create role assurance_mail;
create role assurance_auditor;
create role warehouse_owner login password :'owner' connection limit 5;
create role warehouse login noinherit password :'warehouse' connection limit 40
    in role assurance_intake, assurance_measure, assurance_report, assurance_mail, assurance_auditor;
create database warehouse owner warehouse_owner;
revoke all on database warehouse from public;
grant connect on database warehouse to
    warehouse, assurance_intake, assurance_measure, assurance_report, assurance_mail, assurance_auditor;
SQL
