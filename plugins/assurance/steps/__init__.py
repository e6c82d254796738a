"""The steps of a month, each once: what a command of the command line does, and what a task of a DAG does.

Effects happen here, in the order that makes a crash harmless: kept bytes, then the archive, then one transaction. A
step that is run again does nothing twice. One module for each thing that is done.
"""

from __future__ import annotations

from assurance.steps.alerting import Alerted, AlertingSteps
from assurance.steps.answering import AnsweringSteps
from assurance.steps.building import BuildingSteps
from assurance.steps.chasing import Chased, ChasingSteps
from assurance.steps.closing import ClosingSteps
from assurance.steps.common import PACKAGE_VERSION
from assurance.steps.figures import FigureSteps
from assurance.steps.gauges import Gauge, GaugeSteps
from assurance.steps.indexing import IndexingSteps
from assurance.steps.leaving_out import LeavingOutSteps
from assurance.steps.measuring import Measured, MeasuringSteps
from assurance.steps.outbox import Cleared, OutboxSteps
from assurance.steps.receipts import ReceiptSteps
from assurance.steps.receiving import Loaded, ReceivingSteps, Ticket
from assurance.steps.releases import ReleaseSteps
from assurance.steps.restating import Restatement, RestatingSteps
from assurance.steps.second_readings import SecondReadingSteps
from assurance.steps.showing import ShowingSteps, Status
from assurance.steps.signing import SigningSteps
from assurance.steps.tracing import TracingSteps
from assurance.steps.upkeep import Expired, Leftover, UpkeepSteps
from assurance.steps.watching import Missed, WatchingSteps

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


class Steps(
    UpkeepSteps,
    TracingSteps,
    GaugeSteps,
    ShowingSteps,
    WatchingSteps,
    RestatingSteps,
    FigureSteps,
    OutboxSteps,
    SigningSteps,
    MeasuringSteps,
    BuildingSteps,
    IndexingSteps,
    ReleaseSteps,
    LeavingOutSteps,
    ClosingSteps,
    ChasingSteps,
    AlertingSteps,
    AnsweringSteps,
    ReceivingSteps,
    ReceiptSteps,
    SecondReadingSteps,
):
    """The steps over one set of settings: all there are, from the end of the way to its beginning.

    Whoever calls another's steps stands before it.
    """
