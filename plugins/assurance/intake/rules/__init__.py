"""Rules as data: one YAML of Great Expectations entries, compiled to one DuckDB statement and held to GX itself."""
