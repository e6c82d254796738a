# One image for every service of ours. The requirements are the locked ones, each checked by its hash. All files belong to
# root; what the user of the image may write is two folders, and each is a volume.
FROM python:3.12-slim-bookworm

ENV LANG=C.UTF-8 TZ=UTC PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/app/.venv/bin:$PATH

# an airflow.cfg must be there, for Airflow would write one; empty, for all settings come by the environment
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin assurance \
    && mkdir -p /app /landing /opt/airflow/config /opt/airflow/logs /var/lib/assurance \
    && touch /opt/airflow/airflow.cfg \
    && chown assurance:assurance /opt/airflow/logs /var/lib/assurance

WORKDIR /app
COPY requirements-bootstrap.lock requirements.lock ./
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --require-hashes -r requirements-bootstrap.lock \
    && .venv/bin/python -m pip install --require-hashes --no-deps -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY plugins plugins
COPY dags dags
COPY expectations expectations
COPY reports reports
COPY sql sql
COPY tools/health.py tools/make_users.py tools/prepare_server.sh tools/
COPY tools/airflow_local_settings.py /opt/airflow/config/
# in place, for sql/, reports/ and expectations/ are found beside the package; compiled now, for it is read-only later
RUN .venv/bin/python -m pip install --no-deps --no-build-isolation -e . \
    && .venv/bin/python -m compileall -q plugins dags

ENV HOME=/tmp AIRFLOW_HOME=/opt/airflow AIRFLOW__CORE__DAGS_FOLDER=/app/dags AIRFLOW__CORE__PLUGINS_FOLDER=/app/plugins
USER assurance
CMD ["assurance", "--help"]
