//! Times contexture's survival statistics on a table of `make_data.py`, task by task as the peers do.
//!
//! Run: `cargo bench --bench survival_tasks -- FILE.csv TASK`
//!
//! Prints the task, the CPU seconds of its thread, and one or two numbers by which to see that all do the same. Reading the table is
//! not timed; putting the patients in the order of time is.

use std::error::Error;

use contexture::survival::Cohort;
use contexture::survival::competing_risks::{CompetingCohort, aalen_johansen};
use contexture::survival::concordance;
use contexture::survival::cox::{self, Refit};
use contexture::survival::cutpoint::{CandidateRange, scan};
use contexture::survival::design::{Design, Term};
use contexture::survival::kaplan_meier::{self, ConfidenceScale};
use contexture::survival::{log_rank, proportional_hazards};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;
use rustix::time::{ClockId, clock_gettime};

const N_GROUPS: usize = 5;
const N_BOOTSTRAPS: usize = 1000;

/// The columns of a table.
#[derive(Default)]
struct Table {
    times: Vec<f64>,
    events: Vec<bool>,
    causes: Vec<usize>,
    groups: Vec<usize>,
    x: [Vec<f64>; 5],
}

/// The numbers to compare.
type Answer<T = Vec<f64>> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Answer<()> {
    // Cargo adds an argument of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let [path, task] = arguments.as_slice() else { return Err("usage: survival_tasks FILE.csv TASK".into()) };
    let table = Table::read(path)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build()?;
    let (seconds, values) = pool.install(|| table.run(task))?;
    #[expect(clippy::print_stdout, reason = "what the program is for")]
    {
        let values: Vec<_> = values.iter().map(|it| format!("{it:.15e}")).collect();
        println!("{task}\t{seconds:.6}\t{}", values.join("\t"));
    }
    Ok(())
}

impl Table {
    fn read(path: &str) -> Answer<Self> {
        let mut table = Self::default();
        for row in csv::Reader::from_path(path)?.records() {
            let row = row?;
            let numbers = row.iter().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
            let [time, event, cause, group, x @ ..] = numbers.as_slice() else { return Err("too few columns".into()) };
            table.times.push(*time);
            table.events.push(*event > 0.0);
            table.causes.push(code(*cause));
            table.groups.push(code(*group));
            for (column, &value) in table.x.iter_mut().zip(x) {
                column.push(value);
            }
        }
        Ok(table)
    }

    /// CPU seconds and the answer.
    fn run(&self, task: &str) -> Answer<(f64, Vec<f64>)> {
        match task {
            "curves_and_log_rank" => timed(|| self.curves_and_log_rank()),
            "cox" => {
                let design = self.design();
                timed(|| coefficient(&cox::fit(&self.cohort()?, &design, None)?))
            }
            "concordance" => timed(|| self.concordance()),
            "proportional_hazards" => {
                // As with the peers, the model is there before.
                let (cohort, design) = (self.cohort()?, self.design());
                let model = cox::fit(&cohort, &design, None)?;
                timed(|| {
                    let test = proportional_hazards::test(&cohort, &design, &model, None)?;
                    let global = test.and_then(|it| it.global).ok_or("no test")?;
                    Ok(vec![global.chi_square])
                })
            }
            "aalen_johansen" => timed(|| self.aalen_johansen()),
            "bootstrap_cox" => timed(|| self.bootstrap_cox()),
            "every_cut" => timed(|| self.every_cut()),
            _ => Err(format!("no task '{task}'").into()),
        }
    }

    fn cohort(&self) -> Answer<Cohort> {
        Ok(Cohort::from_columns(&self.times, &self.events)?)
    }

    fn design(&self) -> Design {
        Design::new(self.x.iter().zip(1..).map(|(it, at)| Term::numeric(format!("x{at}"), it.clone())).collect())
    }

    fn curves_and_log_rank(&self) -> Answer {
        let cohort = self.cohort()?;
        for group in 0..N_GROUPS {
            let curve = kaplan_meier::estimate(&cohort.subset(|it| self.groups[it] == group), ConfidenceScale::Log);
            std::hint::black_box(curve);
        }
        Ok(vec![log_rank::test(&cohort, &self.groups, N_GROUPS)?.chi_square.ok_or("no statistic")?])
    }

    fn concordance(&self) -> Answer {
        let found = concordance::harrell(&self.cohort()?, &self.x[0], None)?;
        Ok(vec![found.concordance.ok_or("no comparable pairs")?, found.std_err.ok_or("no standard error")?])
    }

    /// The last incidence of the first cause in the last group, and its standard error.
    fn aalen_johansen(&self) -> Answer {
        let names = ["first", "second"].map(String::from);
        let cohort = CompetingCohort::from_columns(&self.times, &self.causes, &names)?;
        let settings = aalen_johansen::Settings::default();
        let curves = aalen_johansen::estimate_by_group(&cohort, &self.groups, N_GROUPS, settings)?;
        let last = curves.last().and_then(|it| it.steps.last()).ok_or("no steps")?;
        let incidence = &last.causes[0].incidence;
        Ok(vec![incidence.estimate, incidence.std_err.ok_or("no standard error")?])
    }

    /// The mean of the first coefficient over samples of the patients.
    fn bootstrap_cox(&self) -> Answer {
        let (cohort, design) = (self.cohort()?, self.design());
        let refit = Refit::new(&cohort, &design, &cox::Settings::default())?;
        let mut random = Pcg64::seed_from_u64(1);
        let mut sum = 0.0;
        for _ in 0..N_BOOTSTRAPS {
            let draws: Vec<usize> = (0..cohort.len()).map(|_| random.random_range(0..cohort.len())).collect();
            sum += refit.coefficients(&draws)[0].ok_or("no coefficient")?;
        }
        Ok(vec![sum / N_BOOTSTRAPS as f64])
    }

    /// The largest statistic of the cuts that leave a tenth of the patients in either group.
    fn every_cut(&self) -> Answer {
        let cuts = scan::log_rank(&self.cohort()?, &self.x[0], CandidateRange::default(), None)?;
        Ok(vec![cuts.iter().filter_map(|it| it.chi_square).fold(0.0, f64::max)])
    }
}

fn coefficient(model: &cox::CoxModel) -> Answer {
    Ok(vec![model.coefficients[0].log_hazard_ratio.ok_or("no coefficient")?])
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes of the table are small")]
fn code(value: f64) -> usize {
    value as usize
}

fn timed(task: impl FnOnce() -> Answer) -> Answer<(f64, Vec<f64>)> {
    let started = cpu_seconds();
    let values = task()?;
    Ok((cpu_seconds() - started, values))
}

/// CPU time of this thread: other users of the machine make the clock on the wall run on.
fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}
