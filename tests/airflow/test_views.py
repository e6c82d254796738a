"""Who may see which view: every address, for nobody, for a user without permission, for one with it, and for Areas."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from assurance.errors import DelayedError, ReleaseError, WarehouseError
from assurance.settings import Settings
from assurance.steps import Steps
from tests.airflow.api_server import FAB, SIMPLE, Server, api_server
from tests.airflow.conftest import REPOSITORY
from tests.rules.builders import PERIOD, valid_return

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]

MONTH = f"outcomes/{PERIOD}"
RELEASE = f"{MONTH}/1"
OWN, OTHER = "WSX", "NEA"
RUNS = {"publish_month": f"outcomes|{PERIOD}|1", "measure_month": f"outcomes|{PERIOD}", "close_month": ""}

WHOLE, PART, AREAS_OWN = "all Areas", "each reader's part", "of one Area"
ADDRESSES: dict[str, dict[str, str]] = {
    # route: an example of it, and what it shows; one of an Area is shown for {area}
    "/": {"/": PART},
    "/board/{collection}": {"/board/outcomes": PART},
    "/board/{collection}/{period}": {f"/board/{MONTH}": PART},
    "/releases/{collection}/index.html": {"/releases/outcomes/index.html": PART},
    "/releases/{collection}/{period}/index.html": {f"/releases/{MONTH}/index.html": PART},
    "/releases/{collection}/{period}/{number}/{path:path}": {
        f"/releases/{RELEASE}/national.html": WHOLE,
        f"/releases/{RELEASE}/shareable.html": WHOLE,
        f"/releases/{RELEASE}/figures.csv": WHOLE,
        f"/releases/{RELEASE}/manifest.json": WHOLE,
        f"/releases/{RELEASE}/trace/ALL.html": WHOLE,
        f"/releases/{RELEASE}/areas/{{area}}.html": AREAS_OWN,
        f"/releases/{RELEASE}/areas/{{area}}.csv": AREAS_OWN,
        f"/releases/{RELEASE}/trace/{{area}}.html": AREAS_OWN,
    },
    "/findings/{collection}": {"/findings/outcomes": PART},
    "/findings/{collection}/{period}": {f"/findings/{MONTH}": PART},
    "/findings/{collection}/{period}/{submission}": {f"/findings/{MONTH}/{{submission}}": AREAS_OWN},
    "/outbox/{collection}": {"/outbox/outcomes": WHOLE},
    "/run/{dag_id}/{run_id}": {"/run/publish_month/run": PART, "/run/measure_month/run": PART},
}
EXAMPLES = [(path, shown) for examples in ADDRESSES.values() for path, shown in examples.items()]
SEEN = {200, 303}
"""The page, or the way to it."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month released with the returns of two Areas; the others sent none."""
    home = tmp_path_factory.mktemp("views")
    steps = Steps(Settings(home=home, arrival="file", sign_off="t"), clock=lambda: datetime(2016, 12, 1))
    steps.migrate()
    for area in (OWN, OTHER):
        valid_return(area=area).landed(steps.settings.landing)
    list(steps.receive("outcomes"))
    assert steps.build("outcomes", PERIOD) == RELEASE
    steps.sign_off(RELEASE)
    return home


@pytest.fixture(scope="module")
def submissions(home: Path) -> dict[str, str]:
    """The id of each Area's submission."""
    found = Steps(Settings(home=home)).findings_to_see("outcomes", PERIOD)
    return {one.submission.area: one.submission.submission_id for one in found}


@pytest.fixture(scope="module")
def fab(home: Path, submissions: dict[str, str]) -> Iterator[Server]:
    with api_server(home, FAB, RUNS) as server:
        yield server


@pytest.fixture(scope="module")
def tokens(fab: Server) -> dict[str, str]:
    users = ("viewer", "nobody", "sender", "wessex", "both", "wessex-who-views")
    return {user: fab.token(user) for user in users}


def address(path: str, submissions: dict[str, str], area: str = OWN) -> str:
    return "/assurance" + path.format(area=area, submission=submissions[area])


def test_every_route_has_an_example_here(airflow: None) -> None:
    from assurance_airflow.views.app import make_app

    routes = {(route.path, frozenset(route.methods)) for route in make_app().routes}  # type: ignore[attr-defined]
    assert {path for path, _ in routes} == ADDRESSES.keys()
    assert all(methods == {"GET"} for _, methods in routes)


def test_what_every_process_of_airflow_imports_of_them_is_nothing_slow() -> None:
    heavy = ("fastapi", "jinja2", "airflow", "assurance.steps", "assurance.reporting")
    code = f"import sys, assurance_airflow.views; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY / "plugins", capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_nobody_sees_anything(fab: Server, submissions: dict[str, str]) -> None:
    for path, _ in EXAMPLES:
        assert fab.get(address(path, submissions))[0] == 401, path
    for path in ("/docs", "/redoc", "/openapi.json", "/no/such"):
        assert fab.get(f"/assurance{path}")[0] in (401, 404), path


@pytest.mark.parametrize(
    ("error", "status"),
    [(DelayedError("try again"), 503), (WarehouseError("mend it"), 503), (ReleaseError("there is none"), 404)],
)
def test_what_is_wrong_is_told_in_a_sentence_and_whether_to_try_again(
    airflow: None, error: Exception, status: int
) -> None:
    from fastapi.testclient import TestClient

    from assurance_airflow.views.access import signed_in
    from assurance_airflow.views.app import make_app

    def fail() -> None:
        raise error

    app = make_app()
    app.dependency_overrides[signed_in] = lambda: None
    app.add_api_route("/fails", fail)
    answer = TestClient(app).get("/fails")
    assert (answer.status_code, answer.text) == (status, str(error))


def test_a_visitor_whom_airflow_lets_in_without_a_name_is_nobody_here(airflow: None) -> None:
    from fastapi import HTTPException

    from assurance_airflow.views.access import signed_in

    with pytest.raises(HTTPException) as refused:
        signed_in(SimpleNamespace(is_anonymous=True, roles=[SimpleNamespace(name="Viewer")]))  # type: ignore[arg-type]
    assert refused.value.status_code == 401


def test_a_token_that_is_not_the_servers_is_refused(fab: Server, tokens: dict[str, str]) -> None:
    head, body, signature = tokens["viewer"].split(".")
    for forged in ("x.y.z", f"{head}.{body}.{signature[::-1]}"):
        assert fab.get(f"/assurance/board/{MONTH}", forged)[0] in (401, 403)
        assert fab.get(f"/assurance/board/{MONTH}", forged, cookie=True)[0] in (401, 403)


def test_a_user_without_permission_sees_nothing(
    fab: Server, tokens: dict[str, str], submissions: dict[str, str]
) -> None:
    for path, _ in EXAMPLES:
        assert fab.get(address(path, submissions), tokens["nobody"])[0] == 403, path


def test_a_user_who_may_read_the_dags_sees_everything(
    fab: Server, tokens: dict[str, str], submissions: dict[str, str]
) -> None:
    for path, _ in EXAMPLES:
        for area in (OWN, OTHER):
            assert fab.get(address(path, submissions, area), tokens["viewer"])[0] in SEEN, path
            assert fab.get(address(path, submissions, area), tokens["viewer"], cookie=True)[0] in SEEN, path


@pytest.mark.parametrize("user", ["wessex", "wessex-who-views"])
def test_an_areas_reader_sees_what_is_of_the_area_and_nothing_else(
    fab: Server, tokens: dict[str, str], submissions: dict[str, str], user: str
) -> None:
    for path, shown in EXAMPLES:
        own = fab.get(address(path, submissions), tokens[user])[0]
        assert own in (SEEN if shown != WHOLE else {403}), path
        if shown == AREAS_OWN:
            assert fab.get(address(path, submissions, OTHER), tokens[user])[0] == 403, path


def test_a_reader_of_two_areas_sees_both(fab: Server, tokens: dict[str, str], submissions: dict[str, str]) -> None:
    for path, shown in EXAMPLES:
        if shown == AREAS_OWN:
            for area in (OWN, OTHER):
                assert fab.get(address(path, submissions, area), tokens["both"])[0] == 200, path
    assert fab.get(f"/assurance/releases/{RELEASE}/areas/CYW.html", tokens["both"])[0] == 403


def test_who_may_read_one_dag_sees_what_it_makes(fab: Server, tokens: dict[str, str]) -> None:
    for path, status in (
        (f"/releases/{RELEASE}/national.html", 200),
        ("/outbox/outcomes", 200),
        (f"/board/{MONTH}", 403),
        (f"/findings/{MONTH}", 403),
        ("/run/publish_month/run", 303),
        ("/run/measure_month/run", 403),
    ):
        assert fab.get(f"/assurance{path}", tokens["sender"])[0] == status, path


def test_no_page_of_an_areas_reader_names_another_area(
    fab: Server, tokens: dict[str, str], submissions: dict[str, str], home: Path
) -> None:
    others = [area.name for area in Steps(Settings(home=home)).collection("outcomes").areas_owing(PERIOD)]
    others.remove("Wessex")
    assert len(others) > 10
    for path, shown in EXAMPLES:
        if shown != PART or path in ("/", "/board/outcomes", "/findings/outcomes") or path.startswith("/run/"):
            continue
        page = fab.get(address(path, submissions), tokens["wessex"])[2].decode().replace("Times are London time.", "")
        assert "Wessex" in page, path
        assert [name for name in others if re.search(rf"\b{re.escape(name)}\b", page)] == [], path
        assert f">{OTHER}<" not in page
        assert submissions[OTHER] not in page
        assert "national.html" not in page
        assert "/outbox/" not in page
        assert "You see what is of Area WSX only." in page


def test_a_run_leads_each_reader_to_their_report(fab: Server, tokens: dict[str, str]) -> None:
    for run in ("publish_month", "measure_month"):
        for user, place in (
            ("viewer", "national.html"),
            ("wessex", "areas/WSX.html"),
            ("both", "../index.html"),
        ):
            status, headers, _ = fab.get(f"/assurance/run/{run}/run", tokens[user])
            assert (status, headers["location"]) == (303, f"/assurance/releases/{RELEASE}/{place}")
    assert fab.get("/assurance/run/close_month/run", tokens["viewer"])[1]["location"] == "/assurance/"
    assert fab.get("/assurance/run/publish_month/none", tokens["viewer"])[0] == 404


def test_no_address_leads_out_of_a_release(fab: Server, tokens: dict[str, str]) -> None:
    for path in (
        f"releases/{RELEASE}/../../../../warehouse.duckdb",
        f"releases/{RELEASE}/..%2f..%2f..%2f..%2fwarehouse.duckdb",
        f"releases/{RELEASE}/areas/..%2fnational.html",
        f"releases/{RELEASE}/%2fetc%2fpasswd",
        f"releases/{RELEASE}/letters/ALL.json",
        f"releases/{RELEASE}/areas/",
        "releases/outcomes/..%2foutcomes/1/national.html",
        f"releases/..%2fx/{PERIOD}/1/national.html",
        f"releases/{MONTH}/2/national.html",
        "releases/nothing/index.html",
        "releases/outcomes/0000-01/index.html",
        "board/outcomes/9999-12",
        "board/nothing/2016-10",
        f"board/bcm_readings/{PERIOD}",
        f"findings/{MONTH}/{'0' * 64}",
    ):
        status, _, body = fab.get(f"/assurance/{path}", tokens["viewer"])
        assert status in (403, 404), path
        assert b"root:" not in body


def test_every_answer_is_kept_nowhere_and_asks_for_nothing(
    fab: Server, tokens: dict[str, str], submissions: dict[str, str]
) -> None:
    types = {".html": "text/html; charset=utf-8", ".csv": "text/csv; charset=utf-8", ".json": "application/json"}
    for path, _ in EXAMPLES:
        status, headers, body = fab.get(address(path, submissions), tokens["viewer"])
        assert headers["cache-control"] == "no-store", path
        assert headers["content-security-policy"].startswith("default-src 'none'"), path
        assert headers["x-content-type-options"] == "nosniff", path
        if status == 200:
            assert headers["content-type"] == types.get(Path(path).suffix, types[".html"]), path
            assert ("content-disposition" in headers) == (Path(path).suffix in (".csv", ".json")), path
            assert b"<script" not in body, path


def test_a_release_that_was_changed_is_not_shown(fab: Server, tokens: dict[str, str], home: Path) -> None:
    page = home / "releases" / RELEASE / "national.html"
    built = page.read_bytes()
    page.write_bytes(built + b" ")
    try:
        status, _, told = fab.get(f"/assurance/releases/{RELEASE}/national.html", tokens["viewer"])
    finally:
        page.write_bytes(built)
    assert status == 404
    assert b"was changed after it was built" in told


def test_the_simple_sign_in_shows_all_areas_and_says_so(
    home: Path, tmp_path: Path, submissions: dict[str, str]
) -> None:
    (tmp_path / "releases").symlink_to(home / "releases")
    (tmp_path / "warehouse.duckdb").symlink_to(home / "warehouse.duckdb")
    with api_server(tmp_path, SIMPLE, RUNS) as server:
        token = server.token("viewer")
        for path, _ in EXAMPLES:
            assert server.get(address(path, submissions))[0] == 401, path
            assert server.get(address(path, submissions), token)[0] in SEEN, path
        page = server.get(f"/assurance/board/{MONTH}", token)[2].decode()
    assert "its simple sign-in knows no roles of Areas" in page
