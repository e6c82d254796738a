"""What docker-compose.yaml and the Dockerfile say, filled in as Compose fills it in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from assurance.settings import REPOSITORY

VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Z_]+)(?::(?P<how>[?-])(?P<rest>[^}]*))?\})")


class NotSet(Exception):
    """A required variable has no value."""


@dataclass(frozen=True)
class Volume:
    """A named volume or a folder, and where it lies in the service."""

    source: str
    target: str
    read_only: bool


@dataclass(frozen=True)
class Service:
    """One service, as it would be run."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    healthcheck: tuple[str, ...]
    volumes: tuple[Volume, ...]
    tmpfs: tuple[str, ...]
    user: str
    memory: int
    """Its limit in bytes."""


def read_services(text: str, values: Mapping[str, str]) -> dict[str, Service]:
    """Every service of a compose file; NotSet where it asks for what `values` does not hold."""
    services: dict[str, dict[str, Any]] = fill_in(yaml.safe_load(text), values)["services"]
    return {name: _service(name, told) for name, told in services.items()}


def fill_in(told: Any, values: Mapping[str, str]) -> Any:
    """The same with every `${NAME:?}`, `${NAME:-default}` and `$$` replaced; anchors are resolved by YAML before."""
    if isinstance(told, dict):
        return {name: fill_in(value, values) for name, value in told.items()}
    if isinstance(told, list):
        return [fill_in(value, values) for value in told]
    return VARIABLE.sub(lambda found: _value(found, values), told) if isinstance(told, str) else told


def image_environment(dockerfile: str, path: str) -> dict[str, str]:
    """What the ENV lines of a Dockerfile set; `path` is the PATH before."""
    told = " ".join(re.findall(r"^ENV (.+)$", dockerfile, re.M))
    return {name: value.replace("$PATH", path) for name, value in re.findall(r"(\w+)=(\S+)", told)}


def files() -> tuple[str, str]:
    """The texts of docker-compose.yaml and of the Dockerfile."""
    return tuple((REPOSITORY / name).read_text(encoding="utf-8") for name in ("docker-compose.yaml", "Dockerfile"))  # type: ignore[return-value]


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    value = values.get(found["name"], "")
    if not value and found["how"] == "?":
        raise NotSet(f"{found['name']}: {found['rest']}")
    return value or (found["rest"] if found["how"] == "-" else "")


def _service(name: str, told: Mapping[str, Any]) -> Service:
    return Service(
        name=name,
        image=told["image"],
        command=tuple(told.get("command", ())),
        environment=told.get("environment", {}),
        healthcheck=tuple(told.get("healthcheck", {}).get("test", ())),
        volumes=tuple(_volume(each) for each in told.get("volumes", ())),
        tmpfs=tuple(told.get("tmpfs", ())),
        user=str(told.get("user", "")),
        memory=_bytes(told["mem_limit"]),
    )


def _volume(told: str) -> Volume:
    source, target, *options = told.split(":")
    return Volume(source, target, "ro" in options)


def _bytes(told: str) -> int:
    return int(told[:-1]) * {"m": 2**20, "g": 2**30}[told[-1]]
