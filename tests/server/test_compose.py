"""The tests' reader of docker-compose.yaml fills in as Compose does."""

from __future__ import annotations

import pytest

from tests.server.compose import NotSet, fill_in, image_environment, read_services

TEXT = """
x-common: &common
  user: "10001"
  environment: &environment {NAME: "${NAME:?say who}", MODE: "${MODE:-quiet}"}
services:
  one:
    <<: *common
    image: one:1
    command: [sh, -c, 'echo "$$HOME"']
    environment: {<<: *environment, MORE: "a${EMPTY:-}b"}
    volumes: ["kept:/var/kept", "${FOLDER:?}:/in:ro"]
    mem_limit: 512m
"""


def test_a_service_is_read_with_what_it_shares_and_what_is_set() -> None:
    one = read_services(TEXT, {"NAME": "x", "FOLDER": "/f"})["one"]
    assert one.environment == {"NAME": "x", "MODE": "quiet", "MORE": "ab"}
    assert one.command == ("sh", "-c", 'echo "$HOME"')
    assert [(v.source, v.target, v.read_only) for v in one.volumes] == [
        ("kept", "/var/kept", False),
        ("/f", "/in", True),
    ]
    assert one.memory == 512 * 2**20


@pytest.mark.parametrize("values", [{}, {"NAME": ""}])
def test_what_is_required_must_be_there_and_not_empty(values: dict[str, str]) -> None:
    with pytest.raises(NotSet, match="say who"):
        fill_in("${NAME:?say who}", values)


def test_a_value_that_looks_like_a_variable_is_left_alone() -> None:
    assert fill_in("${NAME:?}", {"NAME": "${OTHER:?}"}) == "${OTHER:?}"


def test_the_image_sets_the_path_before_that_of_the_system() -> None:
    assert image_environment("FROM x\nENV A=1 PATH=/app/bin:$PATH\nENV B=2\n", "/bin") == {
        "A": "1",
        "PATH": "/app/bin:/bin",
        "B": "2",
    }
