#!/bin/sh
# Run by the service `init` before the others start, and without harm again each time.
set -eu
airflow db migrate
airflow pools set warehouse 4 "Tasks that write the warehouse"
assurance migrate
python - <<'PYTHON'
import json, os, pathlib

place = pathlib.Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
place.touch(mode=0o600)
place.write_text(json.dumps({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}) + "\n")
PYTHON
