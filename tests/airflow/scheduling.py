"""What the scheduler does with the keys of the gate, on its own tables; only the loop around it is left out."""

from __future__ import annotations


class Gate:
    """The scheduler's view: emit a key, let it look, and see which runs it made."""

    def __init__(self, month: str) -> None:
        self.month = month

    def emit(self, asset: str, key: str) -> None:
        from airflow.assets.manager import asset_manager
        from airflow.models.asset import AssetModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            model = session.scalars(select(AssetModel).where(AssetModel.name == asset)).one()
            asset_manager.register_asset_change(asset=model, partition_key=key, session=session)

    def runs(self) -> int:
        """How many runs of measure_month there are for the month, after the scheduler has looked."""
        from airflow.jobs.job import Job
        from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session
        from sqlalchemy import func, select

        with create_session() as session:
            SchedulerJobRunner(Job(), num_runs=0)._create_dagruns_for_partitioned_asset_dags(session=session)
            session.commit()
            query = select(func.count()).where(DagRun.dag_id == "measure_month", DagRun.partition_key == self.month)
            return int(session.scalar(query) or 0)
