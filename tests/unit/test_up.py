"""An Airflow is not started where another one runs, or where something else has its port."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tools.airflow_stack import free_port
from tools.up import alone


def test_a_home_has_one_airflow_at_a_time(tmp_path: Path) -> None:
    home = tmp_path / "airflow"
    with alone(home, free_port()), pytest.raises(SystemExit, match="already running over"), alone(home, free_port()):
        pass
    with alone(home, free_port()):
        pass


def test_a_port_that_is_taken_is_named_with_the_cure(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=rf"port {port} is taken.*PORT={port + 1}"), alone(tmp_path, port):
            pass
