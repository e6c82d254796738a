# One image for every service. The requirements are the locked ones, each checked by its hash.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/app/.venv/bin:$PATH

RUN useradd --uid 10001 --create-home --home-dir /opt/airflow --shell /usr/sbin/nologin assurance \
    && mkdir -p /app /landing /opt/airflow/config /opt/airflow/login /opt/airflow/logs /var/lib/assurance \
    && chown -R assurance:assurance /opt/airflow /var/lib/assurance

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
COPY tools/prepare_server.sh tools/prepare_server.sh
COPY tools/airflow_local_settings.py /opt/airflow/config/
# in place, for sql/, reports/ and expectations/ are found beside the package
RUN .venv/bin/python -m pip install --no-deps --no-build-isolation -e .

ENV AIRFLOW_HOME=/opt/airflow AIRFLOW__CORE__DAGS_FOLDER=/app/dags AIRFLOW__CORE__PLUGINS_FOLDER=/app/plugins
USER assurance
CMD ["assurance", "--help"]
