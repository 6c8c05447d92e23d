"""Times the Rust crate survival, lifelines or scikit-survival on a table of make_data.py, as r_survival.R does.

Prints nothing for a task that the peer does not have.

    python python_peers.py PEER FILE.csv TASK
"""

import math
import os
import sys
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[variable] = "1"
warnings.filterwarnings("ignore")

import numpy  # noqa: E402
import pandas  # noqa: E402

COVARIATES = [f"x{at}" for at in range(1, 6)]
N_BOOTSTRAPS = 1000


def cuts_of(values):
    low, high = numpy.quantile(values, [0.1, 0.9])
    return [it for it in numpy.unique(values) if low <= it < high]


def bootstraps(d):
    random = numpy.random.default_rng(1)
    return (d.iloc[random.integers(0, len(d), len(d))] for _ in range(N_BOOTSTRAPS))


def rust_survival(d, task):
    """By its functions of arrays: those with a formula turn columns into lists, and take four to twenty times as long."""
    from survival import core, regression, surv_analysis

    times, events = d["time"].to_numpy(float), d["event"].to_numpy()
    causes, groups = d["cause"].to_numpy(), d["group"].to_numpy()
    x = d[COVARIATES].to_numpy()
    if task == "curves_and_log_rank":

        def run():
            surv_analysis.survfitkm(times, events, strata=groups)
            return surv_analysis.survdiff(times, events, groups).chisq
    elif task == "cox":

        def run():
            return regression.coxph_fit(times, events, x).coefficients[0]
    elif task == "concordance":
        patients = core.SurvivalData(times, events)
        x1 = core.CovariateMatrix(x[:, 0], len(d), 1)

        def run():
            found = core.concordancefit(patients, x1, reverse=True)
            return found.concordance[0], math.sqrt(found.var[0][0])
    elif task == "proportional_hazards":
        fit = regression.coxph_fit(times, events, x)

        def run():
            return regression.cox_zph(fit).global_test.chisq
    elif task == "aalen_johansen":

        def run():
            curves = surv_analysis.survfitaj(times, causes, ["1", "2"], strata=groups)
            return curves.pstate[-1][1], curves.std_err[-1][1]
    elif task == "bootstrap_cox":

        def run():
            random = numpy.random.default_rng(1)
            draws = (random.integers(0, len(d), len(d)) for _ in range(N_BOOTSTRAPS))
            fits = (regression.coxph_fit_raw(times[it], events[it], x[it], resid=False) for it in draws)
            return float(numpy.mean([fit.coefficients[0] for fit in fits]))
    elif task == "every_cut":

        def run():
            x1 = x[:, 0]
            return max(surv_analysis.survdiff(times, events, (x1 > cut).astype(int)).chisq for cut in cuts_of(x1))
    return run


def lifelines(d, task):
    from lifelines import AalenJohansenFitter, CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test, multivariate_logrank_test, proportional_hazard_test
    from lifelines.utils import concordance_index

    part = d[["time", "event", *COVARIATES]]

    def cox(data):
        return CoxPHFitter().fit(data, "time", "event")

    if task == "curves_and_log_rank":

        def run():
            for _, rows in d.groupby("group"):
                KaplanMeierFitter().fit(rows["time"], rows["event"])
            return multivariate_logrank_test(d["time"], d["group"], d["event"]).test_statistic
    elif task == "cox":

        def run():
            return cox(part).params_.iloc[0]
    elif task == "concordance":

        def run():
            return concordance_index(d["time"], -d["x1"], d["event"])
    elif task == "proportional_hazards":
        fit = cox(part)

        # There is no global test; the largest of the covariates stands for it.
        def run():
            return float(numpy.max(proportional_hazard_test(fit, part, time_transform="km").test_statistic))
    elif task == "aalen_johansen":

        def run():
            for _, rows in d.groupby("group"):
                fit = AalenJohansenFitter(seed=1).fit(rows["time"], rows["cause"], event_of_interest=1)
            return fit.cumulative_density_.iloc[-1, 0], math.sqrt(fit.variance_.iloc[-1])
    elif task == "bootstrap_cox":

        def run():
            return float(numpy.mean([cox(it[part.columns]).params_.iloc[0] for it in bootstraps(d)]))
    elif task == "every_cut":

        def run():
            x1 = d["x1"].to_numpy()

            def test(high):
                a, b = d[high], d[~high]
                return logrank_test(a["time"], b["time"], a["event"], b["event"]).test_statistic

            return max(test(x1 > cut) for cut in cuts_of(x1))
    return run


def scikit_survival(d, task):
    from sksurv.compare import compare_survival
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.metrics import concordance_index_censored
    from sksurv.nonparametric import cumulative_incidence_competing_risks, kaplan_meier_estimator
    from sksurv.util import Surv

    y = Surv.from_arrays(d["event"].astype(bool), d["time"])
    x = d[COVARIATES].to_numpy()

    def cox(x, y):
        return CoxPHSurvivalAnalysis(ties="efron").fit(x, y).coef_[0]

    if task == "curves_and_log_rank":

        def run():
            for _, rows in d.groupby("group"):
                kaplan_meier_estimator(rows["event"].astype(bool), rows["time"], conf_type="log-log")
            return compare_survival(y, d["group"])[0]
    elif task == "cox":

        def run():
            return cox(x, y)
    elif task == "concordance":

        def run():
            return concordance_index_censored(y["event"], y["time"], d["x1"])[0]
    elif task == "aalen_johansen":

        def run():
            for _, rows in d.groupby("group"):
                _, incidence = cumulative_incidence_competing_risks(rows["cause"], rows["time"])
            return incidence[1, -1]
    elif task == "bootstrap_cox":

        def run():
            random = numpy.random.default_rng(1)
            draws = (random.integers(0, len(d), len(d)) for _ in range(N_BOOTSTRAPS))
            return float(numpy.mean([cox(x[it], y[it]) for it in draws]))
    else:
        return None
    return run


def main():
    peer, path, task = sys.argv[1:]
    d = pandas.read_csv(path)
    run = {"survival": rust_survival, "lifelines": lifelines, "scikit-survival": scikit_survival}[peer](d, task)
    if run is None:
        return
    started = time.process_time()
    answer = run()
    seconds = time.process_time() - started
    print(task, f"{seconds:.6f}", *(f"{it:.10g}" for it in numpy.atleast_1d(answer)), sep="\t")


if __name__ == "__main__":
    main()
