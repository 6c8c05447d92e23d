use proptest::prelude::*;

use super::*;
use crate::model::State::{Negative, Positive, Unknown};

/// What the rule says of a cell that is positive for the first names, negative for the second, unknown for all others.
fn state(rule: &str, positive: &[&str], negative: &[&str]) -> State {
    Expression::parse(rule).unwrap().state(&|name| {
        if positive.contains(&name) {
            Positive
        } else if negative.contains(&name) {
            Negative
        } else {
            Unknown
        }
    })
}

fn names(rule: &str) -> Vec<String> {
    Expression::parse(rule).unwrap().atoms().map(str::to_owned).collect()
}

fn problem(rule: &str) -> String {
    Expression::parse(rule).unwrap_err().to_string()
}

#[test]
fn a_sign_belongs_to_the_end_of_a_name() {
    for (rule, name) in [
        ("CD8", "CD8"),
        ("CD8+", "CD8"),
        (" CD8⁺ ", "CD8"),
        ("PD-L1+", "PD-L1"),
        ("HLA-DR+", "HLA-DR"),
        ("CD3-CD8", "CD3-CD8"),
        ("CD3-CD8+", "CD3-CD8"),
        ("\"Cytotoxic T\"", "Cytotoxic T"),
        ("\"Cytotoxic T\"+", "Cytotoxic T"),
        ("\"CD8+\"", "CD8+"),
        ("\"say \"\"T\"\"\"", "say \"T\""),
        ("\"OR\"", "OR"),
    ] {
        assert_eq!(names(rule), [name], "{rule}");
        assert_eq!(state(rule, &[name], &[]), Positive, "{rule}");
    }
    for (rule, name) in
        [("CD8-", "CD8"), ("CD8\u{2212}", "CD8"), ("PD-L1-", "PD-L1"), ("PD-1–", "PD-1"), ("\"T cell\"-", "T cell")]
    {
        assert_eq!(names(rule), [name], "{rule}");
        assert_eq!(state(rule, &[], &[name]), Positive, "{rule}");
        assert_eq!(state(rule, &[name], &[]), Negative, "{rule}");
        assert_eq!(state(rule, &[], &[]), Unknown, "unknown is not negative: {rule}");
    }
}

#[test]
fn not_binds_more_than_and_and_more_than_or() {
    assert_eq!(state("A | B & C", &["A"], &["B", "C"]), Positive);
    assert_eq!(state("(A | B) & C", &["A"], &["B", "C"]), Negative);
    assert_eq!(state("!A & B", &["B"], &["A"]), Positive);
    assert_eq!(state("!(A & B)", &["B"], &["A"]), Positive);
    assert_eq!(state("NOT A AND B OR C", &["B"], &["A", "C"]), Positive);
    assert_eq!(names("and & Or & not"), ["and", "Or", "not"], "operators are written in capitals");
}

#[test]
fn an_unknown_marker_counts_neither_way() {
    assert_eq!(state("CD3+ & CD8+", &["CD3"], &[]), Unknown);
    assert_eq!(state("CD3+ & CD8+", &[], &["CD3"]), Negative);
    assert_eq!(state("CD3+ | CD8+", &["CD3"], &[]), Positive);
    assert_eq!(state("CD3+ & CD8-", &["CD3"], &[]), Unknown);
}

#[test]
fn what_could_silently_be_one_name_is_refused() {
    assert!(problem("CD3+ CD8+").contains("'CD8+' follows 'CD3+' without & or |"), "{}", problem("CD3+ CD8+"));
    assert!(problem("Cytotoxic T").contains("quotation marks"));
    assert!(problem("CD3+CD8+").contains("plus inside"));
    assert!(problem("CD3+/CD8-").contains("'/' means nothing here"), "phenoptr's and");
    assert!(problem("CD3+,CD8+").contains("',' means nothing here"), "phenoptr's or");
    assert!(problem("(CD3+ CD8+)").contains("without & or |"));
    assert!(problem("\"T cell\"CD8").contains("without & or |"));
}

#[test]
fn what_is_no_rule_says_why() {
    for (rule, why) in [
        ("", "it is empty"),
        ("  \t", "it is empty"),
        ("CD3 &", "ends where a name was expected"),
        ("& CD3", "'&' stands where a name"),
        ("CD3 && CD8", "'&' stands where a name"),
        ("()", "')' stands where a name"),
        ("(CD3", "'(' is not closed"),
        ("CD3)", "')' has no '('"),
        ("\"CD3", "is not closed"),
        ("\" \"", "quoted name is empty"),
        ("+", "without a name before it"),
        ("CD8++", "more than one sign"),
        ("CD8+-", "more than one sign"),
        ("OR", "'|' stands where a name"),
    ] {
        assert!(problem(rule).contains(why), "{rule}: {}", problem(rule));
    }
}

#[test]
fn a_rule_is_long_but_not_deep() {
    for deep in ["(".repeat(100_000), "!".repeat(100_000), "NOT ".repeat(100_000)] {
        assert!(problem(&(deep + "A")).contains("inside of each other"));
    }
    let closed = format!("{}A{}", "(".repeat(100), ")".repeat(100));
    assert_eq!(state(&closed, &["A"], &[]), Positive);
    let long = vec!["A"; 100_000].join(" | ");
    assert_eq!(state(&long, &["A"], &[]), Positive);
}

fn states() -> impl Strategy<Value = State> {
    prop_oneof![Just(Negative), Just(Unknown), Just(Positive)]
}

fn nodes() -> impl Strategy<Value = Node> {
    let name = prop_oneof!["[A-D]", "[ -~]{0,4}[!-~]", Just("AND".to_owned()), Just("PD-L1-".to_owned())];
    name.prop_map(Node::Name).prop_recursive(5, 40, 4, |inner| {
        let several = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            inner.clone().prop_map(|it| Node::Not(Box::new(it))),
            several().prop_map(Node::All),
            several().prop_map(Node::Any),
        ]
    })
}

/// What a cell is for a name: any of the three, but the same for the same name.
fn of(name: &str) -> State {
    [Negative, Unknown, Positive][name.bytes().map(usize::from).sum::<usize>() % 3]
}

proptest! {
    #[test]
    fn de_morgan_holds(a in states(), b in states()) {
        prop_assert_eq!(!(a & b), !a | !b);
        prop_assert_eq!(!(a | b), !a & !b);
    }

    #[test]
    fn two_negations_are_none(node in nodes()) {
        let twice = Node::Not(Box::new(Node::Not(Box::new(node.clone()))));
        prop_assert_eq!(twice.state(&of), node.state(&of));
    }

    #[test]
    fn what_is_printed_is_read_again(node in nodes()) {
        let rule = Expression(node);
        let again = Expression::parse(&rule.to_string());
        prop_assert_eq!(again.map_err(|it| it.to_string()), Ok(rule));
    }

    #[test]
    fn any_text_is_a_rule_or_refused(text in r#"[A-C+\-|&!() "/é⁺]{0,30}|.{0,40}"#) {
        if let Ok(rule) = Expression::parse(&text) {
            prop_assert_eq!(Expression::parse(&rule.to_string()).map_err(|it| it.to_string()), Ok(rule));
        }
    }
}
