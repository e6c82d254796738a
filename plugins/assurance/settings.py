"""Where does everything lie, and how is it run? Every setting has an environment variable and a default.

`ASSURANCE_HOME` holds all that is written; each place can stand elsewhere by its own variable.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assurance.errors import SettingsError

REPOSITORY = Path(__file__).resolve().parents[2]

FOLDER = "folder"
"""Said in the place of an SMTP server by who wants none."""


class Settings(BaseSettings):
    """Read once at the edge (command line, DAG task) and handed inwards."""

    model_config = SettingsConfigDict(env_prefix="ASSURANCE_", frozen=True, extra="ignore")

    home: Path = Field(REPOSITORY / "var", description="Holds all that is written, unless a place below is set.")
    expectations: Path = Field(REPOSITORY / "expectations", description="The folder of collections.")
    reports: Path = Field(REPOSITORY / "reports", description="Layout and sections of the reports.")
    landing_url: str = Field(
        "",
        description="Where Areas put their files: a folder, or an object store as `s3://bucket/prefix?region=…`, whose "
        "credentials are the store's own variables (`AWS_…`). Default: `landing/` in the home.",
    )
    kept_url: str = Field("", description="Where received bytes are kept under their SHA-256. Default: `kept/`.")
    archive_url: str = Field(
        "", description="Where the rows of accepted returns lie, one Parquet file each. Default: `archive/`."
    )
    releases_url: str = Field("", description="Where releases are written. Default: `releases/`.")
    mail_folder: str = Field("", description="Where mail is written when no SMTP server is set. Default: `mail/`.")
    warehouse_url: str = Field("", description="SQLAlchemy URL of the warehouse. Default: DuckDB, `warehouse.duckdb`.")
    warehouse_roles: bool = Field(
        False,
        description="On PostgreSQL: each visit of the warehouse takes the role of its job, and `assurance migrate` says "
        "what each may do. The server must have the roles; docs/warehouse.md.",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="`smtp://[user:password@]host:port` (add `?starttls=1`) or `smtps://…`; empty or `folder`: mail goes "
        "to the folder.",
    )
    mail_from: str = Field("assurance@example.org", description="Sender of all mail.")
    arrival: Literal["clock", "file"] = Field(
        "clock",
        description="When a file counts as received: `clock`, the moment it is read; `file`, its modification time "
        "(to feed past months, and for the demonstration).",
    )
    files_a_run: int = Field(
        100,
        ge=1,
        le=1000,
        description="How many files one run of `receive_returns` takes at most; the next one, started as soon as it is "
        "over, takes the rest.",
    )
    sign_off: str = Field(
        "",
        description="Stands in for an approver: releases are sent without a person's approval, and every page says so. "
        "Empty: only what somebody approved is sent.",
    )
    announced_from: str = Field(
        "",
        pattern=r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$",
        description="The first month, `YYYY-MM`, about whose release approvers and readers are written to by itself. Those "
        "of months before, loaded for the trend, are built in silence. Empty: every month.",
    )
    approvers: str = Field(
        "",
        description="Who may sign off in Airflow: ids of its users with commas between, `ada` or `3=ada` to show a name "
        "beside the id. Empty: whoever may change a run.",
    )
    sign_off_wait_days: float = Field(
        14, gt=0, le=30, description="So long a request to sign off waits in Airflow; then nobody has answered it."
    )
    sign_off_grace_hours: float = Field(
        24,
        ge=0,
        description="So long after it was asked in Airflow no sign-off is overdue, whatever the calendar says.",
    )
    retention_months: int = Field(
        0,
        ge=0,
        description="Received bytes and archived rows are deleted so many months after the end of the month they are "
        "about, 12 or more; tallies and releases stay. 0: nothing is deleted.",
    )
    child_seconds: int = Field(
        60, description="Seconds of the processor that reading one file may take; by the clock five times as many."
    )
    child_megabytes: int = Field(1500, description="Memory limit for reading one file.")

    @property
    def landing(self) -> Path:
        return self._place(self.landing_url, "landing")

    @property
    def landing_store(self) -> str:
        """The URL of the object store that returns land in; empty: they land in a folder."""
        return self.landing_url if _is_no_folder(self.landing_url) else ""

    @property
    def smtp(self) -> str:
        """The URL of the SMTP server; empty: mail goes to the folder."""
        url = self.smtp_url.get_secret_value()
        return "" if url == FOLDER else url

    @property
    def kept(self) -> Path:
        return self._place(self.kept_url, "kept")

    @property
    def archive(self) -> Path:
        return self._place(self.archive_url, "archive")

    @property
    def releases(self) -> Path:
        return self._place(self.releases_url, "releases")

    @property
    def mail(self) -> Path:
        return self._place(self.mail_folder, "mail")

    @property
    def checked(self) -> Path:
        """Decisions on their way from checking to loading."""
        return self.home / "checked"

    @property
    def catalogues(self) -> Path:
        """Every version of rules and registers that was ever in force."""
        return self.home / "catalogues"

    @property
    def receipts(self) -> Path:
        return self.home / "receipts"

    @property
    def warehouse(self) -> str:
        return self.warehouse_url or f"duckdb:///{self.home / 'warehouse.duckdb'}"

    def _place(self, url: str, default: str) -> Path:
        if not url:
            return self.home / default
        if _is_no_folder(url):
            scheme = url.partition("://")[0]
            raise SettingsError(
                f"the place for {default}/ is a {scheme} URL; what is done here takes a folder: a path or file://"
            )
        return Path(url.removeprefix("file://"))


def _is_no_folder(url: str) -> bool:
    return "://" in url and not url.startswith("file://")


def read_settings() -> Settings:
    """The settings of this process; SettingsError names a variable that is wrong, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors(include_input=False)[0]
        raise SettingsError(f"ASSURANCE_{str(wrong['loc'][0]).upper()}: {wrong['msg']}") from None
