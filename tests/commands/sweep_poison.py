"""A plugin of Dask under which workers do `poisoned`; apart, as it loads Dask."""

from __future__ import annotations

from typing import Any

from distributed import WorkerPlugin  # noqa: TID253  # a base class is needed at once; only workers' tests import this

from tests.commands.sweep_workers import poisoned


class Poison(WorkerPlugin):
    """In the processes of workers alone."""

    name = "poison"

    def setup(self, worker: Any) -> None:  # noqa: ARG002  # as Dask calls it
        from verifier.commands import sweep_cluster

        sweep_cluster.records = poisoned  # type: ignore[attr-defined]  # imported there, not exported

    def teardown(self, worker: Any) -> None:  # noqa: ARG002  # as Dask calls it
        from verifier.commands import sweep_cluster, sweep_task

        sweep_cluster.records = sweep_task.records  # type: ignore[attr-defined]  # as above
