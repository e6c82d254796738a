"""What `docker-compose.yaml` promises, as far as it can be read from the file: no container engine is needed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from assurance.settings import REPOSITORY, Settings

TEXT = (REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
ENV_EXAMPLE = (REPOSITORY / ".env.example").read_text(encoding="utf-8")

VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>[A-Z_]+)(?P<how>:\?|:-|)(?P<rest>[^}]*)\}")
SECRET = re.compile(r"PASSWORD|SECRET|KEY|TOKEN")
LONG_RUNNING = [name for name, service in SERVICES.items() if service["restart"] != "no"]
AIRFLOW = ["init", "api-server", "scheduler", "dag-processor", "triggerer", "worker"]
OTHERS = {"postgres": [], "redis": ["celery"], "mail": ["mail"]}
"""Services of images that are not ours, and the profiles that start them."""
DEFAULTS = {
    "AIRFLOW_BASE_URL": "http://localhost:8080",
    "AIRFLOW_COOKIE_SECURE": "false",
    "AIRFLOW_EXECUTOR": "LocalExecutor",
    "EXPECTATIONS_FOLDER": "./expectations",
    "STATSD_HOST": "localhost",
    "STATSD_ON": "false",
    "STATSD_PORT": "8125",
}
"""What is chosen where nothing is set."""
FOR_COMPOSE_ITSELF = {"COMPOSE_PROFILES"}
"""Read by Compose, so it stands in .env and not in the file."""
KEYS = {
    "": "name services volumes networks configs secrets include models",
    "services": """annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name
        cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec
        depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file
        environment expose extends external_links extra_hosts gpus group_add healthcheck hostname image init ipc isolation
        label_file labels links logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit models
        network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform ports post_start pre_stop privileged
        profiles provider pull_policy pull_refresh_after read_only restart runtime scale secrets security_opt shm_size
        stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts
        volumes volumes_from working_dir""",
    "healthcheck": "disable interval retries start_interval start_period test timeout",
    "logging": "driver options",
}
"""The keys in the schema of the Compose Specification: github.com/compose-spec/compose-spec, schema/compose-spec.json of
June 2026. What is not named here is a slip of the pen."""
DURATION = re.compile(r"(\d+h)?(\d+m)?(\d+s)?")


def environment() -> Iterator[tuple[str, str, str]]:
    """Service, variable and value of everything that is set."""
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            yield name, variable, value


def variables() -> Iterator[re.Match[str]]:
    """Everything that is taken from the surroundings, wherever it stands in the file."""
    return VARIABLE.finditer(TEXT)


def without_variables(value: str) -> str:
    return VARIABLE.sub("", value)


def test_the_services_are_those_of_the_architecture() -> None:
    assert set(SERVICES) == {*AIRFLOW, *OTHERS}
    asked_for = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert asked_for == {"mail": ["mail"], "redis": ["celery"], "worker": ["celery"]}


def test_every_key_is_one_of_the_specification() -> None:
    told = [("", COMPOSE), *(("services", service) for service in SERVICES.values())]
    told += [
        (part, service[part]) for service in SERVICES.values() for part in ("healthcheck", "logging") if part in service
    ]
    unknown = [
        key
        for of, keys in told
        for key in keys
        if key not in KEYS[of].split() and not (of == "" and key.startswith("x-"))
    ]
    assert unknown == []


def test_times_sizes_and_conditions_are_written_as_compose_reads_them() -> None:
    for name, service in SERVICES.items():
        check = service.get("healthcheck", {})
        times = [check[part] for part in ("interval", "timeout", "start_period") if part in check]
        times += [service[part] for part in ("stop_grace_period",) if part in service]
        assert [time for time in times if not time or not DURATION.fullmatch(time)] == [], name
        assert re.fullmatch(r"\d+[mg]", service["mem_limit"]), name
        assert service["restart"] in ("no", "unless-stopped"), name
        for needed, told in service.get("depends_on", {}).items():
            assert needed in SERVICES, name
            assert told["condition"] in ("service_healthy", "service_completed_successfully"), name
        assert check.get("test", ["CMD"])[0] in ("CMD", "CMD-SHELL"), name


def test_every_named_volume_is_declared_and_used() -> None:
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {name for name in used if re.fullmatch("[a-z]+", name)} == set(COMPOSE["volumes"])


def test_every_secret_is_required_and_none_has_a_default() -> None:
    secrets = [found for found in variables() if SECRET.search(found["name"])]
    assert {found["name"] for found in secrets} == {
        "POSTGRES_PASSWORD",
        "AIRFLOW_DATABASE_PASSWORD",
        "WAREHOUSE_DATABASE_PASSWORD",
        "REDIS_PASSWORD",
        "AIRFLOW_ADMIN_PASSWORD",
        "WAREHOUSE_OWNER_PASSWORD",
        "AIRFLOW_API_SECRET_KEY",
        "AIRFLOW_JWT_SECRET",
        "AIRFLOW_FERNET_KEY",
    }
    assert [found.group() for found in secrets if found["how"] != ":?"] == []


def test_what_has_a_default_is_listed_here() -> None:
    defaults = {found["name"]: found["rest"] for found in variables() if found["how"] == ":-" and found["rest"]}
    assert defaults == DEFAULTS
    assert [found.group() for found in variables() if found["how"] == ""] == []


@pytest.mark.parametrize(("service", "variable", "value"), tuple(environment()))
def test_no_password_is_written_down(service: str, variable: str, value: str) -> None:
    if SECRET.search(variable) and not variable.endswith("_FILE"):
        assert without_variables(value) == "", f"{service}: {variable}"
    assert not re.search(r"://[^/@]*:[^/@:]+@", without_variables(value)), f"{service}: {variable} holds a login"


def test_ports_are_published_on_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_images_are_pinned_by_tag() -> None:
    images = [service["image"] for service in SERVICES.values()] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    untagged = [image for image in images if not re.fullmatch(r"[a-z0-9/-]+:v?[0-9][A-Za-z0-9.-]*", image)]
    assert untagged == []
    assert f"assurance:{_version()}" in images, "our own image has the version of the package"


def test_whatever_runs_on_says_whether_it_is_healthy_and_may_not_eat_the_machine() -> None:
    assert [name for name in LONG_RUNNING if not SERVICES[name].get("healthcheck", {}).get("test")] == []
    assert [name for name in SERVICES if not SERVICES[name].get("mem_limit")] == []


def test_airflow_starts_when_the_databases_are_ready() -> None:
    assert SERVICES["init"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    prepared = {"init": {"condition": "service_completed_successfully"}}
    for name in AIRFLOW[1:]:
        more = {"redis": {"condition": "service_healthy"}} if name == "worker" else {}
        assert SERVICES[name]["depends_on"] == {**prepared, **more}, name


def test_every_setting_of_ours_exists() -> None:
    known = {f"ASSURANCE_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"ASSURANCE_[A-Z_]+", TEXT + ENV_EXAMPLE + DOCKERFILE))
    assert named
    assert named - known == set()


def test_the_warehouse_has_a_database_and_a_role_of_its_own() -> None:
    for name in AIRFLOW:
        settings = SERVICES[name]["environment"]
        assert settings["ASSURANCE_WAREHOUSE_URL"].startswith("postgresql+psycopg://warehouse:")
        assert settings["ASSURANCE_WAREHOUSE_URL"].endswith("/warehouse")
        assert settings["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("postgresql+psycopg://airflow:")
    script = (REPOSITORY / "tools" / "make_databases.sh").read_text(encoding="utf-8")
    for database, owner in (("airflow", "airflow"), ("warehouse", "warehouse_owner")):
        assert f"create database {database} owner {owner};" in script
        assert f"revoke all on database {database} from public;" in script


def test_all_parts_of_airflow_share_one_set_of_settings() -> None:
    common = [dict(SERVICES[name]["environment"]) for name in AIRFLOW]
    common[0].pop("AIRFLOW_ADMIN_PASSWORD")
    common[0].pop("WAREHOUSE_OWNER_URL")
    assert all(one == common[0] for one in common)


def test_the_example_of_env_names_everything_that_is_asked_for() -> None:
    """And gives no value."""
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", ENV_EXAMPLE, re.M))
    assert set(example) - FOR_COMPOSE_ITSELF == {found["name"] for found in variables()}
    assert set(example.values()) == {""}


def test_nothing_runs_as_root_or_may_become_it() -> None:
    for name, service in SERVICES.items():
        assert service["user"].partition(":")[0] not in ("", "0", "root"), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode", "userns_mode"} & set(
            service
        ) == set(), name


def test_the_image_ends_as_a_user_of_its_own() -> None:
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.M) == ["assurance"]
    after = DOCKERFILE.partition("\nUSER assurance\n")[2]
    assert re.findall(r"^[A-Z]+", after, re.M) == ["CMD"], "nothing is copied or run after it"
    (number,) = re.findall(r"useradd --uid (\d+) ", DOCKERFILE)
    assert {SERVICES[name]["user"] for name in AIRFLOW} == {f"{number}:{number}"}
    owned = re.findall(r"chown \S+ ([^\\\n]+)", DOCKERFILE)
    assert [place.split() for place in owned] == [["/opt/airflow/logs", "/var/lib/assurance"]]


def test_file_systems_are_read_only_but_for_volumes_and_what_lies_in_memory() -> None:
    for name, service in SERVICES.items():
        assert service["read_only"] is True, name
        assert "/tmp" in service["tmpfs"], name
    for name in AIRFLOW:
        writable = [volume.split(":")[1] for volume in SERVICES[name]["volumes"] if not volume.endswith(":ro")]
        assert writable == ["/var/lib/assurance", "/opt/airflow/logs"], "the two folders of the image's user"


def test_no_service_holds_the_engine() -> None:
    assert "docker.sock" not in TEXT
    assert "use_api_socket" not in TEXT


def test_logs_of_containers_do_not_grow_for_ever() -> None:
    for name, service in SERVICES.items():
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name


def test_a_worker_is_given_the_time_its_tasks_may_take() -> None:
    """Every task may run for ten minutes."""
    assert SERVICES["worker"]["stop_grace_period"] == "11m"
    assert all(int(SERVICES[name]["stop_grace_period"].rstrip("m")) >= 1 for name in AIRFLOW)


def test_the_login_is_not_the_one_meant_for_development() -> None:
    for name in AIRFLOW:
        manager = SERVICES[name]["environment"]["AIRFLOW__CORE__AUTH_MANAGER"]
        assert manager == "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"


def test_the_images_python_is_one_the_lock_is_made_for() -> None:
    (version,) = re.findall(r"^FROM python:(\d+\.\d+)-", DOCKERFILE, re.M)
    asked = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert version in SpecifierSet(asked)


def test_what_is_private_is_not_sent_to_the_engine() -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".*", "var"} <= set(ignored), ".env, .git, .venv, and what was made here"


def test_the_image_installs_locked_requirements_by_hash() -> None:
    installs = [each.strip() for each in re.findall(r"pip install ([^\\\n]*)", DOCKERFILE)]
    assert [each for each in installs if "--require-hashes" not in each] == ["--no-deps --no-build-isolation -e ."]
    assert len(installs) == 3


def test_what_is_copied_or_mounted_is_there() -> None:
    copied = [source for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.M) for source in line.split()[:-1]]
    mounted = re.findall(r"- (\./[^:\n]+):", TEXT)
    assert copied
    assert mounted
    assert [path for path in (*copied, *mounted) if not (REPOSITORY / path).exists()] == []


def test_a_landing_place_is_only_read() -> None:
    for name in AIRFLOW:
        (landing,) = (volume for volume in SERVICES[name]["volumes"] if ":/landing" in volume)
        assert landing.endswith(":ro")


def _version() -> str:
    found = re.search(r'^version = "(.+)"$', (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    assert found
    return found[1]
