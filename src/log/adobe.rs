//! Adobe's exports of events, in the plain form of an event.
//!
//! - Experience events of the Experience Platform, to which Commerce sends its storefront events too: JSON lines with
//!   `eventType`, `timestamp`, `identityMap` and `productListItems`
//!   (<https://experienceleague.adobe.com/en/docs/experience-platform/xdm/field-groups/event/commerce-details>).
//! - The data feed of Analytics: `hit_data.tsv` behind the line of `column_headers.tsv`
//!   (<https://experienceleague.adobe.com/en/docs/analytics/export/analytics-data-feed/data-feed-contents/datafeeds-reference>).
//!   Excluded hits are left out. A hit with several commerce events counts as the one that is nearest to a purchase.

use super::columns::is_same;
use super::row::{Line, LogRow, RowItem, cents, number};
use super::skip::{BadRow, Skip};
use super::time;
use crate::context::{Context, Device, LocalTime, Region, Source, key_of, landing_of};
use crate::event::EventKind;
use serde_json::{Value, json};

/// Names of experience events, with GA4's.
const EVENT_TYPES: [(&str, &str); 7] = [
    ("commerce.purchases", "purchase"),
    ("commerce.checkouts", "begin_checkout"),
    ("commerce.productListAdds", "add_to_cart"),
    ("commerce.productListRemovals", "remove_from_cart"),
    ("commerce.saveForLaters", "add_to_wishlist"),
    ("commerce.productListViews", "view_cart"),
    ("commerce.productViews", "view_item"),
];

/// Numbers of commerce events in a data feed, the nearest to a purchase first.
const EVENT_NUMBERS: [(&str, EventKind); 6] = [
    ("1", EventKind::Purchase),
    ("11", EventKind::BeginCheckout),
    ("12", EventKind::AddToCart),
    ("13", EventKind::RemoveFromCart),
    ("14", EventKind::ViewCart),
    ("2", EventKind::ViewItem),
];

/// An experience event as a plain event; `None` if the line is none.
pub(super) fn plain(line: &Value) -> Option<Value> {
    let stated = line.get("eventType").and_then(Value::as_str);
    let commerce = line.get("commerce").and_then(Value::as_object);
    if line.get("timestamp").is_none() || stated.is_none() && commerce.is_none() {
        return None;
    }
    let counted = |name: &str| {
        let measure = commerce.and_then(|commerce| commerce.get(name.strip_prefix("commerce.")?));
        measure.is_some_and(|measure| measure["value"].as_f64().unwrap_or(1.0) > 0.0)
    };
    let known = EVENT_TYPES.iter().find(|(name, _)| stated.map_or_else(|| counted(name), |stated| stated == *name));
    let name = known.map_or(stated.unwrap_or("commerce"), |(_, name)| *name);
    let product = |product: &Value| {
        let id = [&product["SKU"], &product["_id"], &product["name"]].into_iter().find(|id| !id.is_null());
        let quantity = product["quantity"].as_f64().filter(|quantity| *quantity > 0.0).unwrap_or(1.0);
        let price = product["priceTotal"].as_f64().map(|total| total / quantity);
        json!({
            "item_id": id, "item_name": product["name"], "price": price, "quantity": quantity,
            "item_category": product["productCategories"][0]["categoryName"],
        })
    };
    let products = line["productListItems"].as_array().map_or(&[][..], Vec::as_slice);
    let user = line["identityMap"].as_object().and_then(|map| {
        let of = |identities: &Value| identities[0]["id"].as_str().map(str::to_owned);
        map.get("ECID").and_then(of).or_else(|| map.values().find_map(of))
    });
    let currency = products.first().map(|first| first["currencyCode"].clone());
    Some(json!({
        "name": name,
        "time": line["timestamp"],
        "user": user.unwrap_or_default(),
        "event_id": line["_id"],
        "params": { "items": products.iter().map(product).collect::<Vec<_>>(), "currency": currency },
    }))
}

/// What a column of a data feed holds.
#[derive(Clone, Copy)]
enum Role {
    Time,
    VisitorHigh,
    VisitorLow,
    Visit,
    VisitStart,
    Events,
    Products,
    Excluded,
    HitHigh,
    HitLow,
    Currency,
    Campaign,
    Page,
    Mobile,
}

const ROLES: usize = 14;

/// The columns of each role, the best first: `post_` columns hold what Adobe made of the others.
const COLUMNS: [&[&str]; ROLES] = [
    &["hit_time_gmt", "cust_hit_time_gmt", "last_hit_time_gmt"],
    &["post_visid_high", "visid_high"],
    &["post_visid_low", "visid_low"],
    &["visit_num"],
    &["visit_start_time_gmt"],
    &["post_event_list", "event_list"],
    &["post_product_list", "product_list"],
    &["exclude_hit"],
    &["hitid_high"],
    &["hitid_low"],
    &["post_currency", "currency"],
    &["post_campaign", "campaign"],
    &["post_page_url", "page_url"],
    &["mobile_id"],
];

/// The columns of a data feed.
pub(super) struct Hits([Option<usize>; ROLES]);

impl Hits {
    /// The columns of a header; `None` if it is not that of a data feed.
    pub(super) fn find(header: &[String]) -> Option<Self> {
        let at = |name: &&str| header.iter().position(|column| is_same(column, name));
        let places = COLUMNS.map(|names| names.iter().find_map(at));
        let needed = [Role::Time, Role::VisitorHigh, Role::VisitorLow, Role::Events, Role::Products];
        needed.into_iter().all(|role| places[role as usize].is_some()).then_some(Self(places))
    }

    /// The event of a hit.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub(super) fn event(&self, fields: &csv::StringRecord) -> Result<Line, BadRow> {
        let text = |role: Role| self.0[role as usize].and_then(|place| fields.get(place)).unwrap_or_default().trim();
        if !matches!(text(Role::Excluded), "" | "0") {
            return Ok(Line::Undone);
        }
        let has = |number: &str| {
            text(Role::Events).split(',').any(|event| event.split('=').next().unwrap_or_default() == number)
        };
        let Some((_, kind)) = EVENT_NUMBERS.into_iter().find(|(number, _)| has(number)) else {
            return Ok(Line::Unknown("hit without a commerce event".into()));
        };
        let time_ms = time::parse(text(Role::Time))
            .ok_or_else(|| BadRow::new(Skip::Time, "hit_time_gmt", text(Role::Time), "seconds since 1970"))?;
        let joined = |roles: &[Role]| roles.iter().map(|role| text(*role)).collect::<Vec<_>>().join(".");
        let hit = joined(&[Role::HitHigh, Role::HitLow]);
        let campaign = text(Role::Campaign);
        Ok(Line::Event(LogRow {
            time_ms,
            kind,
            items: text(Role::Products).split(',').filter_map(product).collect(),
            session: joined(&[Role::VisitorHigh, Role::VisitorLow, Role::Visit, Role::VisitStart]),
            event_id: if hit.len() > 1 { hit } else { String::new() },
            currency: text(Role::Currency).into(),
            context: Some(Context {
                source: Source::default(),
                campaign: key_of(campaign),
                // 0 is a device that Adobe does not know as a mobile one.
                device: if matches!(text(Role::Mobile), "" | "0") { Device::default() } else { Device::Phone },
                landing: landing_of(text(Role::Page)),
                time: LocalTime::UNKNOWN,
                region: Region::default(),
            }),
            ..LogRow::default()
        }))
    }
}

/// A product as `category;product;quantity;total price;…`.
fn product(text: &str) -> Option<RowItem> {
    let mut parts = text.split(';').map(str::trim);
    let (category, id) = (parts.next()?, parts.next().filter(|id| !id.is_empty())?);
    let mut amount = || parts.next().and_then(number).filter(|amount| *amount > 0.0);
    let (quantity, total) = (amount().unwrap_or(1.0), amount().unwrap_or(0.0));
    let category = category.into();
    Some(RowItem { id: id.into(), category, price_cents: cents(total / quantity), ..RowItem::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_experience_event_is_a_plain_event() {
        let line = json!({
            "_id": "e1", "timestamp": "2026-11-20T10:00:00.000Z", "eventType": "commerce.productListAdds",
            "identityMap": { "AAID": [{ "id": "a" }], "ECID": [{ "id": "123", "primary": true }] },
            "commerce": { "productListAdds": { "value": 1 } },
            "productListItems": [{ "SKU": "L1", "name": "Desk lamp", "priceTotal": 99.0, "quantity": 2, "currencyCode": "EUR" }]
        });
        let event = plain(&line).expect("an experience event");
        assert_eq!(
            (&event["name"], &event["user"], &event["event_id"]),
            (&json!("add_to_cart"), &json!("123"), &json!("e1"))
        );
        assert_eq!(event["params"]["items"][0]["price"], 49.5);
        assert_eq!(event["params"]["currency"], "EUR");
        let mut untyped = line.clone();
        untyped.as_object_mut().unwrap().remove("eventType");
        assert_eq!(plain(&untyped).unwrap()["name"], "add_to_cart");
        let page = json!({ "timestamp": "2026-11-20T10:00:00Z", "eventType": "web.webpagedetails.pageViews" });
        assert_eq!(plain(&page).unwrap()["name"], "web.webpagedetails.pageViews");
        assert!(plain(&json!({ "name": "view_item", "timestamp": 5 })).is_none());
    }

    #[test]
    fn a_hit_counts_as_its_event_nearest_to_a_purchase() {
        let header =
            "hit_time_gmt\tpost_visid_high\tpost_visid_low\tvisit_num\tpost_event_list\tpost_product_list\texclude_hit";
        let header: Vec<String> = header.split('\t').map(str::to_owned).collect();
        let hits = Hits::find(&header).expect("a data feed");
        let read = |row: &str| hits.event(&csv::StringRecord::from(row.split('\t').collect::<Vec<_>>()));
        let Ok(Line::Event(row)) = read("1795165200\t1\t2\t3\t2,200=5,12\tlamps;L1;2;99.00;event1=5,;B1\t0") else {
            panic!("no event")
        };
        assert_eq!((row.time_ms, row.kind, row.session.as_str()), (1_795_165_200_000, EventKind::AddToCart, "1.2.3."));
        let items: Vec<_> =
            row.items.iter().map(|item| (item.id.as_str(), item.category.as_str(), item.price_cents)).collect();
        assert_eq!(items, [("L1", "lamps", 4950), ("B1", "", 0)]);
        assert!(matches!(read("1795165200\t1\t2\t3\t2\t;L1\t5"), Ok(Line::Undone)));
        assert!(matches!(read("1795165200\t1\t2\t3\t200,21\t\t0"), Ok(Line::Unknown(_))));
        assert!(read("soon\t1\t2\t3\t2\t;L1\t0").is_err());
        assert!(Hits::find(&header[1..]).is_none());
    }
}
