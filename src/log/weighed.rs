//! What an engine's sample says of a row beside the usual columns: how much its visit counts, and what only whole events have.

use super::row::LogRow;

/// The columns, in the order of [`Weighed::places`].
const COLUMNS: [&str; 5] = ["share", "strangers", "context", "exposure", "worth"];

/// Reads these columns of a sample.
pub(super) struct Weighed {
    places: [usize; COLUMNS.len()],
}

impl Weighed {
    /// Finds the columns in a header; `None` if the sample is of a table in which every visit counts in full.
    pub(super) fn find(header: &[String]) -> Option<Self> {
        let mut places = [0; COLUMNS.len()];
        for (place, name) in places.iter_mut().zip(COLUMNS) {
            *place = header.iter().position(|column| column == name)?;
        }
        Some(Self { places })
    }

    /// Adds to a row what they say. What cannot be read says nothing.
    pub(super) fn add(&self, fields: &csv::StringRecord, row: &mut LogRow) {
        let [share, strangers, context, exposure, worth] =
            self.places.map(|place| fields.get(place).unwrap_or_default());
        row.share = share.parse().ok();
        row.is_strangers = strangers == "1";
        row.context = serde_json::from_str(context).ok();
        row.exposure = serde_json::from_str(exposure).ok();
        row.worth_cents = worth.parse::<f64>().ok().map(|cents| cents as u64);
    }
}
