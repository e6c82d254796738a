"""`make secrets`: writes .env, with every secret that docker-compose.yaml asks for. What is there already stays.

No secret is printed. The file can be read by its owner alone.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLE = REPOSITORY / ".env.example"
RULE = "# ---- these may stay empty"
LINE = re.compile(r"^([A-Z_]+)=(.*)$")
SECRET = re.compile(r"PASSWORD|SECRET|KEY")


def main() -> None:
    """Write .env beside docker-compose.yaml and say what is left to fill in."""
    place = REPOSITORY / ".env"
    before = place.read_text(encoding="utf-8") if place.exists() else ""
    text = filled(EXAMPLE.read_text(encoding="utf-8"), before)
    write_for_owner(place, text)
    print(f"written: {place}")
    for name in empty(text):
        print(f"yours to fill in: {name}")


def filled(example: str, before: str) -> str:
    """The example with the values of before; a secret that has none is drawn. Lines the example does not know stay."""
    values = _values(before)
    lines = [_filled(line, values) for line in example.splitlines()]
    unknown = [f"{name}={value}" for name, value in values.items() if name not in _values(example)]
    return "\n".join([*lines, *unknown]) + "\n"


def empty(text: str) -> list[str]:
    """What is required and has no value yet."""
    return [name for name, value in _values(text.partition(RULE)[0]).items() if not value]


def write_for_owner(place: Path, text: str) -> None:
    """Write it whole, and so that at no moment anybody but its owner can read it."""
    beside = place.with_name(f"{place.name}.new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(place)


def _values(text: str) -> dict[str, str]:
    return {found[1]: found[2] for found in map(LINE.match, text.splitlines()) if found}


def _filled(line: str, values: dict[str, str]) -> str:
    found = LINE.match(line)
    if not found:
        return line
    name = found[1]
    return f"{name}={values.get(name) or (_draw(name) if SECRET.search(name) else '')}"


def _draw(name: str) -> str:
    """A Fernet key is 32 bytes in base64; all others stand in URLs, so they are digits and letters."""
    if name == "AIRFLOW_FERNET_KEY":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_hex(24)


if __name__ == "__main__":
    main()
