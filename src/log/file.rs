//! A file opened for reading, plain or gzipped, as a stream.
//!
//! The first two bytes tell gzip from text, so that a file's name does not matter. The last byte read is
//! remembered: it tells whether the file ends with a whole line.

use super::error::LogError;
use indicatif::ProgressBar;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

/// Opens a file, plain or gzipped, and a view of the last byte read from it.
pub(crate) fn open(path: &Path, bar: &ProgressBar) -> Result<(impl BufRead + use<>, Rc<Cell<u8>>), LogError> {
    let fail = LogError::file(path);
    let mut file = BufReader::new(bar.wrap_read(File::open(path).map_err(&fail)?));
    let gzipped = file.fill_buf().map_err(&fail)?.starts_with(&[0x1f, 0x8b]);
    let last = Rc::new(Cell::new(b'\n'));
    let inner: Box<dyn Read> =
        if gzipped { Box::new(flate2::bufread::MultiGzDecoder::new(file)) } else { Box::new(file) };
    let tail = Tail { inner, last: Rc::clone(&last) };
    Ok((BufReader::with_capacity(1 << 16, tail), last))
}

/// Remembers the last byte that went through, and says what a gzip error means.
struct Tail<R> {
    inner: R,
    last: Rc<Cell<u8>>,
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the gzip file is cut: copy it again"),
            _ => error,
        })?;
        if let Some(last) = buffer[..read].last() {
            self.last.set(*last);
        }
        Ok(read)
    }
}
