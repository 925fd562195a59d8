//! Lines and CSV rows of a file, one at a time, in bounded memory.
//!
//! A line without an end, or a quote that is never closed, would otherwise pull a whole file into memory. A line or a
//! row of more than [`MAX_ROW`] bytes or [`MAX_LINES`] lines is reported as too long, and reading goes on behind it. A
//! CSV row may go over several lines, but only its first line is dropped if it is bad: the lines after it are read
//! again, each as a row of its own, so that one stray quote costs one row.

use std::cell::RefCell;
use std::io::{self, BufRead, Cursor, Read};
use std::rc::Rc;

/// Longest row, in bytes.
const MAX_ROW: usize = 1 << 20;

/// Most lines of one CSV row.
const MAX_LINES: u64 = 16;

/// The lines of a file.
pub(super) struct Lines<R> {
    text: R,
    /// Number of the line read last, from 1.
    pub number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Gets ready for a file.
    pub(super) fn new(text: R) -> Self {
        Self { text, number: 0 }
    }

    /// Appends the next line with its line end. `None` at the end of the file; false if the line is too long, in which
    /// case nothing of it is appended.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
        let before = line.len();
        let read = self.text.by_ref().take(MAX_ROW as u64 + 1).read_until(b'\n', line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if read <= MAX_ROW {
            return Ok(Some(true));
        }
        if line.last() != Some(&b'\n') {
            self.text.skip_until(b'\n')?;
        }
        line.truncate(before);
        Ok(Some(false))
    }
}

/// Lines on their way into the CSV reader, which asks for another line when a quote is open.
struct Feed<R> {
    lines: Lines<R>,
    /// Lines that are read again.
    again: Cursor<Vec<u8>>,
    /// Number of the line given last.
    number: u64,
    /// The lines of the row being read, with line ends.
    row: Vec<u8>,
    /// Bytes of it that the CSV reader has.
    given: usize,
    /// Number of its first line.
    first: u64,
    too_long: bool,
}

impl<R: BufRead> Feed<R> {
    /// Appends the next line to the row. False at the end of the file, and if the row is too long.
    fn fetch(&mut self) -> io::Result<bool> {
        if self.row.iter().all(|byte| matches!(byte, b'\n' | b'\r')) {
            // Empty lines before a row are not part of it.
            (self.first, self.given) = (self.number + 1, 0);
            self.row.clear();
        }
        if self.again.read_until(b'\n', &mut self.row)? == 0 {
            match self.lines.next(&mut self.row)? {
                None => return Ok(false),
                Some(whole) => self.too_long = !whole,
            }
        }
        self.number += 1;
        self.too_long |= self.row.len() > MAX_ROW || self.number - self.first >= MAX_LINES;
        Ok(!self.too_long)
    }

    /// Ends the row; all its lines but the first are read again.
    fn retry(&mut self) {
        let first = self.row.iter().position(|byte| *byte == b'\n').map_or(self.row.len(), |end| end + 1);
        let mut again = self.row.split_off(first);
        self.number -= again.split_inclusive(|byte| *byte == b'\n').count() as u64;
        let read = self.again.position() as usize;
        again.extend_from_slice(&self.again.get_ref()[read..]);
        self.again = Cursor::new(again);
        self.row.clear();
        (self.given, self.too_long) = (0, false);
    }
}

/// The end of the feed that the CSV reader holds.
struct Tap<R>(Rc<RefCell<Feed<R>>>);

impl<R: BufRead> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut feed = self.0.borrow_mut();
        if feed.given == feed.row.len() && !feed.fetch()? {
            return Ok(0);
        }
        let part = &feed.row[feed.given..];
        let length = part.len().min(buffer.len());
        buffer[..length].copy_from_slice(&part[..length]);
        feed.given += length;
        Ok(length)
    }
}

/// What came of reading a CSV row.
pub(super) enum Found {
    /// A row.
    Row,
    /// A row that is not UTF-8.
    Encoding,
    /// A row that is too long.
    Length,
    /// The file is at its end.
    End,
}

/// The rows of a CSV file.
pub(super) struct CsvRows<R> {
    feed: Rc<RefCell<Feed<R>>>,
    csv: csv::Reader<Tap<R>>,
    dialect: Dialect,
    /// Whether the first line is too long, so that there is no header.
    is_headless: bool,
}

impl<R: BufRead> CsvRows<R> {
    /// Gets ready for a file: its first line tells what separates the fields.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn new(text: R) -> io::Result<Self> {
        let mut lines = Lines::new(text);
        let mut first = Vec::new();
        let mut is_headless = false;
        while first.trim_ascii().is_empty()
            && let Some(whole) = lines.next(&mut first)?
        {
            is_headless = !whole;
            if is_headless {
                break;
            }
        }
        let dialect = Dialect::of(&first);
        let again = Cursor::new(first);
        let feed = Feed { lines, again, number: 0, row: Vec::new(), given: 0, first: 1, too_long: false };
        let feed = Rc::new(RefCell::new(feed));
        Ok(Self { csv: reader(&feed, dialect), feed, dialect, is_headless })
    }

    /// Reads the next row. `fields` is how many it should have, if that is known.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn next(&mut self, row: &mut csv::StringRecord, fields: Option<usize>) -> io::Result<Found> {
        if std::mem::take(&mut self.is_headless) {
            return Ok(Found::Length);
        }
        {
            let mut feed = self.feed.borrow_mut();
            feed.row.clear();
            (feed.given, feed.first) = (0, feed.number + 1);
        }
        let read = self.csv.read_record(row);
        let too_long = self.feed.borrow().too_long;
        let found = match read {
            _ if too_long => Found::Length,
            Ok(true) => Found::Row,
            Ok(false) => Found::End,
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(error) => return Err(error),
                _ => Found::Encoding,
            },
        };
        let several = self.feed.borrow().number > self.feed.borrow().first;
        let wrong = fields.is_some_and(|fields| fields != row.len());
        if too_long || several && (wrong || matches!(found, Found::Encoding)) {
            self.feed.borrow_mut().retry();
            self.csv = reader(&self.feed, self.dialect);
        }
        Ok(found)
    }

    /// Number of the first line of the row read last.
    pub(super) fn line(&self) -> u64 {
        self.feed.borrow().first
    }

    /// Whether the row read last has no line end: whoever copied the file cut it.
    pub(super) fn is_cut(&self) -> bool {
        self.feed.borrow().row.last().is_some_and(|last| *last != b'\n')
    }
}

fn reader<R: BufRead>(feed: &Rc<RefCell<Feed<R>>>, dialect: Dialect) -> csv::Reader<Tap<R>> {
    let mut builder = csv::ReaderBuilder::new();
    builder.flexible(true).has_headers(false).delimiter(dialect.delimiter).quoting(dialect.has_quotes);
    builder.from_reader(Tap(Rc::clone(feed)))
}

/// How a file writes its fields.
#[derive(Clone, Copy)]
struct Dialect {
    delimiter: u8,
    has_quotes: bool,
}

impl Dialect {
    /// What separates the fields of a header most often, outside quotes: a comma, a semicolon, a tab or a bar. A data feed of
    /// Adobe's has quotes that quote nothing.
    fn of(header: &[u8]) -> Self {
        let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
        let mut is_quoted = false;
        for byte in header {
            is_quoted ^= *byte == b'"';
            if let Some((_, count)) = counts.iter_mut().find(|(known, _)| known == byte && !is_quoted) {
                *count += 1;
            }
        }
        // Of equals the first.
        let best = counts.iter().rev().max_by_key(|(_, count)| *count);
        let delimiter = best.map_or(b',', |(delimiter, _)| *delimiter);
        let is_data_feed = header.windows(11).any(|part| part == b"visid_high\t");
        Self { delimiter, has_quotes: !is_data_feed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line and fields of every row, or what is wrong with it.
    fn rows(text: &str, fields: usize) -> Vec<(u64, String)> {
        let mut rows = CsvRows::new(text.as_bytes()).unwrap();
        let mut row = csv::StringRecord::new();
        let mut found = Vec::new();
        loop {
            let told = match rows.next(&mut row, Some(fields)).unwrap() {
                Found::End => return found,
                Found::Row => row.iter().collect::<Vec<_>>().join("|"),
                Found::Encoding => "encoding".into(),
                Found::Length => "length".into(),
            };
            found.push((rows.line(), told));
        }
    }

    fn told(rows: &[(u64, String)]) -> Vec<(u64, &str)> {
        rows.iter().map(|(line, told)| (*line, told.as_str())).collect()
    }

    #[test]
    fn rows_keep_their_line_numbers_over_empty_lines_and_line_ends_in_quotes() {
        let found = rows("a,b\r\n\r\n\"c\nd\",e\n\nf,g", 2);
        assert_eq!(told(&found), [(1, "a|b"), (3, "c\nd|e"), (6, "f|g")]);
    }

    #[test]
    fn the_header_tells_what_separates_the_fields() {
        for (text, second) in [
            ("a;b;c,d\n1,5;2;3\n", "1,5|2|3"),
            ("a\tb\n\"1\t5\"\t2\n", "1\t5|2"),
            ("a|b\n1|2\n", "1|2"),
            ("\"a;b;c;d\",e\n1,2\n", "1|2"),
            ("a\n1;2\n", "1;2"),
            ("visid_high\tb\n1\t\"2\n", "1|\"2"),
        ] {
            assert_eq!(rows(text, second.split('|').count())[1].1, second, "{text}");
        }
    }

    #[test]
    fn a_stray_quote_costs_one_row() {
        let found = rows("a,b\n\"c,d\ne,f\ng,h\n", 2);
        assert_eq!(told(&found)[2..], [(3, "e|f"), (4, "g|h")]);
        assert_eq!((found[1].0, found.len()), (2, 4));
        let mut long = "a,b\n\"c,d\n".to_owned();
        long.extend(std::iter::repeat_n("e,f\n", MAX_ROW / 3));
        let found = rows(&long, 2);
        assert_eq!((found.len(), found[1].1.as_str()), (2 + MAX_ROW / 3, "length"));
        assert_eq!(told(&found)[2], (3, "e|f"));
    }

    #[test]
    fn a_line_without_an_end_is_not_held() {
        let found = rows(&format!("a,b\n{},x\nc,d\n", "y".repeat(3 * MAX_ROW)), 2);
        assert_eq!(told(&found), [(1, "a|b"), (2, "length"), (3, "c|d")]);
    }
}
