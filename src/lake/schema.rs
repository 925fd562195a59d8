//! The columns of a lake, and how an event fills them.
//!
//! The order of [`COLUMNS`] is that of the files. A column may be added; readers find columns by name. There is no column
//! that training or the report does not need.

use crate::log::parquet::Kept;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};
use std::sync::Arc;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Time,
    Whole,
    Text,
    Json,
    Number,
}

/// Names and kinds, in the order of the files.
const COLUMNS: [(&str, Kind); 15] = [
    ("time_ms", Kind::Time),
    ("name", Kind::Text),
    ("event_id", Kind::Text),
    ("session", Kind::Text),
    ("user", Kind::Text),
    ("chain_before", Kind::Text),
    ("chain_after", Kind::Text),
    ("items", Kind::Json),
    ("currency", Kind::Text),
    ("value", Kind::Number),
    ("offer", Kind::Text),
    ("percent_scrolled", Kind::Number),
    ("engagement_time_msec", Kind::Number),
    ("exposure", Kind::Json),
    ("context", Kind::Json),
];

/// The schema of a part.
pub(super) fn schema() -> Result<TypePtr> {
    schema_of("event", &COLUMNS)
}

/// A schema of columns in their order.
pub(super) fn schema_of(name: &str, columns: &[(&'static str, Kind)]) -> Result<TypePtr> {
    let column = |(name, kind): (&str, Kind)| {
        let (physical, logical) = match kind {
            Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
            Kind::Whole => (Physical::INT64, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Json => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
            Kind::Number => (Physical::DOUBLE, None),
        };
        let is_always = matches!(kind, Kind::Time | Kind::Whole);
        let repetition = if is_always { Repetition::REQUIRED } else { Repetition::OPTIONAL };
        let builder = Type::primitive_type_builder(name, physical).with_logical_type(logical);
        builder.with_repetition(repetition).build().map(Arc::new)
    };
    let fields = columns.iter().copied().map(column).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Type::group_type_builder(name).with_fields(fields).build()?))
}

/// The values of a column, and for each row whether it has one.
pub(super) enum Values {
    Wholes(Vec<i64>),
    Texts(Vec<ByteArray>, Vec<i16>),
    Numbers(Vec<f64>, Vec<i16>),
}

impl Values {
    /// Room for values of a kind.
    pub(super) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Time | Kind::Whole => Self::Wholes(Vec::new()),
            Kind::Text | Kind::Json => Self::Texts(Vec::new(), Vec::new()),
            Kind::Number => Self::Numbers(Vec::new(), Vec::new()),
        }
    }

    pub(super) fn whole(&mut self, number: i64) {
        if let Self::Wholes(values) = self {
            values.push(number);
        }
    }

    pub(super) fn text(&mut self, text: String) {
        if let Self::Texts(values, levels) = self {
            levels.push(i16::from(!text.is_empty()));
            if !text.is_empty() {
                values.push(text.into_bytes().into());
            }
        }
    }

    pub(super) fn number(&mut self, number: Option<f64>) {
        if let Self::Numbers(values, levels) = self {
            levels.push(i16::from(number.is_some()));
            values.extend(number);
        }
    }
}

/// Rows that are not written yet, by columns.
pub(super) struct Rows {
    pub columns: Vec<Values>,
    pub count: usize,
}

impl Default for Rows {
    fn default() -> Self {
        Self { columns: COLUMNS.iter().map(|(_, kind)| Values::of(*kind)).collect(), count: 0 }
    }
}

impl Rows {
    /// Takes an event.
    pub(super) fn add(&mut self, event: Kept) {
        let Kept { time_ms, session, user, worth_cents, raw } = event;
        let params = raw.params;
        let (before, after) = raw.chain.unwrap_or_default();
        let items = if params.items.is_empty() { String::new() } else { Kept::json(&params.items) };
        let json = |part: Option<String>| part.unwrap_or_default();
        let exposure = json(params.exposure.as_ref().map(Kept::json));
        let context = json(raw.context.as_ref().map(Kept::json));
        self.columns[0].whole(time_ms as i64);
        let texts = [
            (1, raw.name),
            (2, raw.event_id.0),
            (3, session),
            (4, user),
            (5, before.unwrap_or_default()),
            (6, after),
            (7, items),
            (8, params.currency.0),
            (10, params.offer.0),
            (13, exposure),
            (14, context),
        ];
        for (at, text) in texts {
            self.columns[at].text(text);
        }
        let worth = worth_cents.map(|cents| cents as f64 / 100.0);
        for (at, number) in [(9, worth), (11, params.percent_scrolled.0), (12, params.engagement_time_msec.0)] {
            self.columns[at].number(number);
        }
        self.count += 1;
    }
}
