use super::*;

#[test]
fn a_p_value_has_a_floor() {
    for (value, text) in [
        (0.0, "<0.0001"),
        (0.000_099, "<0.0001"),
        (0.0001, "0.0001"),
        (0.0034, "0.0034"),
        (0.034, "0.034"),
        (0.5, "0.500"),
        (0.9999, ">0.999"),
    ] {
        assert_eq!(p_value(value), text);
    }
    assert_eq!(p_statement(1e-9), "p\u{a0}<\u{a0}0.0001");
    assert_eq!(p_statement(0.034), "p\u{a0}=\u{a0}0.034");
}

#[test]
fn a_ratio_has_two_decimals() {
    assert_eq!(ratio_with_interval(0.6633, Some(0.4611), Some(0.9449)), "0.66 (0.46–0.94)");
    assert_eq!(ratio_with_interval(0.0312, Some(0.000_01), Some(12.345)), "0.03 (<0.001–12.3)");
    assert_eq!(ratio_with_interval(2000.0, Some(2.0), None), ">1000 (2.00–not defined)");
}

#[test]
fn a_measured_value_has_four_digits_that_count() {
    let written = [42.018_779_342_723_01, 3.31, 160.0, 0.001_234_56, -2.5, 123_456.7, 0.0, 1e-320].map(measured);
    let subnormal = format!("{}", 1e-320);
    assert_eq!(written, ["42.02", "3.31", "160", "0.001235", "\u{2212}2.5", "123500", "0", &subnormal]);
}

#[test]
fn a_ratio_close_to_1_has_as_many_decimals_as_show_its_width() {
    assert_eq!(ratio_with_interval(1.0026, Some(1.0011), Some(1.0042)), "1.003 (1.001–1.004)");
    assert_eq!(ratio_with_interval(1.000_04, Some(1.000_01), Some(1.000_07)), "1.00004 (1.00001–1.00007)");
    assert_eq!(ratio_with_interval(1.0, Some(0.99), Some(1.01)), "1.00 (0.99–1.01)");
    assert_eq!(ratio_with_interval(0.02, Some(0.019), Some(0.021)), "0.02 (0.02–0.02)");
    assert_eq!(ratio_with_interval(1.0, Some(1.0), Some(1.0)), "1.00 (1.00–1.00)", "no width");
    assert_eq!(ratio_with_interval(1.1, Some(1.1), Some(1.1 + 1e-15)), "1.10 (1.10–1.10)", "round-off");
    assert_eq!(["0.66", "1.002", "1.00", "0.9997"], [0.66, 1.0024, 1.0, 0.9997].map(ratio_beside_1));
}

#[test]
fn differences_and_correlations_have_a_true_minus_and_no_signed_zero() {
    assert_eq!([1.23, -0.31, -0.04, 0.0].map(|it| difference(it, 1)), ["+1.2", "\u{2212}0.3", "0.0", "0.0"]);
    assert_eq!([12.4, -12.4, -0.4].map(|it| difference(it, 0)), ["+12", "\u{2212}12", "0"]);
    assert_eq!([-0.004, -0.006].map(|it| number(it, 2)), ["0.00", "\u{2212}0.01"]);
    assert_eq!([tick(-2.5), tick(0.05), tick(-3.0)], ["\u{2212}2.5", "0.05", "\u{2212}3"]);
    assert_eq!(correlation_with_interval(0.931, Some(0.88), Some(0.9649)), "0.93 (0.88–0.96)");
    assert_eq!(correlation_with_interval(-0.004, Some(-0.42), Some(0.24)), "0.00 (\u{2212}0.42 to 0.24)");
    assert_eq!(correlation_with_interval(0.5, None, None), "0.50");
    assert_eq!(between(-1.72, -0.91, points), "\u{2212}1.7 to \u{2212}0.9");
    assert_eq!(between(0.04, 2.0, points), "0.0–2.0");
    assert_eq!(small_difference(0.011, Some((-0.003, 0.0251))), "+0.011 (\u{2212}0.003 to +0.025)");
    assert_eq!(small_difference(-0.011, None), "\u{2212}0.011");
    assert_eq!(time(-12.4, TimeUnit::Days), "\u{2212}12");
    assert_eq!([limit(-2.5), limit(25.0)], ["\u{2212}2.5", "25"]);
}

#[test]
fn a_median_keeps_its_unit_and_says_what_was_not_reached() {
    let quantile = |estimate, lower, upper| Quantile { estimate, lower, upper };
    let full = quantile(Some(2474.0), Some(1782.0), Some(3760.0));
    assert_eq!(median(&full, TimeUnit::Days), "2474 days (1782–3760)");
    assert_eq!(median_in_years(&full, TimeUnit::Days), "6.8");
    assert_eq!(median(&quantile(Some(23.0), Some(16.0), None), TimeUnit::Months), "23.0 months (16.0–not reached)");
    assert_eq!(median(&quantile(None, None, None), TimeUnit::Years), "not reached");
    assert_eq!(median(&quantile(None, Some(9.5), None), TimeUnit::Years), "not reached (9.50–not reached)");
}

#[test]
fn counts_agree_with_their_noun_and_are_grouped() {
    assert_eq!(patients(1), "1 patient");
    assert_eq!(patients(0), "0 patients");
    assert_eq!(events(1234), "1234 events");
    assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
    assert_eq!(density(12_345.6), "12\u{202f}346");
    assert_eq!([density(0.0), density(12.34), density(123.4)], ["0.00", "12.3", "123"]);
}

#[test]
fn a_probability_that_is_not_certain_does_not_read_as_certain() {
    assert_eq!(probability(0.004), "<1\u{202f}%");
    assert_eq!(probability(0.996), ">99\u{202f}%");
    assert_eq!(probability(1.0), "100\u{202f}%");
    assert_eq!(percent_of(1, 0), ABSENT);
}
