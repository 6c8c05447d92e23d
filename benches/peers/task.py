"""The task that all peers do: count cells by sample, region and phenotype, and print the counts, sorted, as CSV."""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

# The columns to count by: sample, region, phenotype.
KEYS = {
    ".parquet": ["sample_id", "region", "phenotype"],
    ".tsv": ["Image", "Parent", "Classification"],
}
COUNT_HEADER = ["sample", "region", "phenotype", "n_cells"]


def files() -> tuple[list[str], str, list[str]]:
    """The files of the command line, how their names end, and the columns to count by."""
    paths = sys.argv[1:]
    suffix = Path(paths[0]).suffix
    return paths, suffix, KEYS[suffix]


def print_counts(rows: Iterable[tuple[str, str, str, int]]) -> None:
    """Prints sample, region, phenotype and count."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COUNT_HEADER)
    writer.writerows(sorted(rows))
