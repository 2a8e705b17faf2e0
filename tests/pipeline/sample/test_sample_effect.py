"""The planted effect of one province is found in its monthly sheets; of twenty: make studies."""

from __future__ import annotations

from tests.studies.effect_recovery import ALSO_WITHOUT, of_seed

PLANTED = {"reported_speak_up": 0.10, "identification_rate": 0.06, "referral_rate": 0.08}


def test_what_was_planted_is_found_and_little_else() -> None:
    found, planted = of_seed(2, visited=False)
    assert planted == PLANTED  # as truth.json says
    for metric, truth in PLANTED.items():
        e = found[metric].overall
        assert e is not None and e.low is not None and e.high is not None
        assert found[metric].verdict in ("effective", "insufficient")
        assert e.low < truth < e.high and e.high - e.low < truth
    without = ("satisfaction", "complaints", "substitution_rate", "fee_share", "key_client_churn")
    told = [found[m].verdict for m in (*without, *ALSO_WITHOUT)]
    assert told.count("effective") <= 1  # 14 metrics at 2.5 %: more than one in 1 of 20 provinces
    assert found["adherence"].reason == "no_data"
