//! A window that moves over a text.

use std::io::{self, ErrorKind, Read};

/// A window over a text: what was read and not taken yet.
///
/// Memory grows with the longest line, not with the text. What is left of the window is moved to its front before more is
/// read, and the window is doubled when more than half of it is left; so no byte is moved more than a few times.
pub(super) struct Buffer {
    source: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    is_at_end: bool,
}

impl Buffer {
    pub(super) fn new(source: Box<dyn Read + Send>, capacity: usize) -> Self {
        Self { source, bytes: vec![0; capacity.max(1)], start: 0, end: 0, is_at_end: false }
    }

    /// What was read and not taken yet.
    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Whether [`Self::text`] reaches to the end of the source.
    pub(super) const fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// The first `n` bytes of [`Self::text`], which goes on behind them.
    pub(super) fn take(&mut self, n: usize) -> &[u8] {
        self.start += n;
        &self.bytes[self.start - n..self.start]
    }

    /// Reads on, at least a byte unless the source ends.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end > self.bytes.len() / 2 {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        while self.end < self.bytes.len() {
            match self.source.read(&mut self.bytes[self.end..]) {
                Ok(0) => {
                    self.is_at_end = true;
                    break;
                }
                Ok(n) => self.end += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, and is interrupted before each.
    struct Hesitant(Vec<u8>, bool);

    impl Read for Hesitant {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            if self.0.is_empty() {
                return Ok(0);
            }
            into[0] = self.0.remove(0);
            Ok(1)
        }
    }

    #[test]
    fn what_is_not_taken_stays_and_the_window_grows_around_it() {
        for capacity in [0, 1, 2, 3, 100] {
            let mut buffer = Buffer::new(Box::new(Hesitant(b"abcdefgh".to_vec(), false)), capacity);
            buffer.fill().unwrap();
            assert_eq!(buffer.take(1), b"a");
            while !buffer.is_at_end() {
                buffer.fill().unwrap();
            }
            assert_eq!(buffer.text(), b"bcdefgh");
            assert_eq!(buffer.take(7), b"bcdefgh");
            assert_eq!(buffer.text(), b"");
        }
    }
}
