"""What each collection asks, of whom, by when and by which rules: everything that stands as data in `expectations/`.

`schema` says what may stand in the files, `collection` what they come to, `loading` reads them and refuses bad ones.
"""

from assurance.catalogue.collection import Catalogue, Collection
from assurance.catalogue.loading import load_catalogue
from assurance.catalogue.schema import (
    Calendar,
    Column,
    Entry,
    Expectation,
    Limits,
    Quoted,
    RuleText,
    Words,
    WorkingDay,
)

__all__ = [
    "Calendar",
    "Catalogue",
    "Collection",
    "Column",
    "Entry",
    "Expectation",
    "Limits",
    "Quoted",
    "RuleText",
    "Words",
    "WorkingDay",
    "load_catalogue",
]
