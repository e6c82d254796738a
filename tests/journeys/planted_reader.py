"""Reads a received file as the reader does, but for two: one lets it crash with a cell in its last words, one hangs it."""

import json
import sys
from pathlib import Path
from runpy import run_path

CRASH, HANG = b"ZEBRA-CRASH", b"ZEBRA-HANG"
READER = Path(__file__).resolve().parents[2] / "plugins" / "assurance" / "intake" / "reader.py"

if __name__ == "__main__":
    reader = run_path(str(READER))
    asked = json.loads(sys.argv[1])
    content = Path(asked["path"]).read_bytes()
    if CRASH in content:
        print(content.decode())
        raise ValueError(content[-200:])
    if HANG in content:
        reader["limit"](2, asked["megabytes"])
        print(content.decode(), flush=True)
        while True:
            pass
    reader["main"](reader["read_csv"])
