//! Cores of the same tumours: how well does one core say what another says?
//!
//! 137 cores of 50 tumours, with the place and kind of 283,015 cells; the data are not part of the project, see
//! `../shared/data/README.md`. The expected numbers are R's, of the same densities: `t.test` of logarithms, `psych::ICC`, `cor`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};

use flate2::read::GzDecoder;

use super::report_of;
use crate::command::Workplace;
use crate::results::{assert_near, shared_data};

/// Relative: R's numbers as they were printed.
const TOLERANCE: f64 = 1e-11;

/// Square millimetres of a pixel of half a micrometre.
const MM2_A_PIXEL: f64 = 0.25e-6;

/// Cells of one core, and how far they reach.
struct Core {
    n_immune: u32,
    x: [f64; 2],
    y: [f64; 2],
}

impl Core {
    /// The ellipse that the cells lie in.
    fn area_mm2(&self) -> f64 {
        std::f64::consts::FRAC_PI_4 * (self.x[1] - self.x[0]) * (self.y[1] - self.y[0]) * MM2_A_PIXEL
    }
}

/// One row a tumour and core: immune cells on its area.
fn table_of_cores() -> Option<String> {
    let path = shared_data("cells")?.join("tipc_283k.csv.gz");
    let file = BufReader::new(GzDecoder::new(File::open(path).expect("the cells")));
    let mut cores: BTreeMap<(String, String), Core> = BTreeMap::new();
    for line in file.lines().skip(1) {
        let line = line.expect("text");
        let cells: Vec<&str> = line.split(',').collect();
        let [kind, x, y, tumor, core] = cells[..] else { panic!("five columns, not '{line}'") };
        let [x, y] = [x, y].map(|it| it.parse::<f64>().expect("a place"));
        let reached = |of: [f64; 2], at: f64| [of[0].min(at), of[1].max(at)];
        let empty = Core { n_immune: 0, x: [x; 2], y: [y; 2] };
        let found = cores.entry((tumor.to_owned(), core.to_owned())).or_insert(empty);
        (found.x, found.y) = (reached(found.x, x), reached(found.y, y));
        found.n_immune += u32::from(kind == "immune");
    }
    let row = |((tumor, core), it): (&(String, String), &Core)| {
        format!("{tumor},{core},core,immune,{},{}\n", it.n_immune, it.area_mm2())
    };
    let rows: String = cores.iter().map(row).collect();
    Some(format!("patient_id,core,region,marker,n_cells,area_mm2\n{rows}"))
}

#[test]
fn cores_of_a_tumour_agree_as_r_says() {
    let Some(table) = table_of_cores() else { return };
    let workplace = Workplace::with_files([("cores.csv", &table)]);
    workplace.finishes(&["compare", "cores.csv", "--by", "core", "-o", "out"]);
    let report = report_of(&workplace, "out");
    let [measure] = report.measures.as_slice() else { panic!("one measure") };
    let pair = &measure.pairs[0];
    let found = &pair.statistics;
    assert_eq!((pair.first.as_str(), pair.second.as_str(), found.n_pairs), ("core1", "core2", 44));
    let limits = found.limits_ratio.expect("enough cores");
    let bias = limits.bias_ratio;
    for (found, expected) in [
        (bias.estimate, 1.544_230_822_784_00),
        (bias.lower, 1.329_066_950_480_19),
        (bias.upper, 1.794_227_772_479_47),
        (limits.lower_limit_ratio.estimate, 0.586_966_433_418_391),
        (limits.upper_limit_ratio.estimate, 4.062_666_446_100_456),
        (found.spearman.unwrap().correlation, 0.893_868_921_775_898),
    ] {
        assert_near(found, expected, TOLERANCE);
    }
    let agreement = found.intraclass.unwrap().agreement;
    assert_near(agreement.estimate, 0.949_073_166_577_192, TOLERANCE);
    assert_near(agreement.lower, 0.739_455_700_485_672, TOLERANCE);
    assert_near(agreement.upper, 0.981_797_912_887_765, TOLERANCE);

    let all = measure.all.as_ref().expect("four cores");
    assert_eq!((all.raters.len(), all.statistics.n_patients), (4, 12));
    let agreement = all.statistics.intraclass.unwrap().agreement;
    assert_near(agreement.estimate, 0.976_606_372_646, TOLERANCE);
    assert_near(agreement.lower, 0.933_887_413_097, TOLERANCE);
    assert_near(agreement.upper, 0.992_821_998_410, TOLERANCE);
}
