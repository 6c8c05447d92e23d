//! The keys of a JSON file's first object, from its beginning alone.

/// The keys of the first object of a JSON text, as far as the text goes: those of an object, or of the first element of an
/// array. Absent if the text begins otherwise, as tables do.
pub(super) fn first_keys(text: &str) -> Option<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let text = match text.strip_prefix('[') {
        Some(elements) => elements.trim_start(),
        None => text,
    };
    let mut letters = text.strip_prefix('{')?.chars();
    let mut keys = Vec::new();
    let (mut depth, mut last) = (1, String::new());
    while let Some(letter) = letters.next() {
        match letter {
            '"' => last = string(&mut letters),
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ':' if depth == 1 => keys.push(std::mem::take(&mut last)),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    Some(keys)
}

/// The rest of a string, up to its closing quote.
fn string(letters: &mut impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => text.extend(letters.next()),
            letter => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_first_object() {
        for (text, keys) in [
            (r#"{"type": "FeatureCollection", "features": [{"id": 1}], "x": {}}"#, &["type", "features", "x"][..]),
            (r#" [ {"type":"Feature","geometry":{"type":"Polygon"}}, {"y": 1}]"#, &["type", "geometry"]),
            ("\u{feff}{\"a:\\\"b\": 1, \"c", &["a:\"b"]),
            ("{}", &[]),
            ("[{", &[]),
        ] {
            assert_eq!(first_keys(text).unwrap(), keys, "{text}");
        }
        for table in ["", "a,b", "[x],y", "[1,2]"] {
            assert_eq!(first_keys(table), None, "{table}");
        }
    }
}
