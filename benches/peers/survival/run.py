"""Times survival statistics in contexture and its peers, in turn, and checks that their answers agree.

    python run.py DATA --contexture PATH          tables of patients in DATA, made if they are not there
    python run.py DATA                            the peers alone

Run it with the Python that has the peers. PATH is what `cargo bench --bench survival_tasks --no-run` names. Rscript is taken
from the path; without it, R is left out.
"""

import argparse
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
CONTEXTURE = "contexture"
PEERS = {
    "R survival": ["Rscript", "r_survival.R"],
    "Rust survival": [sys.executable, "python_peers.py", "survival"],
    "lifelines": [sys.executable, "python_peers.py", "lifelines"],
    "scikit-survival": [sys.executable, "python_peers.py", "scikit-survival"],
}
# What a task is called in the table, and the most patients it is run with: a bootstrap or a search of large tables is not
# what these are for.
TASKS = {
    "curves_and_log_rank": ("Kaplan-Meier and log-rank, 5 groups", 1_000_000),
    "cox": ("Cox, Efron, 5 covariates", 1_000_000),
    "concordance": ("concordance, with standard error", 1_000_000),
    "proportional_hazards": ("test of proportional hazards", 1_000_000),
    "aalen_johansen": ("Aalen-Johansen, with standard error, 5 groups", 1_000_000),
    "bootstrap_cox": ("Cox, 1000 bootstrap samples", 1_000),
    "every_cut": ("log-rank at every cut", 10_000),
}
SIZES = [1_000, 10_000, 100_000, 1_000_000]
ONE_THREAD = {it: "1" for it in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")}

# Ten digits are printed; Newton's method ends elsewhere in the last ones.
REL_TOL = 1e-6
# Each program draws its own samples. A coefficient of 1000 patients has a standard error of 0.04, the mean of 1000 samples
# one of 0.04 / sqrt(1000), the difference of two means sqrt(2) times that: six of these.
BOOTSTRAP_ABS_TOL = 0.011
@dataclass
class Difference:
    """How far the first number of a peer may be from ours, relatively, for what it computes; the second is not compared."""

    most: float
    reason: str


# Anything else that differs ends the run.
KNOWN_DIFFERENCES = {
    ("lifelines", "cox"): Difference(
        1e-4, "damps Newton's steps, so that it is farther from the maximum when the log likelihood stands still"
    ),
    ("lifelines", "proportional_hazards"): Difference(
        math.inf, "correlates scaled residuals with time, one covariate at a time; it is no score test, and none of all"
    ),
    ("lifelines", "aalen_johansen"): Difference(
        1e-3, "moves tied times apart at random, so that incidence depends on the seed; its last variance may be NaN"
    ),
}
POLL_S = 0.05
SLOW, FAILED, ABSENT = "slow", "failed", "absent"


@dataclass
class Cell:
    """The runs of one program on one task and size."""

    seconds: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    problem: str | None = None


def limit_memory(gigabytes: int) -> Callable[[], None]:
    """Fails a child that takes more memory than a shared machine can give."""
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (gigabytes * 10**9, gigabytes * 10**9))


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far, user and system."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def in_time(child: subprocess.Popen[bytes], limit_s: int) -> bool:
    """Waits for a child, and ends it at the limit.

    The kernel's own limit, RLIMIT_CPU, has the clock of the process move with the ticks of the scheduler, 4 ms at a time:
    the peers' times, but not contexture's, would come out as multiples of that.
    """
    while child.poll() is None:
        if cpu_seconds(child.pid) > limit_s:
            child.kill()
            child.wait()
            return False
        time.sleep(POLL_S)
    return True


def run_once(cell: Cell, command: list[str], args: argparse.Namespace) -> None:
    """Adds one run, or what became of it."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            command,
            stdout=output,
            stderr=errors,
            cwd=HERE,
            env={**os.environ, **ONE_THREAD},
            preexec_fn=limit_memory(args.memory_gb),
        )
        fast = in_time(child, args.limit)
        output.seek(0)
        errors.seek(0)
        words, message = output.read().decode().split("\t"), errors.read().decode().strip().splitlines()
    if not fast:
        cell.problem = SLOW
    elif child.returncode:
        cell.problem = FAILED
        print(f"{' '.join(command[-3:])}: {message[-1] if message else child.returncode}", file=sys.stderr)
    elif len(words) < 3:
        cell.problem = ABSENT
    else:
        cell.seconds.append(float(words[1]))
        cell.answer = [float(it) for it in words[2:]]


def agree(task: str, a: list[float], b: list[float]) -> bool:
    """Whether two answers are one, as far as both go: not every peer has a standard error."""
    if task == "bootstrap_cox":
        return abs(a[0] - b[0]) <= BOOTSTRAP_ABS_TOL
    return all(math.isclose(x, y, rel_tol=REL_TOL) for x, y in zip(a, b))


def check(task: str, n: int, cells: dict[str, Cell], met: set[tuple[str, str]]) -> None:
    """Compares all with the first that answered, and stops at a difference that is not known."""
    answered = {name: cell.answer for name, cell in cells.items() if cell.answer}
    if not answered:
        return
    first = next(iter(answered))
    for name, answer in answered.items():
        if agree(task, answer, answered[first]):
            continue
        known = KNOWN_DIFFERENCES.get((name, task))
        if not known or not math.isclose(answer[0], answered[first][0], rel_tol=known.most):
            sys.exit(f"{task} of {n}: {name} gives {answer}, {first} {answered[first]}")
        met.add((name, task))


def run_cells(
    task: str, n: int, programs: dict[str, list[str]], too_large: set[str], args: argparse.Namespace
) -> dict[str, Cell]:
    """Runs all in turn, so that what else the machine does falls on all alike."""
    cells = {name: Cell(problem=SLOW if name in too_large else None) for name in programs}
    for _ in range(args.rounds):
        for name, command in programs.items():
            if not cells[name].problem:
                run_once(cells[name], [*command, str(table_path(args.data, n)), task], args)
    return cells


def table_path(folder: Path, n: int) -> Path:
    return folder.resolve() / f"patients_{n}.csv"


def make_tables(folder: Path, sizes: list[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for n in sizes:
        path = table_path(folder, n)
        if not path.exists():
            unfinished = path.with_suffix(".part")
            subprocess.run([sys.executable, HERE / "make_data.py", str(n), unfinished], check=True)
            unfinished.rename(path)


def seconds_text(seconds: float) -> str:
    return f"{seconds:.2g}" if seconds < 10 else f"{seconds:.0f}"


def cell_text(cell: Cell, own: Cell | None, limit: int) -> str:
    """Median of the CPU seconds, and how many times contexture's it is."""
    if cell.problem:
        return {SLOW: f"> {limit}", FAILED: "failed", ABSENT: "-"}[cell.problem]
    median = statistics.median(cell.seconds)
    if own is None or own is cell or own.problem:
        return seconds_text(median)
    return f"{seconds_text(median)} ({median / statistics.median(own.seconds):.1f} x)"


def row(task: str, n: int, cells: dict[str, Cell], limit: int) -> str:
    own = cells.get(CONTEXTURE)
    texts = (cell_text(it, own, limit) for it in cells.values())
    return f"| {TASKS[task][0]} | {n:,} | {' | '.join(texts)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description="Times survival statistics in contexture and its peers")
    parser.add_argument("data", type=Path, help="folder of the tables")
    parser.add_argument("--contexture", type=Path, help="the bench survival_tasks; without it the peers alone")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=int, default=60, help="most CPU seconds of a process, reading included")
    parser.add_argument("--memory-gb", type=int, default=12, help="most memory of a process")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    args = parser.parse_args()
    make_tables(args.data, args.sizes)
    programs = {name: it for name, it in PEERS.items() if shutil.which(it[0])}
    if args.contexture:
        programs = {CONTEXTURE: [str(args.contexture.resolve())], **programs}

    print(f"| task | patients | {' | '.join(programs)} |")
    print(f"| --- | ---: | {' | '.join('---:' for _ in programs)} |", flush=True)
    met: set[tuple[str, str]] = set()
    for task in args.tasks:
        too_large: set[str] = set()
        for n in sorted(it for it in args.sizes if it <= TASKS[task][1]):
            cells = run_cells(task, n, programs, too_large, args)
            check(task, n, cells, met)
            # What was too slow for fewer patients is not tried with more.
            too_large = {name for name, cell in cells.items() if cell.problem == SLOW}
            print(row(task, n, cells, args.limit), flush=True)
    for name, task in sorted(met):
        print(f"\n{name} differs in {TASKS[task][0]}: {KNOWN_DIFFERENCES[name, task].reason}.")


if __name__ == "__main__":
    main()
