use std::fs;

use super::*;

fn read(bytes: &[u8]) -> Result<TableFile> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    fs::write(&path, bytes).unwrap();
    TableFile::read(&path)
}

#[test]
fn the_header_says_what_separates_columns() {
    for text in ["a,b\n1,2\n", "a\tb\n1\t2\n", "a;b\n1;2\n", "\u{feff}a,b\r\n1,2\r\n"] {
        assert_eq!(read(text.as_bytes()).unwrap().numbers("b").unwrap(), [Some(2.0)], "{text:?}");
    }
}

#[test]
fn identifiers_keep_their_zeros_and_missing_words_are_absent() {
    let table = read(b"id,x\n007,NA\n08,\n").unwrap();
    assert_eq!(table.identifiers("id").unwrap(), ["007", "08"]);
    assert_eq!(table.numbers("x").unwrap(), [None, None]);
}

#[test]
fn what_is_no_number_is_named_with_its_place() {
    for (cell, place) in [("abc", "row 3"), ("NaN", "row 3"), ("inf", "row 3"), ("1.5.2", "row 3")] {
        let error = read(format!("x,y\n1,1\n{cell},2\n").as_bytes()).unwrap().numbers("x").unwrap_err().to_string();
        assert!(error.contains(place) && error.contains(&format!("found '{cell}'")), "{error}");
    }
}

#[test]
fn a_quoted_field_may_hold_a_line_end_and_rows_keep_their_lines() {
    let table = read(b"x,y\n\"a\nb\",1\nc,oops\n").unwrap();
    assert!(table.numbers("y").unwrap_err().to_string().contains("row 4"));
}

#[test]
fn tables_that_hold_nothing_or_contradict_themselves_are_refused() {
    for (bytes, problem) in [
        (&b""[..], "is empty"),
        (b"a,b\n", "has a header and no rows"),
        (b"a,a\n1,2\n", "two columns named 'a'"),
        (b"a,b\n1\n", "has 1 fields in row 2, expected 2"),
        (b",\n1,2\n", "has no names in its header line"),
        (b"a,b\n\0,2\n", "is not a text table"),
    ] {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn text_is_read_in_any_encoding_and_compression() {
    let text = "Region,n\nInvasionsfront µ,7\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin1: Vec<u8> = text.chars().map(|it| u8::try_from(it).unwrap()).collect();
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for bytes in [text.as_bytes(), &[b"\xff\xfe", utf16.as_slice()].concat(), &latin1, &zstd] {
        let table = read(bytes).unwrap();
        assert_eq!(table.identifiers("Region").unwrap(), ["Invasionsfront µ"]);
        assert_eq!(table.counts("n").unwrap(), [Some(7)]);
    }
}

#[test]
fn decimal_commas_and_percent_signs_are_read_and_a_mixed_column_is_refused() {
    let table = read(b"x;y;z\n1,5;12 %;1,5\n2;0.5%;2.5\n").unwrap();
    assert_eq!(table.numbers("x").unwrap(), [Some(1.5), Some(2.0)]);
    assert_eq!(table.numbers("y").unwrap(), [Some(12.0), Some(0.5)]);
    let error = table.numbers("z").unwrap_err().to_string();
    assert!(error.contains("row 3, column 'z': found '2.5', expected a number with a decimal comma"), "{error}");
}

#[test]
fn nan_is_absent_in_an_export_and_none_is_a_word_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.tsv");
    fs::write(&path, "class\tarea\nNone\tNaN\nTumor\t0\n").unwrap();
    let export = TableFile::read_export(&path).unwrap().unwrap();
    assert_eq!(export.texts("class").unwrap(), [None, Some("Tumor".to_owned())]);
    assert_eq!(export.numbers("area").unwrap(), [None, Some(0.0)]);
    let table = TableFile::read(&path).unwrap();
    assert_eq!(table.texts("class").unwrap()[0].as_deref(), Some("None"));
    assert!(table.numbers("area").is_err());
}

#[test]
fn columns_without_a_name_are_left_out() {
    let table = read(b",x,\n0,5,a\n").unwrap();
    assert_eq!(table.names(), ["x"]);
    assert_eq!(table.numbers("x").unwrap(), [Some(5.0)]);
}
