//! The values of one column as texts, as a CSV file would have them: rows of any format go through one reader.
//!
//! Times of whatever unit become milliseconds since 1970, decimals get their point, and what is not there is empty.

use super::pages::Checked;
use super::refused::Refused;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::file::reader::RowGroupReader;
use parquet::schema::types::ColumnDescriptor;
use std::fmt::Write;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// 1970-01-01 as a Julian day.
const JULIAN_1970: i64 = 2_440_588;

/// What the numbers or bytes of a column mean.
#[derive(Clone, Copy)]
enum Meaning {
    Plain,
    Unsigned,
    /// Units in a millisecond; 0 for units of a day.
    Time(i64),
    Decimal(usize),
    Uuid,
}

impl Meaning {
    fn of(column: &ColumnDescriptor) -> Self {
        match (column.logical_type_ref(), column.converted_type()) {
            (Some(LogicalType::Timestamp(time)), _) => Self::Time(match time.unit {
                TimeUnit::MILLIS => 1,
                TimeUnit::MICROS => 1000,
                TimeUnit::NANOS => 1_000_000,
            }),
            (_, ConvertedType::TIMESTAMP_MILLIS) => Self::Time(1),
            (_, ConvertedType::TIMESTAMP_MICROS) => Self::Time(1000),
            (_, ConvertedType::DATE) | (Some(LogicalType::Date), _) => Self::Time(0),
            (Some(LogicalType::Decimal(_)), _) | (_, ConvertedType::DECIMAL) => {
                Self::Decimal(usize::try_from(column.type_scale()).unwrap_or(0).min(38))
            }
            (_, ConvertedType::UINT_32 | ConvertedType::UINT_64) => Self::Unsigned,
            (Some(LogicalType::Uuid), _) => Self::Uuid,
            _ => Self::Plain,
        }
    }
}

enum Values {
    Truths(Vec<bool>),
    Shorts(Vec<i32>),
    Longs(Vec<i64>),
    Julian(Vec<Int96>),
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
    Texts(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

/// A value as it lies in its page.
#[derive(Clone, Copy)]
pub(super) enum Cell<'a> {
    /// There is none.
    Nothing,
    /// A text, which may not be UTF-8.
    Text(&'a [u8]),
    /// A whole number, or milliseconds since 1970.
    Whole(i64),
    /// A number.
    Real(f64),
    /// Something that has to be put into words first.
    Other,
}

/// A column of a row group, a batch of rows at a time.
pub(super) struct Column {
    reader: ColumnReader,
    meaning: Meaning,
    /// Level at which a value is there; 0 if it always is.
    present: i16,
    levels: Vec<i16>,
    values: Values,
    /// For each row of the batch, the number of its value.
    places: Vec<Option<usize>>,
}

impl Column {
    /// A column of a row group that `guard` has checked.
    pub(super) fn open(group: &dyn RowGroupReader, at: usize) -> Result<Self, Refused> {
        let descriptor = group.metadata().column(at).column_descr_ptr();
        let (values, shortest) = match descriptor.physical_type() {
            Type::BOOLEAN => (Values::Truths(Vec::new()), 1),
            Type::INT32 => (Values::Shorts(Vec::new()), 4),
            Type::INT64 => (Values::Longs(Vec::new()), 8),
            Type::INT96 => (Values::Julian(Vec::new()), 12),
            Type::FLOAT => (Values::Floats(Vec::new()), 4),
            Type::DOUBLE => (Values::Doubles(Vec::new()), 8),
            Type::BYTE_ARRAY => (Values::Texts(Vec::new()), 4),
            Type::FIXED_LEN_BYTE_ARRAY => (Values::Fixed(Vec::new()), descriptor.type_length().max(1) as usize),
        };
        let pages = Checked { pages: group.get_column_page_reader(at)?, shortest };
        let (meaning, present) = (Meaning::of(&descriptor), descriptor.max_def_level());
        let reader = get_column_reader(descriptor, Box::new(pages));
        Ok(Self { reader, meaning, present, levels: Vec::new(), values, places: Vec::new() })
    }

    /// Reads the next rows, at most this many. Returns how many there are.
    pub(super) fn next(&mut self, most: usize) -> Result<usize, Refused> {
        self.levels.clear();
        let mut rows = 0;
        macro_rules! read {
            ($reader:expr, $values:expr) => {{
                $values.clear();
                while rows < most {
                    let levels = (self.present > 0).then_some(&mut self.levels);
                    match $reader.read_records(most - rows, levels, None, $values)?.0 {
                        0 => break,
                        more => rows += more,
                    }
                }
                $values.len()
            }};
        }
        let count = match (&mut self.reader, &mut self.values) {
            (ColumnReader::BoolColumnReader(reader), Values::Truths(values)) => read!(reader, values),
            (ColumnReader::Int32ColumnReader(reader), Values::Shorts(values)) => read!(reader, values),
            (ColumnReader::Int64ColumnReader(reader), Values::Longs(values)) => read!(reader, values),
            (ColumnReader::Int96ColumnReader(reader), Values::Julian(values)) => read!(reader, values),
            (ColumnReader::FloatColumnReader(reader), Values::Floats(values)) => read!(reader, values),
            (ColumnReader::DoubleColumnReader(reader), Values::Doubles(values)) => read!(reader, values),
            (ColumnReader::ByteArrayColumnReader(reader), Values::Texts(values)) => read!(reader, values),
            (ColumnReader::FixedLenByteArrayColumnReader(reader), Values::Fixed(values)) => read!(reader, values),
            _ => 0,
        };
        self.places.clear();
        let mut value = 0;
        self.places.extend((0..rows).map(|row| {
            let is_there = self.present == 0 || self.levels.get(row) == Some(&self.present);
            value += usize::from(is_there);
            is_there.then(|| value - 1)
        }));
        if value > count {
            return Err(Refused::new("fewer values than rows", "a whole Parquet file: export it again"));
        }
        Ok(rows)
    }

    /// A row's value as it lies there.
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        let Some(at) = self.places.get(row).copied().flatten() else { return Cell::Nothing };
        match (&self.values, self.meaning) {
            (Values::Texts(values), Meaning::Plain) => Cell::Text(values[at].data()),
            (Values::Longs(values), Meaning::Plain) => Cell::Whole(values[at]),
            (Values::Longs(values), Meaning::Time(units @ 1..)) => Cell::Whole(values[at] / units),
            (Values::Doubles(values), Meaning::Plain) if values[at].is_nan() => Cell::Nothing,
            (Values::Doubles(values), Meaning::Plain) => Cell::Real(values[at]),
            _ => Cell::Other,
        }
    }

    /// Appends the text of a row's value; nothing where it has none. Returns whether the text is UTF-8.
    pub(super) fn text(&self, row: usize, out: &mut String) -> bool {
        let Some(at) = self.places.get(row).copied().flatten() else { return true };
        match &self.values {
            Values::Truths(values) => out.push_str(if values[at] { "true" } else { "false" }),
            Values::Shorts(values) if matches!(self.meaning, Meaning::Unsigned) => {
                let _ = write!(out, "{}", values[at] as u32);
            }
            Values::Shorts(values) => self.whole(i64::from(values[at]), out),
            Values::Longs(values) => self.whole(values[at], out),
            Values::Julian(values) => {
                let [low, high, day] = values[at].data() else { return true };
                let nanos = i64::from(*low) | i64::from(*high) << 32;
                let ms = (i64::from(*day) - JULIAN_1970) * DAY_MS + nanos / 1_000_000;
                let _ = write!(out, "{ms}");
            }
            // No number is how pandas writes a missing one.
            Values::Floats(values) if !values[at].is_nan() => drop(write!(out, "{}", values[at])),
            Values::Doubles(values) if !values[at].is_nan() => drop(write!(out, "{}", values[at])),
            Values::Floats(_) | Values::Doubles(_) => {}
            Values::Texts(values) => return self.bytes(values[at].data(), out),
            Values::Fixed(values) => return self.bytes(values[at].data(), out),
        }
        true
    }

    fn whole(&self, number: i64, out: &mut String) {
        let _ = match self.meaning {
            Meaning::Time(0) => write!(out, "{}", number.saturating_mul(DAY_MS)),
            Meaning::Time(units) => write!(out, "{}", number / units),
            Meaning::Decimal(scale) => {
                out.push_str(&decimal(i128::from(number), scale));
                Ok(())
            }
            Meaning::Unsigned => write!(out, "{}", number as u64),
            Meaning::Plain | Meaning::Uuid => write!(out, "{number}"),
        };
    }

    fn bytes(&self, bytes: &[u8], out: &mut String) -> bool {
        match self.meaning {
            Meaning::Decimal(scale) if (1..=16).contains(&bytes.len()) => {
                let sign = i128::from(bytes[0] as i8) >> 7;
                let number = bytes.iter().fold(sign, |number, byte| number << 8 | i128::from(*byte));
                out.push_str(&decimal(number, scale));
            }
            Meaning::Uuid => {
                for (at, byte) in bytes.iter().enumerate() {
                    let _ = write!(out, "{}{byte:02x}", if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" });
                }
            }
            _ => match str::from_utf8(bytes) {
                Ok(text) => out.push_str(text),
                Err(_) => return false,
            },
        }
        true
    }
}

/// A whole number with a point before its last digits.
fn decimal(number: i128, scale: usize) -> String {
    if scale == 0 {
        return number.to_string();
    }
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{part}", if number < 0 { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals_have_their_point() {
        for (number, scale, text) in [(1290, 2, "12.90"), (-5, 2, "-0.05"), (7, 0, "7"), (0, 3, "0.000")] {
            assert_eq!(decimal(number, scale), text);
        }
    }
}
