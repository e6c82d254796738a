#!/bin/sh
# Run by the service `init` before the others start, and without harm again each time.
set -eu
airflow db migrate
airflow pools set warehouse 4 "Tasks that write the warehouse"
ASSURANCE_WAREHOUSE_URL="$WAREHOUSE_OWNER_URL" assurance migrate
python tools/make_users.py
