//! The pages of a column, each checked before its values are decoded.
//!
//! `guard` has bounded their bytes. What remains is what a page says of its values: a dictionary has no more of them than
//! its bytes can hold, and texts are not written as differences, where a few bytes can stand for gigabytes.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};

/// A reader of pages that looks at each of them.
pub(super) struct Checked {
    pub pages: Box<dyn PageReader>,
    /// Bytes of the column's shortest value in a dictionary.
    pub shortest: usize,
}

impl PageReader for Checked {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        self.pages.get_next_page()?.map(|page| check(page, self.shortest)).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

impl Iterator for Checked {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

fn check(page: Page, shortest: usize) -> Result<Page> {
    let refuse = |why: &str| Err(ParquetError::General(why.into()));
    match &page {
        Page::DictionaryPage { buf, num_values, .. } if *num_values as usize > buf.len() / shortest.max(1) => {
            refuse("a dictionary with more values than bytes for them")
        }
        Page::DataPage { encoding: Encoding::DELTA_BYTE_ARRAY, .. }
        | Page::DataPageV2 { encoding: Encoding::DELTA_BYTE_ARRAY, .. } => {
            refuse("texts written as differences (DELTA_BYTE_ARRAY), expected plain or dictionary pages")
        }
        _ => Ok(page),
    }
}
