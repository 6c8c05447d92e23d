#!/usr/bin/env python3
"""Write the synthetic colon cancer cohort: densities, clinical table, training set, reference.

    python3 make_cohort.py

writes densities.tsv, clinical.tsv, training_densities.tsv and reference.json beside this
script. No row describes a person. Only `random.Random(seed).random()` and the transforms
below produce chance, so that every Python 3 writes the same bytes.
"""

import json
import math
import random
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Of the seeds tried, one whose estimates lie near the true effects (README.md).
COHORT_SEED = 2
TRAINING_SEED = 700
N_COHORT = 303
N_TRAINING = 240
FIRST_COHORT_ID = 1
FIRST_TRAINING_ID = 1001

MARKERS = ("CD3", "CD8")
REGIONS = ("CT", "IM")

# Median CD3 density in cells/mm2; the CD8 median is the CD3 median times the median share
# of CD8+ among CD3+ cells, about a third: 200 in the core, 350 at the margin.
MEDIAN_CD3 = {"CT": 600.0, "IM": 1000.0}
MEDIAN_CD8_SHARE = {"CT": 0.333, "IM": 0.350}
SD_LOG_CD3 = 0.80
# Lymphocytes side by side leave no room for more.
MAX_CD3 = 12000.0
SD_LOGIT_SHARE = 0.95
# Shares of the variance of log CD3 that a patient's regions have in common, and that the
# CD8 share has in common with the infiltrate; they give correlations of about 0.7.
COMMON_CD3 = 0.66
COMMON_SHARE = 0.30
SD_LOG_BLOCK = 0.25
# A few tumours are immune deserts: next to no T cells in the core.
P_DESERT = 0.025
DESERT_CT_FACTOR = {"CD3": 0.03, "CD8": 0.0005}
MEDIAN_AREA_MM2 = {"CT": 20.0, "IM": 10.0}
SD_LOG_AREA = {"CT": 0.60, "IM": 0.50}
SD_LOG_ADJACENT_SECTION = 0.06

# True effects on death; relapse is drawn as an earlier part of the same course.
HR_PER_10_POINTS = 0.87
HR_STAGE = {"I": 1.0, "II": 1.6, "III": 3.0}
HR_PER_YEAR_OF_AGE = 1.035
HR_CENTRE = {"A": 1.0, "B": 1.3, "C": 0.85}
HR_MSI = 0.85
DEATH_SHAPE = 1.15
DEATH_SCALE_YEARS = 23.0
# Share of deaths that follow a relapse.
P_RELAPSE_BEFORE_DEATH = {"I": 0.35, "II": 0.55, "III": 0.75}
DROPOUT_PER_YEAR = 0.03
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = 30.4375

# What is odd in the tables, by patient.
MISSING_REGION = {
    "0013": "IM", "0041": "IM", "0067": "CT", "0092": "IM", "0118": "IM", "0139": "CT",
    "0164": "IM", "0187": "IM", "0211": "CT", "0236": "IM", "0259": "IM",
}
MISSING_COMPONENT = {"0284": ("CD8", "CT")}
AREA_FAIL = {"0029": ("IM", 0.21), "0147": ("IM", 0.09), "0228": ("CT", 0.18)}
AREA_WARN = {
    "0018": ("IM", 0.62), "0075": ("IM", 0.44), "0103": ("CT", 0.83),
    "0171": ("IM", 0.33), "0219": ("IM", 0.91), "0270": ("IM", 0.57),
}
CD8_ABOVE_CD3 = {
    "0034": ("CT", 1.4), "0110": ("IM", 1.25), "0195": ("CT", 1.9), "0266": ("IM", 1.6),
}
AREA_MISMATCH = {"0052": ("IM", 0.36), "0158": ("CT", 0.41), "0243": ("IM", 0.28)}
AREA_IN_SQUARE_CENTIMETRES = {"0126": "CT"}
# Not put there: the deserts in which no CD8+ cell of the core was met.
ZERO_COUNT = ("0058", "0103", "0120", "0184", "0204", "0298")
TWO_BLOCKS = ("0009", "0058", "0097", "0152", "0183", "0250")
SECOND_BLOCK_WITHOUT_MARGIN = ("0152",)
ONLY_CLINICAL = ("0045", "0169", "0300")
ONLY_DENSITIES = ("0022", "0143", "0288")
NO_FOLLOW_UP = ("0061", "0115", "0206")
NO_FOLLOW_UP_TIMES = ("0254",)
RELAPSE_AT_DAY_0 = ("0088", "0231")
MSI_MISSING = ("0005", "0037", "0079", "0122", "0150", "0178", "0215", "0262", "0295")
MONTHS_ONLY_CENTRE = "C"


class Chance:
    """Draws made of `random()` alone."""

    def __init__(self, seed):
        self.uniform = random.Random(seed).random

    def normal(self):
        radius = math.sqrt(-2.0 * math.log(1.0 - self.uniform()))
        return radius * math.cos(2.0 * math.pi * self.uniform())

    def exponential(self, rate):
        return -math.log(1.0 - self.uniform()) / rate

    def below(self, probability):
        return self.uniform() < probability

    def choice(self, weights):
        """One key of `weights`, by its weight."""
        left = self.uniform()
        for key, weight in weights.items():
            left -= weight
            if left < 0.0:
                return key
        return key

    def poisson(self, mean):
        if mean > 50.0:
            return max(0, math.floor(mean + math.sqrt(mean) * self.normal() + 0.5))
        floor, product, count = math.exp(-mean), self.uniform(), 0
        while product > floor:
            product *= self.uniform()
            count += 1
        return count


def logistic(x):
    return 1.0 / (1.0 + math.exp(-x))


def normal_cdf(z):
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


def draw_patient(chance, patient_id):
    """What is true of the patient and cannot be seen directly, and what can."""
    stage = chance.choice({"I": 0.20, "II": 0.42, "III": 0.38})
    msi = chance.below({"I": 0.15, "II": 0.20, "III": 0.10}[stage])
    sex = "male" if chance.below(0.55) else "female"
    age = min(91, max(31, math.floor(68.0 + 11.0 * chance.normal() + 0.5)))
    centre = chance.choice({"A": 0.40, "B": 0.35, "C": 0.25})
    # Infiltrate is denser in MSI tumours and sparser in advanced ones.
    shift = (0.55 if msi else -0.10) + {"I": 0.20, "II": 0.05, "III": -0.15}[stage]
    infiltrate = shift + 0.95 * chance.normal()
    return {
        "patient_id": patient_id,
        "stage": stage,
        "msi": "MSI" if msi else "MSS",
        "sex": sex,
        "age_years": age,
        "centre": centre,
        "infiltrate": infiltrate,
        "desert": chance.below(P_DESERT),
    }


def draw_densities(chance, patient):
    """True density of every component of the patient's tumour, in cells/mm2."""
    z = -2.0 if patient["desert"] else patient["infiltrate"]
    densities = {}
    for region in REGIONS:
        own = math.sqrt(COMMON_CD3) * z + math.sqrt(1.0 - COMMON_CD3) * chance.normal()
        share = math.sqrt(COMMON_SHARE) * z + math.sqrt(1.0 - COMMON_SHARE) * chance.normal()
        median_share = MEDIAN_CD8_SHARE[region]
        logit = math.log(median_share / (1.0 - median_share))
        cd3 = min(MAX_CD3, MEDIAN_CD3[region] * math.exp(SD_LOG_CD3 * own))
        densities["CD3", region] = cd3
        densities["CD8", region] = cd3 * logistic(logit + SD_LOGIT_SHARE * share)
    if patient["desert"]:
        for marker in MARKERS:
            densities[marker, "CT"] *= DESERT_CT_FACTOR[marker]
    return densities


def draw_block(chance, densities, spread):
    """Counts and areas of one block: {(marker, region): [n_cells, area_mm2]}."""
    block = {}
    for region in REGIONS:
        area = MEDIAN_AREA_MM2[region] * math.exp(SD_LOG_AREA[region] * chance.normal())
        area = max(2.0, area)
        local = math.exp(spread * chance.normal())
        for marker in MARKERS:
            section = area * math.exp(SD_LOG_ADJACENT_SECTION * chance.normal())
            section = round(section, 4)
            n_cells = chance.poisson(densities[marker, region] * local * section)
            block[marker, region] = [n_cells, section]
    return block


def shrink(cell, area):
    """The same density on a smaller area."""
    n_cells, old_area = cell
    return [math.floor(n_cells * area / old_area + 0.5), round(area, 4)]


def add_quirks(patient_id, block):
    """What goes wrong between a tumour and a table."""
    if patient_id in AREA_FAIL or patient_id in AREA_WARN:
        region, area = AREA_FAIL.get(patient_id) or AREA_WARN[patient_id]
        for marker, of_section in zip(MARKERS, (1.0, 1.04)):
            block[marker, region] = shrink(block[marker, region], area * of_section)
    if patient_id in CD8_ABOVE_CD3:
        region, ratio = CD8_ABOVE_CD3[patient_id]
        n_cd8, area_cd8 = block["CD8", region]
        area_cd3 = block["CD3", region][1]
        block["CD3", region][0] = math.floor(n_cd8 / area_cd8 * area_cd3 / ratio + 0.5)
    if patient_id in AREA_MISMATCH:
        region, share = AREA_MISMATCH[patient_id]
        block["CD8", region] = shrink(block["CD8", region], block["CD3", region][1] * share)
    if patient_id in AREA_IN_SQUARE_CENTIMETRES:
        region = AREA_IN_SQUARE_CENTIMETRES[patient_id]
        for marker, area in zip(MARKERS, (131.4, 127.9)):
            n_cells, old_area = block[marker, region]
            n_cells = math.floor(n_cells / old_area * area + 0.5)
            block[marker, region] = [n_cells, round(area / 100.0, 4)]
    if patient_id in MISSING_REGION:
        for marker in MARKERS:
            del block[marker, MISSING_REGION[patient_id]]
    if patient_id in MISSING_COMPONENT:
        del block[MISSING_COMPONENT[patient_id]]


def rows_of(patient_id, blocks):
    for letter, block in zip("AB", blocks):
        for region in REGIONS:
            for marker in MARKERS:
                if (marker, region) in block:
                    n_cells, area = block[marker, region]
                    sample_id = f"{patient_id}-{letter}"
                    yield patient_id, sample_id, region, marker, str(n_cells), f"{area:.4f}"


def draw_outcome(chance, patient):
    """Follow-up in whole days: (os_days, os_event, rfs_days, rfs_event)."""
    points = 100.0 * normal_cdf(patient["infiltrate"])
    hazard_ratio = (
        HR_PER_10_POINTS ** ((points - 50.0) / 10.0)
        * HR_STAGE[patient["stage"]]
        * HR_PER_YEAR_OF_AGE ** (patient["age_years"] - 68)
        * HR_CENTRE[patient["centre"]]
        * (HR_MSI if patient["msi"] == "MSI" else 1.0)
    )
    death = DEATH_SCALE_YEARS * (chance.exponential(1.0) / hazard_ratio) ** (1.0 / DEATH_SHAPE)
    relapses = chance.below(P_RELAPSE_BEFORE_DEATH[patient["stage"]])
    relapse = death * (0.35 + 0.5 * chance.uniform())
    end = min(8.0 + chance.uniform(), chance.exponential(DROPOUT_PER_YEAR))

    def whole_days(years):
        days = years * DAYS_PER_YEAR
        if patient["centre"] == MONTHS_ONLY_CENTRE:
            days = max(1, math.ceil(days / DAYS_PER_MONTH)) * DAYS_PER_MONTH
        return max(1, math.floor(days + 0.5))

    os_days, os_event = whole_days(min(death, end)), int(death <= end)
    if relapses and relapse <= end:
        return os_days, os_event, whole_days(relapse), 1
    return os_days, os_event, os_days, os_event


def clinical_row(chance, patient):
    patient_id = patient["patient_id"]
    outcome = draw_outcome(chance, patient)
    if patient_id in RELAPSE_AT_DAY_0:
        outcome = outcome[0], outcome[1], 0, 1
    outcome = [str(value) for value in outcome]
    if patient_id in NO_FOLLOW_UP:
        outcome = ["", "", "", ""]
    if patient_id in NO_FOLLOW_UP_TIMES:
        outcome = ["", "0", "", "0"]
    msi = "" if patient_id in MSI_MISSING else patient["msi"]
    age, sex, stage = str(patient["age_years"]), patient["sex"], patient["stage"]
    return [patient_id, age, sex, stage, msi, patient["centre"], *outcome]


def draw_cohort():
    chance = Chance(COHORT_SEED)
    densities, clinical = [], []
    for number in range(N_COHORT):
        patient_id = f"{FIRST_COHORT_ID + number:04d}"
        patient = draw_patient(chance, patient_id)
        truth = draw_densities(chance, patient)
        if patient_id in TWO_BLOCKS:
            blocks = [draw_block(chance, truth, SD_LOG_BLOCK) for _ in range(2)]
        else:
            blocks = [draw_block(chance, truth, 0.0)]
            add_quirks(patient_id, blocks[0])
        if patient_id in SECOND_BLOCK_WITHOUT_MARGIN:
            for marker in MARKERS:
                del blocks[1][marker, "IM"]
        row = clinical_row(chance, patient)
        if patient_id not in ONLY_CLINICAL:
            densities.extend(rows_of(patient_id, blocks))
        if patient_id not in ONLY_DENSITIES:
            clinical.append(row)
    return densities, clinical


def draw_training():
    chance = Chance(TRAINING_SEED)
    rows = []
    for number in range(N_TRAINING):
        patient_id = f"{FIRST_TRAINING_ID + number:04d}"
        truth = draw_densities(chance, draw_patient(chance, patient_id))
        rows.extend(rows_of(patient_id, [draw_block(chance, truth, 0.0)]))
    return rows


def pooled_densities(rows):
    """{(marker, region): [density of each patient]}: summed counts over summed areas."""
    sums = {}
    for patient_id, _, region, marker, n_cells, area in rows:
        n, a = sums.get((marker, region, patient_id), (0, 0.0))
        sums[marker, region, patient_id] = n + int(n_cells), a + float(area)
    pooled = {}
    for (marker, region, _), (n_cells, area) in sums.items():
        pooled.setdefault((marker, region), []).append(n_cells / area)
    return pooled


def mid_ranks(values):
    """Ranks from 1, tied values sharing theirs."""
    ascending = sorted(values)
    first = {value: at for at, value in reversed(list(enumerate(ascending, 1)))}
    last = dict(zip(ascending, range(1, len(ascending) + 1)))
    return [(first[value] + last[value]) / 2 for value in values]


def rank_correlation(first, second):
    """Spearman's, rounded so that it is the same on every machine."""
    a, b = ([rank - (len(first) + 1) / 2 for rank in mid_ranks(it)] for it in (first, second))
    product = sum(x * y for x, y in zip(a, b))
    return round(product / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b)), 9)


def reference_of(rows):
    pooled = pooled_densities(rows)
    components = [(marker, region) for marker in MARKERS for region in REGIONS]
    return {
        "schema_version": 1,
        "name": "synthetic-training-cohort",
        "description": "240 synthetic patients, one block each; for tests and demonstration only",
        "protocol": "consensus",
        "n_patients": N_TRAINING,
        "built_from": "complete_patients",
        "components": [
            {"marker": marker, "region": region, "values": sorted(pooled[marker, region])}
            for marker, region in components
        ],
        # Patients stand in the same order in each list.
        "rank_correlations": [
            [rank_correlation(pooled[one], pooled[other]) for other in components] for one in components
        ],
    }


def check_quirks(rows):
    """Stop unless each quirk stands in the patients listed above and in no other."""
    sums = {}
    for patient_id, _, region, marker, n_cells, area in rows:
        n, a = sums.get((patient_id, region, marker), (0, 0.0))
        sums[patient_id, region, marker] = n + int(n_cells), a + float(area)
    quirks = ("missing", "fail", "warn", "cd8", "mismatch", "dense", "zero")
    found = {quirk: set() for quirk in quirks}
    for patient_id in {key[0] for key in sums}:
        for region in REGIONS:
            pair = [sums.get((patient_id, region, marker)) for marker in MARKERS]
            if None in pair:
                found["missing"].add(patient_id)
                continue
            (n_cd3, area_cd3), (n_cd8, area_cd8) = pair
            if min(area_cd3, area_cd8) < 0.25:
                found["fail"].add(patient_id)
            elif min(area_cd3, area_cd8) < 1.0:
                found["warn"].add(patient_id)
            if n_cd8 / area_cd8 > 1.1 * (n_cd3 / area_cd3):
                found["cd8"].add(patient_id)
            if max(area_cd3, area_cd8) > 2.0 * min(area_cd3, area_cd8):
                found["mismatch"].add(patient_id)
            if max(n_cd3 / area_cd3, n_cd8 / area_cd8) > 20000.0:
                found["dense"].add(patient_id)
            if n_cd8 == 0 or n_cd3 == 0:
                found["zero"].add(patient_id)
    expected = {
        "missing": {*MISSING_REGION, *MISSING_COMPONENT},
        "fail": set(AREA_FAIL),
        "warn": set(AREA_WARN),
        "cd8": set(CD8_ABOVE_CD3),
        "mismatch": set(AREA_MISMATCH),
        "dense": set(AREA_IN_SQUARE_CENTIMETRES),
        "zero": set(ZERO_COUNT),
    }
    for quirk, patients in expected.items():
        if found[quirk] != patients:
            raise SystemExit(f"{quirk}: expected {sorted(patients)}, found {sorted(found[quirk])}")


def write(name, text):
    (HERE / name).write_bytes(text.encode("utf-8"))


def write_table(name, header, rows):
    write(name, "".join("\t".join(row) + "\n" for row in [header, *rows]))


def main():
    densities, clinical = draw_cohort()
    training = draw_training()
    check_quirks(densities)
    density_header = ("patient_id", "sample_id", "region", "marker", "n_cells", "area_mm2")
    write_table("densities.tsv", density_header, densities)
    write_table("training_densities.tsv", density_header, training)
    clinical_header = (
        "patient_id", "age_years", "sex", "stage", "msi", "centre",
        "os_days", "os_event", "rfs_days", "rfs_event",
    )
    write_table("clinical.tsv", clinical_header, clinical)
    write("reference.json", json.dumps(reference_of(training), indent=2) + "\n")


if __name__ == "__main__":
    main()
