//! The infinitesimal jackknife: the variance of a sum over event times, from what each patient contributes to it.
//!
//! A sum `G(t) = Σ_{s ≤ t} g(s)` over event times has the influence function
//!
//! ```text
//! V_c(t) = Σ_{i in c} w_i [ Σ_{u_i < s ≤ min(t, t_i)} g_0(s) - e_i(t) ]         var G(t) = Σ_c V_c(t)²
//! ```
//!
//! for clusters `c` of patients `i` with weight `w_i`, at risk in `(u_i, t_i]`: being at risk changes it by `g_0(s)` at
//! each event time `s`, and the patient's own event at `t_i ≤ t` by `e_i`. With `W_c` the weight of a cluster that is at
//! risk, and `A` the sum of `g_0` so far, it is `V_c = A W_c + B_c`, where `B_c` changes only as patients of the cluster
//! come and go. So
//!
//! ```text
//! Σ V_c² = A² Σ W_c² + 2 A Σ W_c B_c + Σ B_c²
//! ```
//!
//! takes three running sums, and all times together one pass over the patients.
//!
//! # References
//!
//! * Therneau T. survival package, vignette "Methods": robust variance of `survfit`.
//!   <https://cran.r-project.org/package=survival>

/// The squared influence on one sum over event times, kept up to date as patients come and go.
#[derive(Clone, Debug)]
pub(super) struct Influence {
    level: f64,
    clusters: Vec<Cluster>,
    weight_square: RunningSum,
    cross: RunningSum,
    offset_square: RunningSum,
}

/// Patients whose contributions are added before they are squared.
#[derive(Clone, Copy, Debug, Default)]
struct Cluster {
    n_risk: usize,
    weight: f64,
    offset: f64,
}

impl Influence {
    pub(super) fn new(n_clusters: usize) -> Self {
        Self {
            level: 0.0,
            clusters: vec![Cluster::default(); n_clusters],
            weight_square: RunningSum::default(),
            cross: RunningSum::default(),
            offset_square: RunningSum::default(),
        }
    }

    /// Somebody comes under observation.
    pub(super) fn enter(&mut self, cluster: usize, weight: f64) {
        let level = self.level;
        self.change(cluster, |it| {
            it.n_risk += 1;
            it.weight += weight;
            it.offset -= weight * level;
        });
    }

    /// An event time changes the sum by this much for each unit of weight at risk.
    pub(super) fn advance(&mut self, at_risk: f64) {
        self.level += at_risk;
    }

    /// Somebody is seen for the last time, with this much for each unit of weight if it is with the event.
    pub(super) fn leave(&mut self, cluster: usize, weight: f64, of_event: f64) {
        let level = self.level;
        self.change(cluster, |it| {
            it.n_risk -= 1;
            // What subtraction leaves of the weights must not pass for patients at risk.
            it.weight = if it.n_risk == 0 { 0.0 } else { it.weight - weight };
            it.offset += weight * (level - of_event);
        });
    }

    /// The standard error of the sum.
    pub(super) fn std_err(&self) -> f64 {
        let at_risk = self.level * self.weight_square.value() + 2.0 * self.cross.value();
        (self.level * at_risk + self.offset_square.value()).max(0.0).sqrt()
    }

    fn change(&mut self, cluster: usize, change: impl FnOnce(&mut Cluster)) {
        let before = self.clusters[cluster];
        change(&mut self.clusters[cluster]);
        let after = self.clusters[cluster];
        self.weight_square.add(after.weight * after.weight - before.weight * before.weight);
        self.cross.add(after.weight * after.offset - before.weight * before.offset);
        self.offset_square.add(after.offset * after.offset - before.offset * before.offset);
    }
}

/// A sum whose round-off does not grow with the number of terms (Neumaier 1974): few are left of many at the end.
#[derive(Clone, Copy, Debug, Default)]
struct RunningSum {
    sum: f64,
    lost: f64,
}

impl RunningSum {
    fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        self.lost += if self.sum.abs() >= term.abs() { (self.sum - sum) + term } else { (term - sum) + self.sum };
        self.sum = sum;
    }

    fn value(self) -> f64 {
        self.sum + self.lost
    }
}
