//! What is wrong with what a file says, and which of its keys says it. Where these stand in a text, who reads the text knows.

use std::borrow::Cow;

/// The way from the top of a file to one of its keys; the empty one is the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPath(Vec<Step>);

/// One step of a [`KeyPath`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a table, to the value of a key.
    Key(Cow<'static, str>),
    /// Into a list, to one of its items, counted from 0.
    Item(usize),
}

impl KeyPath {
    /// The value of a key of the table that this leads to.
    #[must_use]
    pub fn key(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Step::Key(key.into()));
        self
    }

    /// An item of the list that this leads to, counted from 0.
    #[must_use]
    pub fn item(mut self, at: usize) -> Self {
        self.0.push(Step::Item(at));
        self
    }

    /// The steps, from the top of the file.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The same key, where the table that it was looked for in stands in another.
    #[must_use]
    pub fn within(&self, parent: &Self) -> Self {
        Self(parent.0.iter().chain(&self.0).cloned().collect())
    }
}

impl From<&'static str> for KeyPath {
    fn from(key: &'static str) -> Self {
        Self::default().key(key)
    }
}

/// What is wrong with what a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, and what to do, in a sentence for the author of the file.
    pub text: String,
    /// Keys that say it, or should, the likeliest first.
    pub places: Vec<KeyPath>,
    /// What was said first, where something is said twice.
    pub first: Option<KeyPath>,
}

impl Problem {
    /// A problem with the value of a key.
    pub fn at(place: impl Into<KeyPath>, text: impl Into<String>) -> Self {
        Self { text: text.into(), places: vec![place.into()], first: None }
    }

    /// Another key that may say it.
    #[must_use]
    pub fn or_at(mut self, place: impl Into<KeyPath>) -> Self {
        self.places.push(place.into());
        self
    }

    /// What was said first of something that is said twice.
    #[must_use]
    pub fn after(mut self, first: impl Into<KeyPath>) -> Self {
        self.first = Some(first.into());
        self
    }

    /// The same problem, where the table that it was found in stands in another.
    #[must_use]
    pub fn within(self, parent: impl Into<KeyPath>) -> Self {
        let parent = parent.into();
        let inside = |it: &KeyPath| it.within(&parent);
        let (places, first) = (self.places.iter().map(inside).collect(), self.first.as_ref().map(inside));
        Self { text: self.text, places, first }
    }

    /// The same problem, with other words for it.
    #[must_use]
    pub fn reworded(self, words: impl FnOnce(&str) -> String) -> Self {
        Self { text: words(&self.text), ..self }
    }
}

/// Where the first of some things that stands a second time stands first, and where again; absent if each stands once.
pub fn first_repeat<T: PartialEq>(items: &[T]) -> Option<(usize, usize)> {
    items.iter().enumerate().find_map(|(at, item)| Some((items[..at].iter().position(|it| it == item)?, at)))
}
