"""Writes one table of made-up patients: three in four have the event, times are whole days, so that they tie.

    python make_data.py N FILE.csv
"""

import sys

import numpy

N_COVARIATES = 5


def main() -> None:
    n, path = int(sys.argv[1]), sys.argv[2]
    random = numpy.random.default_rng(1)
    x = random.normal(size=(n, N_COVARIATES)).round(4)
    group = random.integers(0, 5, size=n)
    hazard = numpy.exp(x @ numpy.linspace(-0.5, 0.5, N_COVARIATES) + 0.1 * group) / 1500
    time = numpy.ceil(random.exponential(1 / hazard))
    censored = numpy.ceil(random.exponential(4500, size=n))
    event = (time <= censored).astype(int)
    # A third of the events are of another cause.
    cause = event * numpy.where(random.random(n) < 1 / 3, 2, 1)
    columns = [numpy.minimum(time, censored), event, cause, group, *x.T]
    header = ["time", "event", "cause", "group", *(f"x{at}" for at in range(1, N_COVARIATES + 1))]
    formats = ["%d"] * 4 + ["%.4f"] * N_COVARIATES
    numpy.savetxt(path, numpy.column_stack(columns), fmt=formats, delimiter=",", header=",".join(header), comments="")


if __name__ == "__main__":
    main()
