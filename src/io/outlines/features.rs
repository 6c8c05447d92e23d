//! The objects of a `GeoJSON` file, one after the other.

use std::borrow::Cow;
use std::fmt;

use memchr::{memchr2, memchr3};
use serde::de::{DeserializeSeed, Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Words of JavaScript that JSON does not know.
const BARE: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];

/// The text with `null` in place of bare `NaN`, `Infinity` and `-Infinity`; those within strings stay.
pub(super) fn without_bare_nan(text: &[u8]) -> Cow<'_, [u8]> {
    let mut changed: Option<Vec<u8>> = None;
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = memchr3(b'"', b'N', b'I', &text[at..]) {
        at += found;
        if text[at] == b'"' {
            at = end_of_string(text, at + 1);
            continue;
        }
        let start = at - usize::from(at > copied && text[at - 1] == b'-');
        if let Some(word) = BARE.iter().find(|it| text[start..].starts_with(it)) {
            let changed = changed.get_or_insert_with(|| Vec::with_capacity(text.len()));
            changed.extend_from_slice(&text[copied..start]);
            changed.extend_from_slice(b"null");
            copied = start + word.len();
            at = copied;
        } else {
            at += 1;
        }
    }
    match changed {
        None => Cow::Borrowed(text),
        Some(mut changed) => {
            changed.extend_from_slice(&text[copied..]);
            Cow::Owned(changed)
        }
    }
}

/// Place behind the closing quote of a string that starts at `at`.
fn end_of_string(text: &[u8], mut at: usize) -> usize {
    while let Some(found) = memchr2(b'"', b'\\', text.get(at..).unwrap_or_default()) {
        at += found + 1;
        if text[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// Calls `each` for every feature of a collection or list, or for the one object that the file is.
///
/// # Errors
///
/// What is wrong with the text; or anything, if `each` refused a feature.
pub(super) fn for_each(text: &[u8], mut each: impl FnMut(Value) -> Result<(), ()>) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(text);
    json.deserialize_any(Whole(&mut each))?;
    json.end()
}

/// The whole file.
struct Whole<'a, F>(&'a mut F);

/// The list behind `features`, which is not held.
struct Features<'a, F>(&'a mut F);

impl<'de, F: FnMut(Value) -> Result<(), ()>> Visitor<'de> for Whole<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a collection of features, a list of features, a feature, or a geometry")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(object) = list.next_element::<Value>()? {
            (self.0)(object).map_err(|()| A::Error::custom("refused"))?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut single = Map::new();
        let mut is_collection = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "features" {
                map.next_value_seed(Features(self.0))?;
                is_collection = true;
            } else {
                single.insert(key, map.next_value()?);
            }
        }
        if is_collection {
            return Ok(());
        }
        if single.get("type").and_then(Value::as_str) == Some("FeatureCollection") {
            return Err(A::Error::missing_field("features"));
        }
        (self.0)(Value::Object(single)).map_err(|()| A::Error::custom("refused"))
    }
}

impl<'de, F: FnMut(Value) -> Result<(), ()>> DeserializeSeed<'de> for Features<'_, F> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, features: D) -> Result<(), D::Error> {
        features.deserialize_seq(Whole(self.0))
    }
}
