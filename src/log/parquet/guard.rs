//! What a Parquet file is checked for before it is read: it comes from anywhere, and the lengths in it are somebody's word.
//!
//! Invariants: a footer has at most [`MAX_FOOTER`] bytes, and every list in it fits into it. A page unpacks to at most
//! [`MAX_PAGE`] bytes, a dictionary to [`MAX_DICTIONARY`], and the largest pages of all columns that are read to
//! [`MAX_PAGES`] together. So a file that unpacks to terabytes is refused before anything of it is unpacked.

use super::refused::Refused;
use super::thrift::Walk;
use flate2::bufread::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, copy, sink};

/// Longest footer.
const MAX_FOOTER: u64 = 16 << 20;
/// Most bytes to which a page of values unpacks.
const MAX_PAGE: u64 = 64 << 20;
/// Most bytes to which a dictionary unpacks: its texts become pointers eight times as long as the shortest.
const MAX_DICTIONARY: u64 = 8 << 20;
/// Most bytes of the largest pages of all columns together.
const MAX_PAGES: u64 = 256 << 20;
/// Longest header of a page, statistics included.
const MAX_HEADER: u64 = 64 << 10;
/// The number of a dictionary page among the kinds of pages.
const DICTIONARY: i64 = 2;

/// Checks the ends of a file and its footer.
pub(super) fn footer(file: &File) -> Result<(), Refused> {
    let mut file = file;
    let length = file.metadata()?.len();
    if length < 12 {
        return Err(Refused::new(format!("{length} bytes"), "a whole Parquet file: copy it again"));
    }
    let mut end = [0; 8];
    file.seek(SeekFrom::Start(length - 8))?;
    file.read_exact(&mut end)?;
    let (size, magic) = end.split_at(4);
    if magic != b"PAR1" {
        let encrypted = if magic == b"PARE" { "an encrypted footer" } else { "no footer at its end" };
        return Err(Refused::new(encrypted, "a whole Parquet file that is not encrypted: copy or export it again"));
    }
    let size = u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
    if size > MAX_FOOTER.min(length - 12) {
        let expected = "a footer inside the file of at most 16 MiB: export into more files, or with fewer columns";
        return Err(Refused::new(format!("a footer of {size} bytes"), expected));
    }
    let mut bytes = vec![0; size as usize];
    file.seek(SeekFrom::Start(length - 8 - size))?;
    file.read_exact(&mut bytes)?;
    match Walk::new(&bytes).numbers(&mut |_, _| {}) {
        Some(()) => Ok(()),
        None => Err(Refused::new("a footer whose lengths do not fit", "a whole Parquet file: export it again")),
    }
}

/// Checks the pages of the columns of a row group that will be read.
pub(super) fn row_group(file: &File, group: &RowGroupMetaData, columns: &[usize]) -> Result<(), Refused> {
    let length = file.metadata()?.len();
    let mut all = 0;
    for at in columns {
        let column = group.column(*at);
        let largest = pages(file, length, column).map_err(|refused| refused.of_column(column.column_descr().name()))?;
        all += largest;
    }
    if all > MAX_PAGES {
        let expected = "pages of at most 256 MiB together: export with smaller row groups";
        return Err(Refused::new(format!("columns whose pages unpack to {all} bytes"), expected));
    }
    Ok(())
}

/// Walks the pages of a column. Returns the bytes of its largest page, unpacked, with its dictionary.
fn pages(file: &File, length: u64, column: &ColumnChunkMetaData) -> Result<u64, Refused> {
    let outside = || Refused::new("pages outside the file", "a whole Parquet file: export it again");
    let number = |number: i64| u64::try_from(number).map_err(|_| outside());
    let first = number(column.data_page_offset())?;
    let begin = column.dictionary_page_offset().map_or(Ok(first), number)?.min(first);
    let end = begin.checked_add(number(column.compressed_size())?).filter(|end| *end <= length).ok_or_else(outside)?;
    let (mut at, mut largest, mut dictionary) = (begin, 0, 0);
    let mut header = Vec::new();
    while at < end {
        header.clear();
        let mut reader = file;
        reader.seek(SeekFrom::Start(at))?;
        // Most headers are short. A long one is read again.
        let mut wanted = 256;
        let (page, size) = loop {
            reader.take(wanted.min(end - at) - header.len() as u64).read_to_end(&mut header)?;
            let mut page = Page::default();
            let mut walk = Walk::new(&header);
            match walk.numbers(&mut |id, number| page.set(id, number)) {
                Some(()) => break (page, walk.at() as u64),
                None if wanted >= MAX_HEADER.min(end - at) => return Err(outside()),
                None => wanted *= 4,
            }
        };
        let packed = u64::try_from(page.packed).ok().filter(|packed| *packed <= end - at - size).ok_or_else(outside)?;
        let unpacked = number(page.unpacked)?;
        let most = if page.kind == DICTIONARY { MAX_DICTIONARY } else { MAX_PAGE };
        if unpacked > most {
            let found = format!("a page that unpacks to {unpacked} bytes");
            let expected = "pages of at most 64 MiB and dictionaries of at most 8 MiB: export with smaller pages";
            return Err(Refused::new(found, expected));
        }
        if matches!(column.compression(), Compression::GZIP(_)) && page.is_packed {
            check_gzip(file, at + size, packed, unpacked, page.levels)?;
        }
        if page.kind == DICTIONARY {
            dictionary = unpacked;
        } else {
            largest = largest.max(unpacked);
        }
        at += size + packed;
    }
    Ok(largest + 8 * dictionary)
}

/// Unpacks a page into nothing: gzip goes on for as long as it likes, where other ways of packing stop where the page's header
/// says.
fn check_gzip(file: &File, at: u64, packed: u64, unpacked: u64, levels: i64) -> Result<(), Refused> {
    let more = || Refused::new("a page that unpacks to more than it says", "a Parquet file as its writer left it");
    let levels = u64::try_from(levels).ok().filter(|levels| *levels <= packed.min(unpacked)).ok_or_else(more)?;
    if packed == levels {
        return Ok(());
    }
    let mut reader = file;
    reader.seek(SeekFrom::Start(at + levels))?;
    let unpacking = MultiGzDecoder::new(BufReader::new(reader.take(packed - levels)));
    let length = copy(&mut unpacking.take(unpacked - levels + 1), &mut sink())?;
    if length > unpacked - levels { Err(more()) } else { Ok(()) }
}

/// The head of a page, as far as it is needed.
struct Page {
    kind: i64,
    unpacked: i64,
    packed: i64,
    /// Bytes before the values that are never packed, in pages of the second version.
    levels: i64,
    is_packed: bool,
}

impl Default for Page {
    fn default() -> Self {
        Self { kind: 0, unpacked: 0, packed: 0, levels: 0, is_packed: true }
    }
}

impl Page {
    fn set(&mut self, id: i64, number: i64) {
        match id {
            1 => self.kind = number,
            2 => self.unpacked = number,
            3 => self.packed = number,
            805 | 806 => self.levels = self.levels.saturating_add(number),
            807 => self.is_packed = number == 1,
            _ => {}
        }
    }
}
