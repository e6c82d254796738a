"""The steps of a month, each once: what a command of the command line does, and what a task of a DAG does.

Effects happen here, in the order that makes a crash harmless: kept bytes, then the archive, then one transaction. A
step that is run again does nothing twice. One module for each thing that is done.
"""

from __future__ import annotations

from assurance.steps.alerting import Alerted
from assurance.steps.answering import AnsweringSteps
from assurance.steps.chasing import Chased
from assurance.steps.collecting import CollectingSteps
from assurance.steps.common import PACKAGE_VERSION
from assurance.steps.gauges import Gauge, GaugeSteps
from assurance.steps.leaving_out import LeavingOutSteps
from assurance.steps.measuring import Measured, MeasuringSteps, Missed
from assurance.steps.month import Restatement, Status
from assurance.steps.outbox import Cleared
from assurance.steps.receiving import Loaded, Ticket
from assurance.steps.showing import ShowingSteps
from assurance.steps.upkeep import Expired, Leftover, UpkeepSteps

__all__ = [
    "PACKAGE_VERSION",
    "Alerted",
    "Chased",
    "Cleared",
    "Expired",
    "Gauge",
    "Leftover",
    "Loaded",
    "Measured",
    "Missed",
    "Restatement",
    "Status",
    "Steps",
    "Ticket",
]


class Steps(ShowingSteps, AnsweringSteps, LeavingOutSteps, CollectingSteps, MeasuringSteps, UpkeepSteps, GaugeSteps):
    """The steps over one set of settings."""
