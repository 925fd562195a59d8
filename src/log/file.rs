//! A file opened for reading, plain or gzipped, as a stream without a byte order mark.
//!
//! The first two bytes tell gzip from text, so that a file's name does not matter.

use super::error::LogError;
use indicatif::ProgressBar;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Opens a file, plain or gzipped.
pub(crate) fn open(path: &Path, bar: &ProgressBar) -> Result<impl BufRead + use<>, LogError> {
    let fail = LogError::file(path);
    let mut file = BufReader::new(bar.wrap_read(File::open(path).map_err(&fail)?));
    let gzipped = file.fill_buf().map_err(&fail)?.starts_with(&[0x1f, 0x8b]);
    let inner: Box<dyn Read> =
        if gzipped { Box::new(flate2::bufread::MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut text = BufReader::with_capacity(1 << 16, Whole(inner));
    // A byte order mark says that the text is UTF-8, as all text here is.
    if text.fill_buf().map_err(&fail)?.starts_with(b"\xef\xbb\xbf") {
        text.consume(3);
    }
    Ok(text)
}

/// Says what a gzip error means.
struct Whole<R>(R);

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the gzip file is cut: copy it again"),
            _ => error,
        })
    }
}
