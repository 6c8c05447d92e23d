"""Checks every count of three published cohorts of cells against DuckDB.

    python check_cohorts.py CELLS --contexture PATH

CELLS is the folder with the tables; `mappings/` says which of their columns is what. Sums (`Total`) are checked too. The
exit code is 1 if any count differs.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
TOTAL = "Total"
MOST_SHOWN = 10

# Patient, sample, region and marker of a count.
Counts = dict[tuple[str, str, str, str], int]


@dataclass
class Cohort:
    """A table of cells, and how its columns become rows of patient, sample, region and marker, one for each thing that a
    cell is; `cells` is the table itself."""

    name: str
    file_name: str
    query: str


COHORTS = [
    Cohort(
        "nsclc",
        "nsclc_mxfda_285k.csv.gz",
        """SELECT patient_id, "patientImage_id", 'TUMOR', CASE state WHEN 'CK+' THEN 'PanCK' ELSE replace(state, '+', '') END
           FROM (UNPIVOT cells ON phenotype_ck, phenotype_cd4, phenotype_cd8, phenotype_cd14, phenotype_cd19,
                 phenotype_other INTO NAME marker VALUE state)
           WHERE tissue_category = 'Tumor' AND state LIKE '%+'
           UNION ALL SELECT patient_id, "patientImage_id", 'TUMOR', 'Total' FROM cells WHERE tissue_category = 'Tumor'""",
    ),
    Cohort(
        "tipc",
        "tipc_283k.csv.gz",
        """SELECT tumor_ids, tumor_ids || '_' || core_ids, NULL, "Phenotype" FROM cells
           UNION ALL SELECT tumor_ids, tumor_ids || '_' || core_ids, NULL, 'Total' FROM cells""",
    ),
    Cohort(
        "tnbc",
        "tnbc_mibi_198k.csv.gz",
        """SELECT patient, patient, NULL, phenotype FROM cells
           UNION ALL SELECT patient, patient, NULL, 'Total' FROM cells""",
    ),
]


def expected(cohort: Cohort, cells: Path) -> Counts:
    """Counts by DuckDB: of each region, if there are any, and of all of them together."""
    query = f"""
        WITH cells AS (FROM read_csv($path, all_varchar = true)), things(patient, sample, region, marker) AS ({cohort.query})
        SELECT patient, sample, region, marker, count(*) FROM things WHERE region IS NOT NULL GROUP BY ALL
        UNION ALL SELECT patient, sample, '{TOTAL}', marker, count(*) FROM things GROUP BY ALL"""
    rows = duckdb.execute(query, {"path": str(cells / cohort.file_name)}).fetchall()
    return {tuple(key): n for *key, n in rows}


def found(cohort: Cohort, cells: Path, program: Path) -> Counts:
    """Counts by contexture; zeros are left out, which DuckDB does not give."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "counted"
        mapping = HERE / "mappings" / f"{cohort.name}.toml"
        command = [program, "count", cells / cohort.file_name, "--mapping", mapping, "-o", output, "--quiet"]
        subprocess.run(command, check=True)
        with (output / "densities.tsv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    return {
        (row["patient_id"], row["sample_id"], row["region"], row["marker"]): int(row["n_cells"])
        for row in rows
        if row["n_cells"] not in ("", "0")
    }


def differences(expected: Counts, found: Counts) -> list[str]:
    keys = sorted(expected.keys() | found.keys())
    wrong = [key for key in keys if expected.get(key) != found.get(key)]
    return [f"{' / '.join(key)}: contexture {found.get(key)}, DuckDB {expected.get(key)}" for key in wrong]


def main() -> None:
    parser = argparse.ArgumentParser(description="Checks counts of published cohorts against DuckDB")
    parser.add_argument("cells", type=Path, help="folder with the tables of cells")
    parser.add_argument("--contexture", type=Path, required=True, help="the program")
    args = parser.parse_args()
    n_wrong = 0
    for cohort in COHORTS:
        counts = expected(cohort, args.cells)
        wrong = differences(counts, found(cohort, args.cells, args.contexture.resolve()))
        print(f"{cohort.name}: {len(counts)} counts, {len(wrong)} differ")
        print("".join(f"  {it}\n" for it in wrong[:MOST_SHOWN]), end="")
        n_wrong += len(wrong)
    sys.exit(1 if n_wrong else 0)


if __name__ == "__main__":
    main()
