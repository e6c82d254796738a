"""What `docker-compose.yaml` promises, as far as it can be read from the file: no container engine is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from assurance.settings import REPOSITORY, Settings

TEXT = (REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
ENV_EXAMPLE = (REPOSITORY / ".env.example").read_text(encoding="utf-8")

VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>[A-Z_]+)(?P<how>:\?|:-|)(?P<rest>[^}]*)\}")
SECRET = re.compile(r"PASSWORD|SECRET|KEY|TOKEN")
LONG_RUNNING = [name for name, service in SERVICES.items() if service["restart"] != "no"]
AIRFLOW = ["init", "api-server", "scheduler", "dag-processor"]


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
    assert set(SERVICES) == {"postgres", *AIRFLOW, "mail"}
    assert SERVICES["mail"]["profiles"] == ["mail"], "only where it is asked for"


def test_every_secret_is_required_and_none_has_a_default() -> None:
    secrets = [found for found in variables() if SECRET.search(found["name"])]
    assert {found["name"] for found in secrets} == {
        "POSTGRES_PASSWORD",
        "AIRFLOW_DATABASE_PASSWORD",
        "WAREHOUSE_DATABASE_PASSWORD",
        "AIRFLOW_ADMIN_PASSWORD",
        "AIRFLOW_API_SECRET_KEY",
        "AIRFLOW_JWT_SECRET",
        "AIRFLOW_FERNET_KEY",
    }
    assert [found.group() for found in secrets if found["how"] != ":?"] == []


def test_nothing_that_is_not_a_secret_has_a_hidden_default_either() -> None:
    assert [found.group() for found in variables() if found["how"] == ":-" and found["rest"]] == []
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
    for name in AIRFLOW[1:]:
        assert SERVICES[name]["depends_on"] == {"init": {"condition": "service_completed_successfully"}}, name


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
    assert common[0] == common[1] == common[2] == common[3]


def test_the_example_of_env_names_everything_that_is_asked_for() -> None:
    """And gives no value."""
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", ENV_EXAMPLE, re.M))
    assert set(example) == {found["name"] for found in variables()}
    assert set(example.values()) == {""}


def test_nothing_runs_as_root_or_may_become_it() -> None:
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.M) == ["assurance"]
    for name in AIRFLOW:
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in SERVICES[name]["security_opt"]


def test_the_image_installs_locked_requirements_by_hash() -> None:
    installs = re.findall(r"pip install ([^\\\n]*)", DOCKERFILE)
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
