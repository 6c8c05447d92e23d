"""Times contexture and its peers on one task, in turn, and checks that all count the same.

    python run.py DATA --contexture PATH          tables of make_data.py in DATA
    python run.py DATA                            the peers alone

Run it with the Python that has the peers. Rscript is taken from the path; without it, data.table is left out.
"""

import argparse
import csv
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CONTEXTURE = "contexture"
PEERS = {
    "DuckDB": [sys.executable, "duckdb_count.py"],
    "polars": [sys.executable, "polars_count.py"],
    "pandas": [sys.executable, "pandas_count.py"],
    "pyarrow": [sys.executable, "pyarrow_count.py"],
    "data.table": ["Rscript", "data_table_count.R"],
}
# What a set is called in the table, and its files.
SETS = {
    "parquet": ("Parquet, 100 files", "parquet/*.parquet"),
    "parquet_10": ("Parquet, the first 10 files", "parquet/part_00?.parquet"),
    "tsv": ("QuPath TSV, 1 file", "tsv/*.tsv"),
    "tsv_10": ("QuPath TSV, 10 files", "tsv_10/*.tsv"),
}
# What contexture calls the regions that the files write so.
REGIONS = {
    "Annotation (Tumor)": "TUMOR",
    "Annotation (Stroma)": "STROMA",
    "Annotation (Margin)": "IM",
    "Annotation (Normal)": "NORMAL",
}
TOTAL = "Total"

Counts = dict[tuple[str, str, str], int]


@dataclass
class Run:
    """What one run took. The memory is never less than this script's own, about 18 MB, which a child starts from."""

    cpu_s: float
    wall_s: float
    peak_mb: float


@dataclass
class Ratio:
    """What contexture may take of what a peer takes, as a share of its CPU time."""

    set_name: str
    peer: str
    most: float


TARGETS = [Ratio("parquet", "DuckDB", 0.4), Ratio("tsv", "DuckDB", 0.6), Ratio("tsv", "polars", 0.6)]
MOST_PEAK_MB = 100


def measure(command: list[str], output: Path) -> Run:
    """Runs a command in this folder, with its output in a file."""
    start = time.perf_counter()
    with output.open("wb") as file:
        child = subprocess.Popen(command, stdout=file, cwd=HERE)
        _, status, usage = os.wait4(child.pid, 0)
    wall_s = time.perf_counter() - start
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"exit code {code}: {' '.join(command[:4])} ...")
    return Run(usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss * 1024 / 1e6)


def peer_counts(text: str) -> Counts:
    """Counts as the peers print them, with contexture's names of regions."""
    rows = csv.DictReader(io.StringIO(text))
    return {
        (row["sample"], REGIONS.get(row["region"], row["region"]), row["phenotype"]): int(row["n_cells"]) for row in rows
    }


def contexture_counts(text: str) -> Counts:
    """Counts of `densities.tsv`, without its sums and its zeros, which the peers do not give."""
    rows = csv.DictReader(io.StringIO(text), delimiter="\t")
    return {
        (row["sample_id"], row["region"], row["marker"]): int(row["n_cells"])
        for row in rows
        if TOTAL not in (row["region"], row["marker"]) and row["n_cells"] not in ("", "0")
    }


def run_contexture(program: Path, paths: list[str], scratch: Path) -> tuple[Run, Counts]:
    output = scratch / "counted"
    run = measure([str(program), "count", *paths, "-o", str(output), "--quiet"], scratch / "stdout")
    counts = contexture_counts((output / "densities.tsv").read_text(encoding="utf-8"))
    shutil.rmtree(output)
    return run, counts


def run_peer(command: list[str], paths: list[str], scratch: Path) -> tuple[Run, Counts]:
    output = scratch / "stdout"
    run = measure([*command, *paths], output)
    return run, peer_counts(output.read_text(encoding="utf-8"))


def check(name: str, counts: Counts, reference_name: str, reference: Counts) -> None:
    """Stops with the first count that differs."""
    for key in sorted(reference.keys() | counts.keys()):
        if counts.get(key) != reference.get(key):
            words = " / ".join(key)
            sys.exit(f"{words}: {name} counts {counts.get(key)}, {reference_name} {reference.get(key)}")


def run_set(set_name: str, data: Path, program: Path | None, n_runs: int) -> dict[str, list[Run]]:
    """Runs all in turn, so that what else the machine does falls on all alike."""
    paths = [str(path) for path in sorted(data.glob(SETS[set_name][1]))]
    # A folder is one word for contexture, where the set is all of it.
    own_paths = paths if set_name == "parquet_10" else [str(Path(paths[0]).parent)]
    peers = {name: it for name, it in PEERS.items() if shutil.which(it[0])}
    if set_name.startswith("parquet"):
        peers.pop("data.table", None)
    runs: dict[str, list[Run]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(n_runs):
            found = {}
            if program:
                found[CONTEXTURE] = run_contexture(program, own_paths, Path(folder))
            for name, command in peers.items():
                found[name] = run_peer(command, paths, Path(folder))
            first = next(iter(found))
            for name, (run, counts) in found.items():
                check(name, counts, first, found[first][1])
                runs[name].append(run)
    return runs


def medians(runs: list[Run]) -> Run:
    return Run(*(statistics.median(getattr(run, field) for run in runs) for field in ("cpu_s", "wall_s", "peak_mb")))


def table(set_name: str, median: dict[str, Run], n_runs: int) -> str:
    """Medians, and what contexture takes as a share of each peer."""
    own = median.get(CONTEXTURE)
    lines = [f"**{SETS[set_name][0]}** (medians of {n_runs})", ""]
    lines.append("| | CPU s | wall s | peak MB | contexture's CPU / its | contexture's wall / its |")
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, run in median.items():
        shares = f"{own.cpu_s / run.cpu_s:.2f} | {own.wall_s / run.wall_s:.2f}" if own else " | "
        lines.append(f"| {name} | {run.cpu_s:.2f} | {run.wall_s:.2f} | {run.peak_mb:.0f} | {shares} |")
    return "\n".join(lines) + "\n"


def verdicts(medians_by_set: dict[str, dict[str, Run]]) -> list[str]:
    """Each target of the sets that were run, and whether it is met."""
    lines = []
    for target in TARGETS:
        if median := medians_by_set.get(target.set_name):
            share = median[CONTEXTURE].cpu_s / median[target.peer].cpu_s
            met = "met" if share <= target.most else "missed"
            lines.append(f"{SETS[target.set_name][0]}: CPU {share:.2f} x {target.peer}, at most {target.most}: {met}")
    for set_name, median in medians_by_set.items():
        peak_mb = median[CONTEXTURE].peak_mb
        met = "met" if peak_mb < MOST_PEAK_MB else "missed"
        lines.append(f"{SETS[set_name][0]}: peak {peak_mb:.0f} MB, under {MOST_PEAK_MB}: {met}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description="Times contexture and its peers on one task")
    parser.add_argument("data", type=Path, help="folder that make_data.py wrote to")
    parser.add_argument("--contexture", type=Path, help="the program, built for release; without it the peers alone")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    args = parser.parse_args()
    program = args.contexture and args.contexture.resolve()
    medians_by_set = {}
    for set_name in args.sets:
        runs = run_set(set_name, args.data.resolve(), program, args.runs)
        medians_by_set[set_name] = {name: medians(it) for name, it in runs.items()}
        print(table(set_name, medians_by_set[set_name], args.runs), flush=True)
    if program:
        print("\n".join(verdicts(medians_by_set)))


if __name__ == "__main__":
    main()
