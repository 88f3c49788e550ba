"""A detector that the charter refuses is refused on the record, not only on the screen."""

import json

import pytest

from atalaya.app import detect_sites as use_case
from atalaya.detection.gate import admit
from atalaya.detection.local_anomaly import LocalAnomalyDetector
from atalaya.errors import NotPermittedError
from atalaya.model.actor import Role
from small_sortie import make_bench


class WithARefusedClass(LocalAnomalyDetector):
    class_names = ("roof", "person")


def test_a_refused_detector_leaves_its_refusal_in_the_ledger(tmp_path, monkeypatch):
    bench = make_bench(tmp_path / "workspace")
    monkeypatch.setattr(use_case, "load_detector", lambda _name: admit(WithARefusedClass()))
    analyst = bench.acting(Role.IMAGERY_ANALYST)
    with pytest.raises(NotPermittedError, match="person"):
        use_case.detect_sites(analyst, bench.sortie.sortie_id, detector_name="other")
    with analyst.store.transaction() as step:
        last = json.loads(list(step.entries())[-1].leaf)
    assert (last["action"], last["subject"]) == ("detection.refuse", bench.sortie.sortie_id)
    assert "person" in last["body"]["reasons"][0]
