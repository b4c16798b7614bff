"""The same sweep on a Dask cluster: equal answers, and a board that ends its worker is an error of its own."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands.host_documents import BOARD
from tests.commands.sweep_workers import MARKER, serial
from tests.commands.test_stopped import is_clean, moments, stopped, tool
from tests.reading.trees import blob
from verifier.commands.sweep_cluster import cluster
from verifier.commands.sweep_inputs import Inputs, inputs
from verifier.commands.sweep_results import results
from verifier.commands.sweep_run import sweep
from verifier.commands.sweep_stamp import stamp
from verifier.layout.errors import InputError
from verifier.layout.sweep import Setting, SweepReport
from verifier.reports import sweep_json

pytestmark = pytest.mark.filterwarnings("default")  # Dask's own
BOARDS = Path(__file__).parent.parent / "boards"
SETTINGS = tuple(
    Setting(tag, "release", iommu, (40,)) for tag in ("4.17.7", "4.22.0") for iommu in (True, False)
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Two workers with a process each; the first board that ends one is given up."""
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
        ) as started,
    ):
        yield started.scheduler_address


def swept(found: Inputs, settings: tuple[Setting, ...], workers: Any) -> SweepReport:
    with results(None, stamp()) as kept:
        return sweep(found, settings, workers, kept, lambda *_: None)


def test_a_cluster_finds_what_this_process_finds(address: str) -> None:
    found = inputs([str(BOARDS)])
    there = swept(found, SETTINGS, cluster(address, 120.0))
    assert sweep_json.render(there) == sweep_json.render(swept(found, SETTINGS, serial))
    assert len(there.boards) == 8


def test_a_board_that_ends_its_worker_stops_nothing(address: str, tmp_path: Path) -> None:
    """By a plugin that poisons each worker, those that a nanny starts anew as well."""
    from distributed import Client

    from tests.commands.sweep_poison import Poison

    (tmp_path / "board.dtb").write_bytes(blob(BOARD))
    (tmp_path / "crash.dts").write_bytes(MARKER + b"crash 4.17")
    (tmp_path / "hang.dts").write_bytes(MARKER + b"hang 4.17")
    with Client(address) as client:
        client.register_plugin(Poison())
        report = swept(inputs([str(tmp_path)]), SETTINGS[1:3], cluster(address, 4.0))
        client.unregister_worker_plugin("poison")
    found = {Path(each.names[0]).stem: each.records for each in report.boards}
    for kind in ("crash", "hang"):
        old, new = found[kind]
        assert (old.verdict, old.fault, new.verdict) == ("error", "lost", "proved")
        assert "KilledWorker" in old.headline
    clean = swept(inputs([str(tmp_path / "board.dtb")]), SETTINGS[1:3], serial)
    assert found["board"] == clean.boards[0].records


def test_a_worker_with_another_tool_is_not_believed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.commands.sweep_run.stamp", lambda: "another")
    report = swept(inputs([str(BOARDS / "sl28.dtb")]), SETTINGS[:1], cluster(address, 60.0))
    (record,) = report.boards[0].records
    assert (record.fault, report.verdict) == ("lost", "unknown")
    assert "another verifier" in record.headline


def test_no_scheduler_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.commands.sweep_cluster._ANSWERS", 0.5)
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        swept(inputs([str(BOARDS / "sl28.dtb")]), SETTINGS[:1], cluster("tcp://127.0.0.1:9", 60.0))


def test_without_dask_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(InputError, match=r"python -m pip install 'xen-layout-verifier\[cluster\]'"):
        cluster("tcp://127.0.0.1:8786", 60.0)


@pytest.mark.stopped
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_sweep_on_a_cluster_goes_on_from_any_moment(
    number: signal.Signals, address: str, tmp_path: Path
) -> None:
    asked = (
        "sweep",
        "tests/boards",
        "--xen",
        "4.17",
        "--xen",
        "4.22",
        "--ipa-bits",
        "40",
        "--scheduler",
        address,
    )
    file = tmp_path / "r.sqlite"
    for moment in moments(8.0):
        status, told = stopped(tool(*asked, "--resume", str(file)), number, moment)
        assert is_clean(told), (moment, told)
        assert status in (-number, 128 + number, 1), (moment, told)
    said = tool(*asked, "--resume", str(file), "--format", "json").communicate()[0]
    assert said == tool(*asked[:-2], "--format", "json").communicate()[0]
