//! Pairs of cases and controls, counted in the order of the marker.

/// Positions of patients by ascending marker.
pub(super) struct MarkerOrder {
    positions: Vec<usize>,
    /// Where each run of equal markers ends.
    runs: Vec<usize>,
}

/// Pairs of cases and controls, each of weight `a_i b_j`, where the case has the higher marker; half where equal.
pub(super) struct Pairs {
    /// Of each case, by position.
    pub(super) of_cases: Vec<f64>,
    /// Of each control, by position.
    pub(super) of_controls: Vec<f64>,
    pub(super) total: f64,
}

impl MarkerOrder {
    /// The order of markers, one for each position.
    pub(super) fn new(markers: impl Iterator<Item = f64>) -> Self {
        // Adding zero turns -0 into 0, so that they are tied.
        let mut order: Vec<(f64, usize)> = markers.map(|it| it + 0.0).zip(0..).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut end_of_run = 0;
        let runs = order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()).map(|run| {
            end_of_run += run.len();
            end_of_run
        });
        let runs = runs.collect();
        Self { positions: order.into_iter().map(|it| it.1).collect(), runs }
    }

    /// The pairs of weighted cases and controls.
    pub(super) fn pairs(&self, cases: &[f64], controls: &[f64]) -> Pairs {
        let n = self.positions.len();
        let mut pairs = Pairs { of_cases: vec![0.0; n], of_controls: vec![0.0; n], total: 0.0 };
        let n_cases: f64 = cases.iter().sum();
        let (mut cases_below, mut controls_below, mut start) = (0.0, 0.0, 0);
        for &end in &self.runs {
            let run = &self.positions[start..end];
            let sum = |weights: &[f64]| run.iter().map(|&it| weights[it]).sum::<f64>();
            let (cases_here, controls_here) = (sum(cases), sum(controls));
            cases_below += cases_here;
            for &it in run {
                pairs.of_cases[it] = cases[it] * (controls_below + controls_here / 2.0);
                pairs.of_controls[it] = controls[it] * (n_cases - cases_below + cases_here / 2.0);
                pairs.total += pairs.of_cases[it];
            }
            controls_below += controls_here;
            start = end;
        }
        pairs
    }
}
