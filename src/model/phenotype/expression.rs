//! One rule, such as `CD3+ & (CD8+ | CD4+) & !FOXP3+`.
//!
//! ```text
//! rule   = all { ("|" | "OR") all }
//! all    = one { ("&" | "AND") one }
//! one    = ("!" | "NOT") one | "(" rule ")" | name [sign]
//! name   = word | '"' any text, with '""' for a quotation mark '"'
//! sign   = "+" | "-"
//! ```
//!
//! A name without a sign, or with `+`, is positive where the cell is; with `-` it is where the cell is known to be negative:
//! `CD8-` is `!CD8`. A word holds no space and ends before its sign, so a minus inside belongs to it: `PD-L1-` is negative
//! for `PD-L1`, and `CD3-CD8` is one name. A plus inside, as in `CD3+CD8+`, and two names without a sign between them, as in
//! `CD3+ CD8+`, are refused: they would silently be one name.

use std::fmt;

use super::State;
use crate::error::{Error, Result};
use crate::model::vocabulary::{MINUS, PLUS};

/// Parentheses and negations inside of each other; more is no rule that a person writes.
const DEEPEST: usize = 100;

/// A rule over the markers of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression(Node);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Name(String),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
}

impl Expression {
    /// Positive where the cell is positive for this name, whatever letters it holds.
    pub fn of_name(name: &str) -> Self {
        Self(Node::Name(name.to_owned()))
    }

    /// Reads a rule.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if the text is no rule.
    ///
    /// # Examples
    ///
    /// ```
    /// use contexture::model::{Expression, State};
    ///
    /// let cytotoxic = Expression::parse("CD3+ & CD8+ & FOXP3-")?;
    /// let state = cytotoxic.state(&|marker| if marker == "FOXP3" { State::Unknown } else { State::Positive });
    /// assert_eq!(state, State::Unknown);
    /// # Ok::<(), contexture::error::Error>(())
    /// ```
    pub fn parse(rule: &str) -> Result<Self> {
        let parsed = tokens(rule).and_then(|tokens| Parser { tokens: &tokens, at: 0 }.whole());
        parsed.map(Self).map_err(|problem| Error::Unanswerable { problem: format!("rule '{rule}': {problem}") })
    }

    /// Names that the rule asks for, in its order, as often as it asks.
    pub fn atoms(&self) -> impl Iterator<Item = &str> {
        let mut names = Vec::new();
        self.0.names(&mut names);
        names.into_iter()
    }

    /// What the rule says of a cell, given what the cell is for each name.
    pub fn state(&self, of: &impl Fn(&str) -> State) -> State {
        self.0.state(of)
    }
}

impl Node {
    fn names<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Name(name) => names.push(name),
            Self::Not(node) => node.names(names),
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().for_each(|it| it.names(names)),
        }
    }

    // METHOD: Kleene's strong three-valued logic; a marker that is not known neither makes a phenotype nor rules it out.
    fn state(&self, of: &impl Fn(&str) -> State) -> State {
        match self {
            Self::Name(name) => of(name),
            Self::Not(node) => !node.state(of),
            Self::All(nodes) => nodes.iter().fold(State::Positive, |state, it| state & it.state(of)),
            Self::Any(nodes) => nodes.iter().fold(State::Negative, |state, it| state | it.state(of)),
        }
    }
}

/// A piece of a rule's text.
#[derive(Clone, Debug)]
enum Token<'a> {
    Open,
    Close,
    And,
    Or,
    Not,
    /// A name as it is written, and what it means.
    Name(&'a str, Node),
}

impl Token<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Open => "(",
            Self::Close => ")",
            Self::And => "&",
            Self::Or => "|",
            Self::Not => "!",
            Self::Name(text, _) => text,
        }
    }
}

/// Letters that are no part of an unquoted name.
fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || "|&!()\",;/".contains(letter)
}

fn tokens(rule: &str) -> Result<Vec<Token<'_>>, String> {
    let mut tokens = Vec::new();
    let mut rest = rule.trim_start();
    while let Some(letter) = rest.chars().next() {
        let (token, length) = match letter {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '&' => (Token::And, 1),
            '|' => (Token::Or, 1),
            '!' => (Token::Not, 1),
            '"' => quoted(rest)?,
            ',' | ';' | '/' => {
                return Err(format!("'{letter}' means nothing here; write & for and, | for or, or quote the name"));
            }
            _ => word(&rest[..rest.find(ends_word).unwrap_or(rest.len())])?,
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// A name in quotation marks at the start of a text, with the sign behind it; and how long both are.
fn quoted(text: &str) -> Result<(Token<'_>, usize), String> {
    let mut name = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '"' {
            name.push(letter);
        } else if letters.next_if(|(_, it)| *it == '"').is_some() {
            name.push('"');
        } else if name.trim().is_empty() {
            return Err("a quoted name is empty".to_owned());
        } else {
            let node = Node::Name(name);
            return Ok(match letters.next() {
                Some((end, sign)) if PLUS.contains(&sign) => {
                    let length = end + sign.len_utf8();
                    (Token::Name(&text[..length], node), length)
                }
                Some((end, sign)) if MINUS.contains(&sign) => {
                    let length = end + sign.len_utf8();
                    (Token::Name(&text[..length], Node::Not(Box::new(node))), length)
                }
                _ => (Token::Name(&text[..=at], node), at + 1),
            });
        }
    }
    Err("a quotation mark is not closed".to_owned())
}

/// A word: an operator or a name with its sign.
fn word(word: &str) -> Result<(Token<'_>, usize), String> {
    let token = match word {
        "AND" => Token::And,
        "OR" => Token::Or,
        "NOT" => Token::Not,
        _ => {
            let is_negative = word.ends_with(MINUS);
            let name = word.strip_suffix(MINUS).or_else(|| word.strip_suffix(PLUS)).unwrap_or(word);
            if name.is_empty() {
                return Err(format!("'{word}' stands without a name before it"));
            }
            if name.ends_with(MINUS) || name.ends_with(PLUS) {
                return Err(format!("'{word}' ends with more than one sign; quote the name if they belong to it"));
            }
            if name.contains(PLUS) {
                return Err(format!(
                    "'{word}' holds a plus inside; write & or | between two names, or quote it if it is one name"
                ));
            }
            let node = Node::Name(name.to_owned());
            Token::Name(word, if is_negative { Node::Not(Box::new(node)) } else { node })
        }
    };
    Ok((token, word.len()))
}

/// Recursive descent, no deeper than [`DEEPEST`].
struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
}

impl Parser<'_> {
    fn whole(mut self) -> Result<Node, String> {
        let node = self.any(0)?;
        match self.tokens.get(self.at) {
            None => Ok(node),
            Some(Token::Close) => Err("a ')' has no '(' before it".to_owned()),
            Some(token) => Err(self.no_operator_before(token)),
        }
    }

    fn any(&mut self, depth: usize) -> Result<Node, String> {
        let mut nodes = vec![self.all(depth)?];
        while let Some(Token::Or) = self.tokens.get(self.at) {
            self.at += 1;
            nodes.push(self.all(depth)?);
        }
        Ok(single(nodes, Node::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Node, String> {
        let mut nodes = vec![self.one(depth)?];
        while let Some(Token::And) = self.tokens.get(self.at) {
            self.at += 1;
            nodes.push(self.one(depth)?);
        }
        Ok(single(nodes, Node::All))
    }

    fn one(&mut self, depth: usize) -> Result<Node, String> {
        if depth > DEEPEST {
            return Err(format!("more than {DEEPEST} parentheses or negations stand inside of each other"));
        }
        let token = self.tokens.get(self.at);
        self.at += 1;
        match token {
            Some(Token::Name(_, node)) => Ok(node.clone()),
            Some(Token::Not) => Ok(Node::Not(Box::new(self.one(depth + 1)?))),
            Some(Token::Open) => {
                let node = self.any(depth + 1)?;
                match self.tokens.get(self.at) {
                    Some(Token::Close) => {
                        self.at += 1;
                        Ok(node)
                    }
                    Some(token) => Err(self.no_operator_before(token)),
                    None => Err("a '(' is not closed".to_owned()),
                }
            }
            Some(token) => Err(format!("'{}' stands where a name was expected", token.text())),
            None if self.tokens.is_empty() => Err("it is empty".to_owned()),
            None => Err("it ends where a name was expected".to_owned()),
        }
    }

    fn no_operator_before(&self, token: &Token<'_>) -> String {
        let before = self.tokens[self.at - 1].text();
        format!(
            "'{}' follows '{before}' without & or | between them; a name that holds spaces stands in quotation marks",
            token.text()
        )
    }
}

/// The only one of several, or all of them together.
fn single(mut nodes: Vec<Node>, together: fn(Vec<Node>) -> Node) -> Node {
    if nodes.len() == 1 { nodes.remove(0) } else { together(nodes) }
}

impl fmt::Display for Expression {
    /// Writes the rule so that [`Expression::parse`] reads the same one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, nodes: &[Self], operator: &str| {
            for (at, node) in nodes.iter().enumerate() {
                f.write_str(if at == 0 { "" } else { operator })?;
                match node {
                    Self::Name(_) | Self::Not(_) => write!(f, "{node}")?,
                    Self::All(_) | Self::Any(_) => write!(f, "({node})")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Name(name) => {
                let is_plain = matches!(word(name), Ok((Token::Name(_, Self::Name(it)), _)) if it == *name);
                if is_plain && !name.contains(ends_word) {
                    f.write_str(name)
                } else {
                    write!(f, "\"{}\"", name.replace('"', "\"\""))
                }
            }
            Self::Not(node) => match **node {
                Self::Name(_) | Self::Not(_) => write!(f, "!{node}"),
                Self::All(_) | Self::Any(_) => write!(f, "!({node})"),
            },
            Self::All(nodes) => list(f, nodes, " & "),
            Self::Any(nodes) => list(f, nodes, " | "),
        }
    }
}

#[cfg(test)]
mod tests;
