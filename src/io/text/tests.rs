use std::error::Error as _;
use std::io::Write as _;

use flate2::write::GzEncoder;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::error::Error;

/// Sizes of the buffer that cut lines, quotes and letters anywhere.
const BUFFER_SIZES: [usize; 6] = [1, 2, 3, 7, 64, BUFFER_SIZE];

fn file(bytes: &[u8]) -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("table");
    std::fs::write(&path, bytes).expect("a temporary file");
    (folder, path)
}

#[derive(Debug, PartialEq)]
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    lines: Vec<u64>,
}

fn read_with(bytes: &[u8], buffer_size: usize) -> Result<Table> {
    let (_folder, path) = file(bytes);
    let file = TextFile::open_with(&path, buffer_size)?;
    let header = file.header().to_vec();
    let all: Vec<usize> = (0..header.len()).collect();
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    file.for_each_row(&all, |line, fields| {
        rows.push(all.iter().map(|&at| fields.text(at).into_owned()).collect());
        lines.push(line);
        Ok(())
    })?;
    Ok(Table { header, rows, lines })
}

/// The table, which is the same whatever the size of the buffer.
fn read(bytes: &[u8]) -> Result<Table> {
    let table = read_with(bytes, BUFFER_SIZE);
    for size in BUFFER_SIZES {
        match (&table, &read_with(bytes, size)) {
            (Ok(table), Ok(same)) => assert_eq!(table, same, "{size}"),
            (table, other) => assert_eq!(table.is_err(), other.is_err(), "{size}: {table:?} {other:?}"),
        }
    }
    table
}

fn rows(text: &str) -> Vec<Vec<String>> {
    read(text.as_bytes()).expect("a table").rows
}

fn refusal(bytes: &[u8]) -> String {
    let error = read(bytes).expect_err("a file that is refused");
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    format!("{error}: {cause}")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("memory")
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn half_a_letter_at_the_end_of_utf16_is_read_as_one_that_is_not_known() {
    let bytes = ["\u{feff}a\tb".encode_utf16().collect(), vec![0xd800]].concat();
    let bytes: Vec<u8> = bytes.into_iter().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&bytes).expect("a table").header, ["a", "b\u{fffd}"]);
}

#[test]
fn lines_may_end_in_any_way_and_blank_ones_are_no_rows() {
    for text in [
        "a,b\n1,2\n3,4\n",
        "a,b\n1,2\n3,4",
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\r\n1,2\r\n3,4\r",
        "a,b\r1,2\r3,4\r",
        "a,b\n\n1,2\n  \n3,4\n\n\n",
        "\n \r\na,b\n1,2\n3,4\n   ",
    ] {
        assert_eq!(rows(text), [["1", "2"], ["3", "4"]], "{text:?}");
    }
    assert_eq!(rows("a,b"), Vec::<Vec<String>>::new());
    assert_eq!(rows("a\r"), Vec::<Vec<String>>::new());
}

#[test]
fn rows_know_the_line_they_begin_in() {
    let table = read(b"a,b\n1,2\n\n\"x\n\ny\",2\n3,4\n").unwrap();
    assert_eq!(table.lines, [2, 4, 7]);
    assert_eq!(read(b"\n\na\n1\n").unwrap().lines, [4]);
}

#[test]
fn a_quote_is_text_between_tabs_unless_the_header_is_quoted() {
    assert_eq!(rows("a\tb\n\"x\ty\"\n"), [["\"x", "y\""]]);
    assert_eq!(rows("\"a\"\t\"b\"\n\"x\ty\"\t1\n"), [["x\ty", "1"]]);
    assert_eq!(rows("a;b\n\"x;y\";1\n"), [["x;y", "1"]]);
    assert_eq!(rows("a,b\n5\" core,\"say \"\"x\"\"\"\n"), [["5\" core", "say \"x\""]]);
}

#[test]
fn fields_are_trimmed_inside_and_outside_of_quotes() {
    assert_eq!(read(b" a , b \n 1 ,\" 2 \"\n").unwrap().header, ["a", "b"]);
    assert_eq!(rows(" a , b \n 1 ,\" 2 \"\n"), [["1", "2"]]);
}

#[test]
fn columns_come_in_the_order_wanted_and_may_come_twice() {
    for text in ["a,b,c,d\n1,2,3,4\n", "a,b,c,d\n1,\"2\",3,4\n"] {
        let (_folder, path) = file(text.as_bytes());
        let mut seen = Vec::new();
        let opened = TextFile::open(&path).ok().unwrap();
        let each = |_, fields: &Fields<'_>| {
            seen = (0..3).map(|at| fields.text(at).into_owned()).collect();
            Ok(())
        };
        opened.for_each_row(&[2, 0, 2], each).unwrap();
        assert_eq!(seen, ["3", "1", "3"]);
    }
}

#[test]
fn every_row_is_held_against_the_header_though_no_column_is_wanted() {
    for (text, problem) in [
        ("a,b\n1,2\n3\n", "has 1 fields in row 3, expected 2 as in the header"),
        ("a,b\n1,2\n3,4,5\n", "has 3 fields in row 3, expected 2 as in the header"),
        ("a,b\n1,2\n\"3\",4,5\n", "has 3 fields in row 3, expected 2 as in the header"),
    ] {
        for wanted in [&[][..], &[0], &[1], &[0, 1]] {
            let (_folder, path) = file(text.as_bytes());
            let error = TextFile::open(&path).ok().unwrap().for_each_row(wanted, |_, _| Ok(())).unwrap_err();
            assert!(error.to_string().ends_with(problem), "{error}");
        }
    }
}

#[test]
fn names_of_rows_without_a_name_in_the_header_are_explained() {
    assert!(refusal(b"\"a\"\t\"b\"\n\"1\"\t2\t3\n").contains("row.names = FALSE"));
    assert!(!refusal(b"a,b\n1,2\n1,2,3\n").contains("row.names"));
}

#[test]
fn an_error_of_the_caller_ends_the_reading() {
    let (_folder, path) = file(b"a\n1\n2\n");
    let mut n = 0;
    let refused = TextFile::open(&path).ok().unwrap().for_each_row(&[0], |_, _| {
        n += 1;
        Err(Error::Unanswerable { problem: "enough".to_owned() })
    });
    assert!(refused.is_err() && n == 1);
}

#[test]
fn first_rows_leave_the_file_to_be_read() {
    let (_folder, path) = file(b"a,b\n1,2\n3,4\n5\n");
    let opened = TextFile::open(&path).ok().unwrap();
    assert_eq!(opened.first_rows(2).unwrap(), [["1", "2"], ["3", "4"]]);
    assert_eq!(opened.first_rows(0).unwrap(), Vec::<Vec<String>>::new());
    assert!(opened.first_rows(3).is_err());
    assert!(opened.for_each_row(&[0], |_, _| Ok(())).is_err());
}

#[test]
fn what_the_file_is_its_bytes_say() {
    let text = "Image\tCentroid X µm\n1\t2\n";
    let (low, high) = (utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes));
    let latin1: Vec<u8> = text.chars().map(|it| u8::try_from(it).unwrap()).collect();
    let two_members = [gzip(&text.as_bytes()[..5]), gzip(&text.as_bytes()[5..])].concat();
    let two_frames = [zstandard(&text.as_bytes()[..5]), zstandard(&text.as_bytes()[5..])].concat();
    for (bytes, encoding, compression) in [
        (text.as_bytes().to_vec(), "UTF-8", None),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), "UTF-8 with byte order mark", None),
        ([b"\xff\xfe", low.as_slice()].concat(), "UTF-16 LE", None),
        ([b"\xfe\xff", high.as_slice()].concat(), "UTF-16 BE", None),
        (gzip(&low), "UTF-16 LE", Some("gzip")),
        (low, "UTF-16 LE", None),
        (latin1, "Windows-1252", None),
        (two_members, "UTF-8", Some("gzip")),
        (two_frames, "UTF-8", Some("Zstandard")),
    ] {
        let (_folder, path) = file(&bytes);
        let opened = TextFile::open(&path).ok().unwrap();
        assert_eq!(opened.encoding().to_string(), encoding);
        assert_eq!(opened.compression().map(|it| it.to_string()).as_deref(), compression);
        assert_eq!(opened.delimiter(), Delimiter::Tab);
        let table = read(&bytes).unwrap();
        assert_eq!(table.header, ["Image", "Centroid X µm"], "{encoding}");
        assert_eq!(table.rows, [["1", "2"]]);
    }
}

#[test]
fn files_that_are_no_tables_are_refused() {
    for (bytes, problem) in [
        (&b""[..], "is empty, expected a header line and rows"),
        (b" \r\n\n  ", "is empty, expected a header line and rows"),
        (b"\xef\xbb\xbf", "is empty, expected a header line and rows"),
        (b"\t\t\n\t\t\n", "has no names in its header line"),
        (b"a,b,a\n", "has two columns named 'a'"),
        (b"\x89PNG\0\0\0", "is not a text table (row 1 holds a zero byte)"),
        (b"a,b\n1,2\n\0,2\n", "is not a text table (row 3 holds a zero byte)"),
        (b"a,b\n1,2\n3,\"4\n5,6\n", "has a quote in row 3 that is never closed"),
    ] {
        let refusal = refusal(bytes);
        assert!(refusal.contains(problem), "{refusal}");
    }
    assert_eq!(read(b",a,\n1,2,3\n").unwrap().header, ["", "a", ""], "columns without a name are no duplicates");
}

#[test]
fn compressed_files_that_are_cut_off_are_refused() {
    let lines: Vec<String> = (0..500).map(|it| format!("{it},{}\n", it * it)).collect();
    let text = "a,b\n".to_owned() + &lines.concat();
    for whole in [gzip(text.as_bytes()), zstandard(text.as_bytes())] {
        assert_eq!(read_with(&whole, BUFFER_SIZE).unwrap().rows.len(), 500);
        for n in (4..whole.len()).step_by(97).chain([whole.len() - 1]) {
            let error = read_with(&whole[..n], BUFFER_SIZE).unwrap_err();
            let cause = error.source().unwrap().to_string();
            assert!(cause.starts_with("the file is cut off: "), "{n} of {}: {cause}", whole.len());
        }
    }
}

#[test]
fn what_is_no_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = TextFile::open(folder.path()).err().unwrap();
    assert!(error.to_string().ends_with("is a folder, expected a table: CSV, TSV or Parquet"), "{error}");
    let error = TextFile::open(&folder.path().join("none")).err().unwrap();
    assert!(matches!(error, Error::Read { .. }), "{error}");
}

#[test]
fn long_lines_are_read_and_endless_ones_are_refused() {
    let long = "x".repeat(1 << 20);
    let table = read_with(format!("a,b\n{long},1\n").as_bytes(), 16).unwrap();
    assert_eq!(table.rows[0][0].len(), 1 << 20);
    let error = read_with(&vec![b'x'; 40 << 20], BUFFER_SIZE).unwrap_err().to_string();
    assert!(error.ends_with("has a row of more than 16 MB: row 1"), "{error}");
    let (_folder, path) = file(&[b"a,b\n1,2\n".as_slice(), &vec![b'x'; 5 << 20]].concat());
    let mut opened = TextFile::open(&path).ok().unwrap();
    opened.rows.longest = 1 << 20;
    let error = opened.for_each_row(&[0], |_, _| Ok(())).unwrap_err().to_string();
    assert!(error.ends_with("has a row of more than 1 MB: row 3"), "{error}");
}

/// A table of any text, trimmed as it is read; no row is blank.
fn any_table() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop_oneof![
        "[a-z0-9µ²é]{0,8}",
        "[a-z ,;\"\r\n\tµμ€漢😀]{0,12}",
        Just("\"".to_owned()),
        Just("\"\"".to_owned()),
    ];
    let cell = cell.prop_map(|it| it.trim_ascii().to_owned());
    (1usize..6).prop_flat_map(move |width| {
        let row = proptest::collection::vec(cell.clone(), width);
        proptest::collection::vec(row, 0..8)
    })
}

/// How a table is written.
#[derive(Clone, Debug)]
struct Style {
    delimiter: char,
    line_end: &'static str,
    last_line_end: bool,
    always_quoted: bool,
    wrapping: usize,
}

fn any_style() -> impl Strategy<Value = Style> {
    let delimiter = prop_oneof![Just('\t'), Just(','), Just(';')];
    (delimiter, any::<bool>(), any::<bool>(), any::<bool>(), 0usize..7).prop_map(
        |(delimiter, is_windows, last_line_end, always_quoted, wrapping)| Style {
            delimiter,
            line_end: if is_windows { "\r\n" } else { "\n" },
            last_line_end,
            always_quoted,
            wrapping,
        },
    )
}

impl Style {
    /// Text that is written without quotes between tabs cannot hold tabs or line ends.
    fn cell(&self, cell: &str) -> String {
        if self.delimiter == '\t' && !self.always_quoted {
            cell.replace(['\t', '\r', '\n'], "_")
        } else {
            cell.to_owned()
        }
    }

    fn write(&self, header: &[String], rows: &[Vec<String>]) -> Vec<u8> {
        let quote = |cell: &String| {
            let needs_quotes = cell.is_empty() || cell.contains([self.delimiter, '"', '\r', '\n']);
            if self.always_quoted || (needs_quotes && self.delimiter != '\t') {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.clone()
            }
        };
        let line = |row: &[String]| row.iter().map(quote).collect::<Vec<_>>().join(&self.delimiter.to_string());
        let lines: Vec<String> = [line(header)].into_iter().chain(rows.iter().map(|it| line(it))).collect();
        let text = lines.join(self.line_end) + if self.last_line_end { self.line_end } else { "" };
        match self.wrapping {
            0 => text.into_bytes(),
            1 => gzip(text.as_bytes()),
            2 => zstandard(text.as_bytes()),
            3 => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            4 => [b"\xff\xfe", utf16(&text, u16::to_le_bytes).as_slice()].concat(),
            5 => [b"\xfe\xff", utf16(&text, u16::to_be_bytes).as_slice()].concat(),
            _ => gzip(&[b"\xff\xfe", utf16(&text, u16::to_le_bytes).as_slice()].concat()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_table_is_read_back_however_it_is_written(table in any_table(), style in any_style()) {
        let width = table.first().map_or(2, Vec::len);
        // Two columns at least: the header has to show the delimiter, and an empty cell alone is a blank line.
        let header: Vec<String> = (0..=width).map(|it| format!("column {it}")).collect();
        let number = |(at, row): (usize, &Vec<String>)| {
            [at.to_string()].into_iter().chain(row.iter().map(|it| style.cell(it))).collect::<Vec<String>>()
        };
        let rows: Vec<Vec<String>> = table.iter().enumerate().map(number).collect();
        let found = read(&style.write(&header, &rows)).unwrap();
        prop_assert_eq!(found.header, header);
        prop_assert_eq!(found.rows, rows);
    }

    #[test]
    fn no_bytes_make_it_panic_or_hang(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_text_makes_it_panic_or_hang(text in "[ab,;\t\"\r\n µ]{0,80}") {
        let _ = read(text.as_bytes());
    }

    #[test]
    fn no_change_to_a_file_makes_it_panic_or_hang(
        table in any_table(),
        style in any_style(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let header = ["a", "b"].map(str::to_owned);
        let mut bytes = style.write(&header, &table);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(&bytes);
    }
}
