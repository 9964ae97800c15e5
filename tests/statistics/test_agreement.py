"""Against the published tables (irrCAC, R irr, Krippendorff 2011), and mean coverage by simulation."""

import random
from collections import Counter

import pytest

from labelops.statistics.agreement import agreement, gwet_ac1, krippendorff_alpha

THREE_BY_THREE = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
NAMES = ["accepted", "fixed", "rejected"]
# Krippendorff 2011: four judges, twelve units, gaps; and Gwet's fifteen patients of six psychiatrists each.
FOUR_JUDGES = ["111", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3"]
PSYCHIATRISTS = ["00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310", "20040", "00006", "10050",
                 "11040", "03300", "10050", "02031"]  # fmt: skip


def of_table(table, names=NAMES):
    pairs = {(names[i], names[j]): number for i, row in enumerate(table) for j, number in enumerate(row)}
    return agreement(pairs, names[: len(table)])


def test_the_table_of_irrcac():
    found = of_table(THREE_BY_THREE)
    assert found.n == 100
    assert found.raw.value == pytest.approx(0.89)
    assert found.kappa.value == pytest.approx(0.7964094, abs=1e-7)
    assert found.kappa.standard_error == pytest.approx(0.0589107, abs=1e-7)
    assert found.ac1.value == pytest.approx(0.8493305, abs=1e-7)
    assert found.alpha.value == pytest.approx(0.7972585, abs=1e-7)


def test_two_by_two_by_hand():
    assert of_table([[20, 5], [10, 15]]).kappa.value == pytest.approx(0.4)


def test_high_agreement_with_one_rare_answer_shows_why_ac1_stands_beside_kappa():
    found = of_table([[118, 5], [2, 0]])
    assert round(found.raw.value, 3) == 0.944
    assert round(found.kappa.value, 4) == -0.0234
    assert round(found.ac1.value, 4) == 0.9408


def test_several_judges_with_gaps():
    units = [([unit.count(category) for category in "12345"], 1) for unit in FOUR_JUDGES]
    assert krippendorff_alpha(units).value == pytest.approx(0.7434, abs=1e-4)
    assert gwet_ac1(units).value == pytest.approx(0.775444, abs=1e-5)


def test_psychiatrists():
    units = [([int(count) for count in row], 1) for row in PSYCHIATRISTS]
    assert krippendorff_alpha(units).value == pytest.approx(0.4204384, abs=1e-7)
    assert gwet_ac1(units).value == pytest.approx(0.4448007, abs=1e-7)


def test_what_is_not_defined_is_none():
    assert agreement({}, NAMES) is None
    same = agreement({("accepted", "accepted"): 30}, NAMES)
    assert same.raw.value == 1
    assert same.kappa is None
    assert same.alpha is None
    # AC1 is: it asks how often chance would make three categories agree.
    assert same.ac1.value == 1
    assert 0.8 < same.ac1.interval.low < 1
    with pytest.raises(KeyError):
        agreement({("accepted", "perhaps"): 1}, NAMES)


def test_full_agreement_does_not_claim_certainty():
    found = agreement({("accepted", "accepted"): 20, ("rejected", "rejected"): 5}, NAMES)
    assert found.kappa.value == 1
    assert found.kappa.interval.high == 1
    assert found.kappa.interval.low < 0.75


POPULATIONS = [
    [[0.55, 0.03, 0.02], [0.03, 0.12, 0.03], [0.02, 0.03, 0.17]],
    [[0.70, 0.04, 0.02], [0.04, 0.08, 0.02], [0.02, 0.02, 0.06]],
    [[0.40, 0.08, 0.05], [0.06, 0.14, 0.05], [0.04, 0.06, 0.12]],
    [[0.62, 0.02, 0.01], [0.02, 0.14, 0.01], [0.01, 0.01, 0.16]],
]


@pytest.mark.parametrize("n", [60, 200])
def test_intervals_cover_as_often_as_they_say(n):
    chance, covered, drawn = random.Random(20261122), Counter(), 0
    cells = [(one, two) for one in NAMES for two in NAMES]
    for table in POPULATIONS:
        weights = [probability for row in table for probability in row]
        # So many that nothing of the sample's size is left in them.
        true = agreement({cell: round(w * 10_000_000) for cell, w in zip(cells, weights, strict=True)}, NAMES)
        for _ in range(1_000):
            found = agreement(Counter(chance.choices(cells, weights, k=n)), NAMES)
            drawn += 1
            for name in ("raw", "kappa", "ac1", "alpha"):
                covered[name] += getattr(true, name).value in getattr(found, name).interval
    for name, number in covered.items():
        assert number / drawn == pytest.approx(0.95, abs=0.01), name
