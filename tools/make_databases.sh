#!/bin/sh
# Run once by the PostgreSQL container, when its data folder is empty: a database and a role each for Airflow and the
# warehouse. Neither role may enter the other's database.
set -eu
psql --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
    --set=airflow="$AIRFLOW_DATABASE_PASSWORD" --set=warehouse="$WAREHOUSE_DATABASE_PASSWORD" <<'SQL'
create role airflow login password :'airflow';
create role warehouse login password :'warehouse';
create database airflow owner airflow;
create database warehouse owner warehouse;
revoke all on database airflow from public;
revoke all on database warehouse from public;
SQL
