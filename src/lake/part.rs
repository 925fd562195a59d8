//! One part of a day, written completely or not at all.

use super::error::LakeError;
use super::schema::{Rows, Values, schema};
use crate::log::parquet::Kept;
use crate::text::hex;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of a part that is not whole yet.
pub(super) const TEMPORARY: &str = ".part.tmp";
/// Rows of a row group: what a reader holds at once.
pub(super) const GROUP: usize = 1 << 16;

/// What a part says of itself in its footer.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// Its number within its day.
    pub number: u64,
    /// File names of the parts that it replaces.
    pub replaces: Vec<String>,
    /// Digests of the files whose events are in the day.
    pub sources: Vec<String>,
    /// Digests of events that were erased.
    pub erased: Vec<String>,
}

/// A part that is whole and does not count yet.
pub(super) struct Written {
    /// Where it lies.
    pub path: PathBuf,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
}

/// A part while it is written.
pub(super) struct PartWriter {
    temporary: PathBuf,
    writer: SerializedFileWriter<Hashed>,
    rows: Rows,
    count: u64,
}

impl PartWriter {
    /// Begins a part in the folder of a day.
    pub(super) fn begin(folder: &Path) -> Result<Self, LakeError> {
        let temporary = folder.join(TEMPORARY);
        let fail = |source| LakeError::Write { path: temporary.clone(), source };
        let level = ZstdLevel::try_new(3).map_err(fail)?;
        // Ids never repeat, and digests seldom: a dictionary of them would be built in vain.
        let distinct =
            ["event_id", "chain_before", "chain_after", "time_ms"].map(|name| ColumnPath::from(vec![name.to_owned()]));
        let mut properties = WriterProperties::builder()
            .set_created_by("slotwise".into())
            .set_compression(Compression::ZSTD(level))
            .set_statistics_enabled(EnabledStatistics::None)
            .set_column_statistics_enabled(distinct[3].clone(), EnabledStatistics::Chunk)
            .set_offset_index_disabled(true);
        for column in distinct {
            properties = properties.set_column_dictionary_enabled(column, false);
        }
        let file = File::create(&temporary).map_err(LakeError::file(&temporary))?;
        let out = Hashed { file: BufWriter::new(file), hash: Sha256::new() };
        let writer = schema().and_then(|schema| SerializedFileWriter::new(out, schema, Arc::new(properties.build())));
        let writer = writer.map_err(fail)?;
        Ok(Self { temporary, writer, rows: Rows::default(), count: 0 })
    }

    /// Adds an event.
    pub(super) fn add(&mut self, event: Kept) -> Result<(), LakeError> {
        self.rows.add(event);
        self.count += 1;
        if self.rows.count < GROUP { Ok(()) } else { self.flush() }
    }

    /// Number of events so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    fn flush(&mut self) -> Result<(), LakeError> {
        let rows = std::mem::take(&mut self.rows);
        write_group(&mut self.writer, &rows.columns)
            .map_err(|source| LakeError::Write { path: self.temporary.clone(), source })
    }

    /// Leaves nothing behind.
    pub(super) fn drop_it(self) -> Result<(), LakeError> {
        fs::remove_file(&self.temporary).map_err(LakeError::file(&self.temporary))
    }

    /// Ends the part with its notes. It is on disk when this returns.
    pub(super) fn finish(mut self, notes: &Notes) -> Result<Written, LakeError> {
        if self.rows.count > 0 {
            self.flush()?;
        }
        let note = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
        for pair in [
            note("slotwise.part", notes.number.to_string()),
            note("slotwise.replaces", notes.replaces.join(" ")),
            note("slotwise.sources", notes.sources.join(" ")),
            note("slotwise.erased", notes.erased.join(" ")),
        ] {
            self.writer.append_key_value_metadata(pair);
        }
        let temporary = self.temporary;
        let out = self.writer.into_inner().map_err(|source| LakeError::Write { path: temporary.clone(), source })?;
        let hash = hex(&out.hash.finalize());
        let sync = || out.file.into_inner()?.sync_all();
        sync().map_err(LakeError::file(&temporary))?;
        Ok(Written { path: temporary, hash })
    }
}

/// Writes columns as a row group.
pub(super) fn write_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    columns: &[Values],
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for values in columns {
        let Some(mut column) = group.next_column()? else { break };
        match values {
            Values::Wholes(numbers) => column.typed::<Int64Type>().write_batch(numbers, None, None)?,
            Values::Texts(texts, levels) => column.typed::<ByteArrayType>().write_batch(texts, Some(levels), None)?,
            Values::Numbers(numbers, levels) => {
                column.typed::<DoubleType>().write_batch(numbers, Some(levels), None)?
            }
        };
        column.close()?;
    }
    group.close().map(drop)
}

/// A file whose hash is taken while it is written.
struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.file.write(bytes)?;
        self.hash.update(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
