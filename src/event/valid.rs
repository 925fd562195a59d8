//! What an event from a stranger may say: one definition, for the edge and again for the origin.
//!
//! Anybody can post an event. What is out of range is refused with a [`Refusal`] and counted; nothing of it reaches the
//! log, so that nothing in the log can stop a training run later. Two things are mended instead, because honest senders
//! get them wrong every day: a time that the receiver's clock cannot believe becomes the receiver's time, and a text
//! that describes a product is cut, as GA4 cuts it.
//!
//! Invariant: an event that was accepted is accepted again, unchanged, as long as it is not late.

use super::EventKind;
use super::raw::{Number, RawEvent, RawExposure, RawItem, RawParams, Text};
use alloc::string::String;

/// Most events of one post.
pub const MAX_EVENTS: usize = 200;
/// Most products of one event, as in GA4.
pub const MAX_EVENT_ITEMS: usize = 200;
/// Longest product id, in bytes.
pub const MAX_ITEM_ID: usize = 100;
/// Longest title, brand or category level, in bytes. A longer one is cut.
pub const MAX_TEXT: usize = 200;
/// Longest name of a slot, an arm, a variant or an offer, and longest event id, in bytes.
pub const MAX_NAME: usize = 64;
/// Greatest price of a piece, in units of the currency.
pub const MAX_PRICE: f64 = 10_000_000.0;
/// Greatest age of an event whose stated time is believed, in milliseconds: four days, as long as a queue keeps a message.
pub const MAX_LATE_MS: u64 = 4 * 24 * 60 * 60 * 1000;
/// Most products of a bundle that was seen.
const MAX_BUNDLE: usize = 6;
/// Greatest bucketing key of a visit.
const MAX_SEED: f64 = 65_535.0;

/// Why an event was refused. The words are those of answers, of `/health` and of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Refusal {
    /// A name that the engine does not use. It is ignored, which is no error.
    Name = 0,
    /// More products than [`MAX_EVENT_ITEMS`].
    Items = 1,
    /// A product id that is longer than [`MAX_ITEM_ID`] or holds control characters.
    ItemId = 2,
    /// A price or a discount below 0 or above [`MAX_PRICE`].
    Price = 3,
    /// A currency that is no three letters.
    Currency = 4,
    /// An event id that is longer than [`MAX_NAME`] or holds anything but letters, digits and `-_.:`.
    EventId = 5,
    /// A link to the lines before and after that is no digest of a session.
    Chain = 6,
    /// An exposure without a slot, with a name longer than [`MAX_NAME`], or with an impossible bucketing key or product.
    Exposure = 7,
    /// Beyond the first [`MAX_EVENTS`] of its post.
    Count = 8,
    /// Not an event object at all.
    Shape = 9,
}

impl Refusal {
    /// Number of reasons. Their numbers are `0..COUNT`.
    pub const COUNT: usize = 10;

    /// Every reason with its word, in order of number.
    pub const ALL: [(&'static str, Self); Self::COUNT] = [
        ("name", Self::Name),
        ("items", Self::Items),
        ("item_id", Self::ItemId),
        ("price", Self::Price),
        ("currency", Self::Currency),
        ("event_id", Self::EventId),
        ("chain", Self::Chain),
        ("exposure", Self::Exposure),
        ("count", Self::Count),
        ("shape", Self::Shape),
    ];

    /// The word of answers and counters.
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

impl RawEvent {
    /// Checks an event that a stranger sent and brings it into the form that the log holds. `now_ms` is the receiver's
    /// clock.
    ///
    /// # Errors
    /// The first [`Refusal`] that applies; the event must then be dropped.
    ///
    /// ```
    /// use slotwise::event::{Number, RawEvent, Refusal};
    /// let mut event = RawEvent { name: "view_item".into(), time_ms: Number(Some(1e300)), ..RawEvent::default() };
    /// event.accept(1_700_000_000_000).unwrap();
    /// assert_eq!(event.time_ms.0, Some(1_700_000_000_000.0));
    /// event.params.currency.0 = "dollars".into();
    /// assert_eq!(event.accept(1_700_000_000_000), Err(Refusal::Currency));
    /// ```
    pub fn accept(&mut self, now_ms: u64) -> Result<EventKind, Refusal> {
        let kind = EventKind::from_name(&self.name).ok_or(Refusal::Name)?;
        self.params.accept(kind)?;
        let id = &self.event_id.0;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if id.len() > MAX_NAME || !id.bytes().all(plain) {
            return Err(Refusal::EventId);
        }
        if let Some((before, after)) = &self.chain
            && !(is_digest(after) && before.as_deref().is_none_or(is_digest))
        {
            return Err(Refusal::Chain);
        }
        let believed = now_ms.saturating_sub(MAX_LATE_MS)..=now_ms;
        let stated = self.time_ms.0.filter(|ms| *ms >= 0.0).map(|ms| ms as u64);
        self.time_ms = Number(Some(stated.filter(|ms| believed.contains(ms)).unwrap_or(now_ms) as f64));
        Ok(kind)
    }
}

impl RawParams {
    fn accept(&mut self, kind: EventKind) -> Result<(), Refusal> {
        if self.items.len() > MAX_EVENT_ITEMS {
            return Err(Refusal::Items);
        }
        for item in &mut self.items {
            item.accept()?;
        }
        let currency = &mut self.currency.0;
        if !(currency.is_empty() || currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_alphabetic())) {
            return Err(Refusal::Currency);
        }
        currency.make_ascii_uppercase();
        if !is_name(&self.offer) {
            return Err(Refusal::Exposure);
        }
        self.exposure = self.exposure.take().filter(|_| kind == EventKind::Exposure);
        let sound = match &self.exposure {
            Some(exposure) => exposure.is_sound(),
            None => kind != EventKind::Exposure,
        };
        sound.then_some(()).ok_or(Refusal::Exposure)
    }
}

impl RawItem {
    fn accept(&mut self) -> Result<(), Refusal> {
        if !is_item_id(&self.item_id.0) {
            return Err(Refusal::ItemId);
        }
        for price in [self.price.0, self.discount.0].into_iter().flatten() {
            if !(0.0..=MAX_PRICE).contains(&price) {
                return Err(Refusal::Price);
            }
        }
        for text in [
            &mut self.item_name,
            &mut self.item_brand,
            &mut self.item_category,
            &mut self.item_category2,
            &mut self.item_category3,
            &mut self.item_category4,
            &mut self.item_category5,
        ] {
            cut(&mut text.0);
        }
        Ok(())
    }
}

impl RawExposure {
    fn is_sound(&self) -> bool {
        let names = [&self.slot, &self.arm, &self.choice, &self.snapshot];
        let possible = self.seed.0.is_none_or(|seed| (0.0..=MAX_SEED).contains(&seed));
        let items = self.items.len() <= MAX_BUNDLE && self.items.iter().all(|id| is_item_id(&id.0));
        possible && items && !self.slot.0.is_empty() && names.into_iter().all(is_name)
    }
}

fn is_item_id(id: &str) -> bool {
    id.len() <= MAX_ITEM_ID && !id.chars().any(char::is_control)
}

fn is_name(text: &Text) -> bool {
    text.0.len() <= MAX_NAME && !text.0.chars().any(char::is_control)
}

/// Whether a text can be a [digest](crate::session::Session::digest).
fn is_digest(text: &str) -> bool {
    (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Cuts a text to [`MAX_TEXT`] bytes and takes control characters out.
fn cut(text: &mut String) {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.retain(|letter| !letter.is_control());
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000_000;

    fn accepted(json: &str) -> Result<RawEvent, Refusal> {
        let mut event: RawEvent = serde_json::from_str(json).unwrap();
        event.accept(NOW)?;
        let mut again = event.clone();
        again.accept(NOW).unwrap();
        assert_eq!(again, event, "an accepted event is accepted again, unchanged");
        Ok(event)
    }

    #[test]
    fn a_time_that_cannot_be_believed_is_the_receivers() {
        let time = |stated: &str| {
            accepted(&format!(r#"{{"name":"scroll","time_ms":{stated}}}"#)).unwrap().time_ms.0.unwrap() as u64
        };
        assert_eq!(time("1699999999000"), 1_699_999_999_000);
        assert_eq!(time(&(NOW - MAX_LATE_MS).to_string()), NOW - MAX_LATE_MS);
        for impossible in ["1e300", "-1", "0", "null", "\"soon\"", "1700000000001"] {
            assert_eq!(time(impossible), NOW, "{impossible}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused_by_reason() {
        let long = "x".repeat(MAX_ITEM_ID + 1);
        let items = vec!["{}"; MAX_EVENT_ITEMS + 1].join(",");
        for (rest, refusal) in [
            (r#""name":"page_view""#.to_owned(), Refusal::Name),
            (format!(r#""name":"view_item","params":{{"items":[{items}]}}"#), Refusal::Items),
            (format!(r#""name":"view_item","params":{{"items":[{{"item_id":"{long}"}}]}}"#), Refusal::ItemId),
            (r#""name":"view_item","params":{"items":[{"item_id":"a\u0000b"}]}"#.into(), Refusal::ItemId),
            (r#""name":"view_item","params":{"items":[{"item_id":"1","price":-1}]}"#.into(), Refusal::Price),
            (r#""name":"view_item","params":{"items":[{"item_id":"1","price":1e9}]}"#.into(), Refusal::Price),
            (r#""name":"view_item","params":{"currency":"dollar"}"#.into(), Refusal::Currency),
            (r#""name":"view_item","event_id":"<script>""#.into(), Refusal::EventId),
            (r#""name":"view_item","chain":[null,"not a digest"]"#.into(), Refusal::Chain),
            (r#""name":"slot_exposure""#.into(), Refusal::Exposure),
            (r#""name":"slot_exposure","params":{"exposure":{"slot":"a","seed":65536}}"#.into(), Refusal::Exposure),
        ] {
            assert_eq!(accepted(&format!("{{{rest}}}")).unwrap_err(), refusal, "{rest:.80}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_an_accepted_event_stays() {
        let name = "ü".repeat(150);
        let event = accepted(&format!(
            r#"{{"name":"purchase","params":{{"currency":"eur","items":[{{"item_id":1,"item_name":"\u0007{name}"}}]}}}}"#
        ));
        let params = event.unwrap().params;
        assert_eq!((params.currency.0.as_str(), params.items[0].item_name.0.len()), ("EUR", 198));
    }
}
