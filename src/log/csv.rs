//! Rows of a CSV file with a header.
//!
//! A [`Layout`] is made once a file and knows which column holds which field; a [`Record`] is one row read by
//! it. Empty fields are as good as missing ones.

use super::columns::{Columns, Field, Places};
use super::error::LogError;
use super::localised::{self, Localised, LocalisedColumns};
use super::picture::Picture;
use super::row::{Line, LogRow, RowItem, cents, number};
use super::skip::{BadRow, Skip};
use super::time;
use crate::context::{Context, Device, LocalTime, Region, Source, key_of, landing_of};
use crate::event::{Number, RawParams, Refusal};
use std::path::Path;

/// The header of one file, understood.
pub(super) struct Layout<'a> {
    columns: &'a Columns,
    header: Vec<String>,
    places: Places,
    /// Columns with a picture, and its tags.
    pictures: Vec<(usize, Vec<String>)>,
    /// Columns in other languages.
    locales: Vec<LocalisedColumns>,
    /// Whether the rows are an engine's sample, which was checked and may have lost its products.
    is_sample: bool,
}

impl<'a> Layout<'a> {
    /// Understands a header. `needed` fields must have a column; a user's will do for a session's. `elsewhere` are the columns
    /// of the shop's other file.
    ///
    /// # Errors
    /// [`LogError::Mapped`] with the first column of the user's that is in neither, and [`LogError::Column`] with the first
    /// needed field that has no column.
    pub(super) fn find(
        path: &Path,
        header: &csv::StringRecord,
        columns: &'a Columns,
        elsewhere: &[String],
        needed: &[Field],
    ) -> Result<Self, LogError> {
        let header: Vec<String> =
            header.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        columns.check(path, &header, elsewhere)?;
        let places = Places::find(columns, &header);
        let has =
            |field: Field| places.of(field).is_some() || field == Field::Session && places.of(Field::User).is_some();
        match needed.iter().find(|field| !has(**field)) {
            None => {
                let tagged = |(at, name): (usize, &String)| Some((at, Picture::tags_of_column(name)?));
                let pictures = header.iter().enumerate().filter_map(tagged).collect();
                let locales = localised::columns(columns, &header);
                Ok(Self { columns, header, places, pictures, locales, is_sample: false })
            }
            Some(missing) => Err(LogError::Column {
                path: path.to_owned(),
                missing: missing.name(),
                found: header.join(", "),
                expected: missing.usual_columns().join(" or "),
            }),
        }
    }

    /// The same for an engine's sample.
    pub(super) fn of_sample(self) -> Self {
        Self { is_sample: true, ..self }
    }

    /// Number of columns.
    pub(super) fn width(&self) -> usize {
        self.header.len()
    }

    /// A row of the file.
    ///
    /// # Errors
    /// [`Refusal::Shape`] if it has more or fewer fields than the header.
    pub(super) fn record<'r>(&'r self, fields: &'r csv::StringRecord) -> Result<Record<'r>, BadRow> {
        if fields.len() == self.header.len() {
            return Ok(Record { layout: self, fields });
        }
        let found = format!("{} fields", fields.len());
        Err(BadRow::new(Skip::Refused(Refusal::Shape), "row", &found, "as many fields as the header has"))
    }
}

/// The names of a header.
pub(super) fn names_of(header: &csv::StringRecord) -> Vec<String> {
    header.iter().map(|name| name.trim().to_owned()).collect()
}

/// One row of a CSV file.
pub(super) struct Record<'a> {
    layout: &'a Layout<'a>,
    fields: &'a csv::StringRecord,
}

impl Record<'_> {
    /// The text of a field; empty if the file has no such column.
    fn text(&self, field: Field) -> &str {
        self.layout.places.of(field).and_then(|place| self.fields.get(place)).unwrap_or_default().trim()
    }

    /// A field that is a number or empty.
    fn number(&self, field: Field) -> Result<Option<f64>, BadRow> {
        let text = self.text(field);
        if text.is_empty() {
            return Ok(None);
        }
        number(text).map(Some).ok_or_else(|| self.bad(Skip::Number, field, "a number"))
    }

    /// The error of a field, under the name that the file's own header gives it.
    fn bad(&self, reason: Skip, field: Field, expected: &'static str) -> BadRow {
        let column = self.layout.places.of(field).and_then(|place| self.layout.header.get(place));
        let name = column.map_or(field.name(), String::as_str);
        BadRow::new(reason, name, self.text(field), expected)
    }

    /// The product a row names; its id is empty if it names none.
    fn item(&self) -> Result<RowItem, BadRow> {
        let category = [Field::Category, Field::CategoryId].map(|field| self.text(field));
        Ok(RowItem {
            id: self.text(Field::Item).into(),
            category: category.into_iter().find(|text| !text.is_empty()).unwrap_or_default().into(),
            brand: self.text(Field::Brand).into(),
            title: self.text(Field::Title).into(),
            image: self.text(Field::Image).into(),
            pictures: Vec::new(),
            locales: Vec::new(),
            url: self.text(Field::Url).into(),
            price_cents: cents(self.number(Field::Price)?.unwrap_or_default()),
            sold_out: self.sold_out(),
            listed_ms: 0,
            on_sale: self.number(Field::Discount)?.is_some_and(|discount| discount > 0.0),
        })
    }

    /// Whether the row says that none is left; `None` if it does not say.
    fn sold_out(&self) -> Option<bool> {
        let stock = self.text(Field::Stock).to_ascii_lowercase();
        let is_none = ["0", "false", "no", "out_of_stock", "out of stock", "sold_out"].contains(&stock.as_str());
        (!stock.is_empty()).then_some(is_none)
    }

    /// The product of a catalogue's row.
    ///
    /// # Errors
    /// The first field that cannot be read, also if the row names no product.
    pub(super) fn product(&self) -> Result<RowItem, BadRow> {
        let mut item = self.item()?;
        if item.id.is_empty() {
            return Err(self.no_product());
        }
        item.check()?;
        item.cut();
        item.pictures = self.pictures()?;
        item.locales = self.locales()?;
        item.listed_ms = self.listed_ms();
        Ok(item)
    }

    /// When the shop listed the product: a time as events have it, or a day. A date in another form says nothing, and costs no
    /// product.
    fn listed_ms(&self) -> u64 {
        let text = self.text(Field::Listed);
        time::parse(text).or_else(|| time::parse(&format!("{text} 00:00:00"))).unwrap_or_default()
    }

    /// What the row says in other languages; nothing of a language of which all fields are empty.
    fn locales(&self) -> Result<Vec<Localised>, BadRow> {
        let mut found = Vec::new();
        for (tag, columns) in &self.layout.locales {
            let [title, url, price] =
                columns.map(|place| place.and_then(|place| self.fields.get(place)).unwrap_or_default().trim());
            let Some(price) = number(price).or_else(|| price.is_empty().then_some(0.0)) else {
                let name = columns[2].and_then(|place| self.layout.header.get(place)).map_or("price", String::as_str);
                return Err(BadRow::new(Skip::Number, name, price, "a number"));
            };
            // The same bounds as in the default language.
            let mut item =
                RowItem { title: title.into(), url: url.into(), price_cents: cents(price), ..RowItem::default() };
            item.check()?;
            item.cut();
            let RowItem { title, url, price_cents, .. } = item;
            let own = Localised { tag: tag.clone(), title, url, price_cents };
            if own != (Localised { tag: tag.clone(), ..Localised::default() }) {
                found.push(own);
            }
        }
        Ok(found)
    }

    /// The pictures with tags.
    fn pictures(&self) -> Result<Vec<Picture>, BadRow> {
        let listed = self.text(Field::Images);
        let mut pictures = if listed.is_empty() { Vec::new() } else { Picture::list(Field::Images.name(), listed)? };
        for (at, tags) in &self.layout.pictures {
            let url = self.fields.get(*at).unwrap_or_default().trim();
            if !url.is_empty() {
                pictures.push(Picture { url: url.into(), tags: tags.clone() });
            }
        }
        Picture::check(&pictures)?;
        Ok(pictures)
    }

    fn no_product(&self) -> BadRow {
        self.bad(Skip::Refused(Refusal::ItemId), Field::Item, "a product id")
    }

    /// Where the visit came from; `None` if no column says. The local time stays unknown: the log's time is
    /// not the visitor's.
    fn context(&self) -> Option<Context> {
        let of_origin = [Field::Source, Field::Medium, Field::Campaign, Field::Device, Field::Landing];
        if of_origin.into_iter().all(|field| self.layout.places.of(field).is_none()) {
            return None;
        }
        let words = [Field::Medium, Field::Source].map(|field| self.text(field).to_ascii_lowercase());
        Some(Context {
            source: words.iter().find_map(|word| Source::from_word(word)).unwrap_or_default(),
            campaign: key_of(self.text(Field::Campaign)),
            device: Device::from_word(&self.text(Field::Device).to_ascii_lowercase()).unwrap_or_default(),
            landing: landing_of(self.text(Field::Landing)),
            time: LocalTime::UNKNOWN,
            region: Region::from_word(self.text(Field::Region)),
        })
    }

    /// The name of the event, against repeats. A purchase of several products has a row each, so the product belongs to it.
    fn event_id(&self) -> String {
        let id = self.text(Field::EventId);
        if id.is_empty() { String::new() } else { format!("{id}\n{}", self.text(Field::Item)) }
    }

    /// The event of a row, or its name if the engine does not use events of that name.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub(super) fn event(&self) -> Result<Line, BadRow> {
        let item = self.item()?;
        let time_ms = time::parse(self.text(Field::Time)).ok_or_else(|| {
            self.bad(Skip::Time, Field::Time, "epoch seconds or milliseconds, 2019-10-01 00:00:00 UTC, or RFC 3339")
        })?;
        let name = self.text(Field::Event);
        let Some(kind) = self.layout.columns.kind(name) else { return Ok(Line::Unknown(name.into())) };
        if item.id.is_empty() && kind.names_items() && !self.layout.is_sample {
            return Err(self.no_product());
        }
        let params = RawParams {
            percent_scrolled: Number(self.number(Field::Scrolled)?),
            engagement_time_msec: Number(self.number(Field::Engaged)?),
            ..RawParams::default()
        };
        Ok(Line::Event(LogRow {
            time_ms,
            kind,
            items: vec![item],
            context: self.context(),
            offer: self.text(Field::Offer).into(),
            amount: params.amount(kind),
            session: self.text(Field::Session).into(),
            user: self.text(Field::User).into(),
            event_id: self.event_id(),
            currency: self.text(Field::Currency).into(),
            ..LogRow::default()
        }))
    }
}
