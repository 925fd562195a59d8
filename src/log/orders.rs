//! Orders, as shop systems export them: a purchase per product, without anything before it.
//!
//! - Shopify: the CSV file of Orders, Export (<https://help.shopify.com/en/manual/orders/export-orders>). A row per product.
//!   What holds for the whole order stands in its first row only.
//! - `WooCommerce`: the extension Customer / Order / Coupon Export with a row per item or a row per order
//!   (<https://woocommerce.com/document/ordercustomer-csv-export-developer-documentation/>), and the columns of Import Export
//!   Suite (<https://woocommerce.com/document/import-and-export-of-woocommerce-orders/>), where products are in `line_item_1`
//!   and so on as `name:Cap|product_id:12|sku:CAP`.
//!
//! Each order is a session of its own, and names of customers are not read. Its id together with the product is the id of the
//! event, so that an order that is in two files counts once. Orders that were cancelled, refunded or failed are left out.
//!
//! Such a session is no visit ([`Visit::is_order`](super::visit::Visit)): it shows what is bought, and together with what, but
//! not what was looked at before, and not who looks and does not buy.

use super::columns::is_same;
use super::row::{Line, LogRow, RowItem, cents, number};
use super::skip::{BadRow, Skip};
use super::time;
use crate::event::{EventKind, Refusal};

/// What a column of orders holds.
#[derive(Clone, Copy)]
enum Role {
    Order,
    Time,
    Status,
    Cancelled,
    Currency,
    Item,
    /// The product's id where it has no other.
    ItemElse,
    Title,
    Price,
    Brand,
}

const ROLES: usize = 10;

/// The columns of each role, the best first.
const SHOPIFY: [&[&str]; ROLES] = [
    &["Name"],
    &["Created at", "Paid at"],
    &["Financial Status"],
    &["Cancelled at"],
    &["Currency"],
    &["Lineitem sku"],
    &["Lineitem name"],
    &["Lineitem name"],
    &["Lineitem price"],
    &["Vendor"],
];
const WOO: [&[&str]; ROLES] = [
    &["order_id", "order_number"],
    &["order_date", "date", "date_created", "paid_date"],
    &["status", "order_status"],
    &[],
    &["order_currency", "currency"],
    &["item_sku"],
    &["item_product_id", "item_name"],
    &["item_name"],
    &["item_price"],
    &[],
];

/// States of orders that came to nothing.
const UNDONE: [&str; 8] =
    ["refunded", "voided", "expired", "cancelled", "canceled", "failed", "trash", "checkout-draft"];

/// The columns of a file of orders, and the order of the row before.
pub(super) struct Orders {
    /// The shop system.
    pub name: &'static str,
    places: [Option<usize>; ROLES],
    /// Columns with whole products.
    lines: Vec<usize>,
    last: Order,
}

/// What holds for a whole order.
#[derive(Clone, Default)]
struct Order {
    id: String,
    time_ms: Option<u64>,
    is_undone: bool,
    currency: String,
}

impl Orders {
    /// The columns of a header; `None` if it is not that of an export of orders. `item` is the place of a column that the
    /// user names for products.
    pub(super) fn find(header: &[String], item: Option<usize>) -> Option<Self> {
        let at = |name: &&str| header.iter().position(|column| is_same(column, name));
        let has = |name: &str| at(&name).is_some();
        let lines = |name: &String| {
            let end = name.trim_start_matches("line_item_");
            name == "line_items" || end != name && end.bytes().all(|byte| byte.is_ascii_digit())
        };
        let lines: Vec<usize> = (0..header.len()).filter(|at| lines(&header[*at])).collect();
        let (name, columns) = if ["Name", "Created at", "Lineitem name"].into_iter().all(has) {
            ("Shopify's export of orders", SHOPIFY)
        } else if (has("order_id") || has("order_number"))
            && (has("item_sku") || has("item_product_id") || !lines.is_empty())
        {
            ("WooCommerce's export of orders", WOO)
        } else {
            return None;
        };
        let mut places = columns.map(|names| names.iter().find_map(at));
        places[Role::Item as usize] = item.or(places[Role::Item as usize]);
        Some(Self { name, places, lines, last: Order::default() })
    }

    /// The purchase of a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub(super) fn event(&mut self, fields: &csv::StringRecord) -> Result<Line, BadRow> {
        let text =
            |role: Role| self.places[role as usize].and_then(|place| fields.get(place)).unwrap_or_default().trim();
        let id = text(Role::Order);
        if id.is_empty() {
            return Err(BadRow::new(Skip::Refused(Refusal::Shape), "order", id, "the name or number of an order"));
        }
        let mut order =
            if id == self.last.id { self.last.clone() } else { Order { id: id.into(), ..Order::default() } };
        let when = text(Role::Time);
        order.time_ms = when_of(when).or(order.time_ms);
        let status = text(Role::Status).to_ascii_lowercase();
        let status = status.strip_prefix("wc-").unwrap_or(&status);
        order.is_undone |= UNDONE.contains(&status) || !text(Role::Cancelled).is_empty();
        if !text(Role::Currency).is_empty() {
            order.currency = text(Role::Currency).into();
        }
        let of_row = self.item(fields)?;
        let mut items: Vec<RowItem> =
            self.lines.iter().flat_map(|place| line_items(fields.get(*place).unwrap_or_default())).collect();
        items.extend(of_row);
        self.last = order.clone();
        if order.is_undone {
            return Ok(Line::Undone);
        }
        let expected = "a time such as 2026-11-21 10:00:00 +0100";
        let time_ms = order.time_ms.ok_or_else(|| BadRow::new(Skip::Time, "time of the order", when, expected))?;
        let Some(first) = items.first() else {
            return Err(BadRow::new(Skip::Refused(Refusal::ItemId), "product", "", "a product id"));
        };
        Ok(Line::Event(LogRow {
            time_ms,
            kind: EventKind::Purchase,
            event_id: format!("order {}\n{}", order.id, first.id),
            items,
            session: format!("order {}", order.id),
            currency: order.currency,
            is_order: true,
            ..LogRow::default()
        }))
    }

    /// The product of a row with one product; `None` if it has none.
    fn item(&self, fields: &csv::StringRecord) -> Result<Option<RowItem>, BadRow> {
        let text =
            |role: Role| self.places[role as usize].and_then(|place| fields.get(place)).unwrap_or_default().trim();
        let id = if text(Role::Item).is_empty() { text(Role::ItemElse) } else { text(Role::Item) };
        let stated = text(Role::Price);
        let price = if stated.is_empty() { Some(0.0) } else { number(stated) };
        let price = price.ok_or_else(|| BadRow::new(Skip::Number, "price", stated, "a number"))?;
        Ok((!id.is_empty()).then(|| RowItem {
            id: id.into(),
            title: text(Role::Title).into(),
            brand: text(Role::Brand).into(),
            price_cents: cents(price),
            ..RowItem::default()
        }))
    }
}

/// A time, also as `9/6/2016 6:29:00`, month first, as `WooCommerce` documents it.
fn when_of(text: &str) -> Option<u64> {
    let american = || {
        let (date, clock) = text.split_once(' ')?;
        let [month, day, year] = date.split('/').collect::<Vec<_>>().try_into().ok()?;
        time::parse(&format!("{year}-{month}-{day} {}", clock.trim()))
    };
    time::parse(text).or_else(american)
}

/// Products as `name:Cap|product_id:12|sku:CAP|quantity:1`, with `;` between several.
fn line_items(cell: &str) -> impl Iterator<Item = RowItem> {
    cell.split(';').filter_map(|line| {
        let value = |name: &str| {
            let found = line.split('|').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix(':'));
            found.map(str::trim).filter(|value| !value.is_empty())
        };
        let id = value("sku").or_else(|| value("product_id"))?;
        Some(RowItem { id: id.into(), title: value("name").unwrap_or_default().into(), ..RowItem::default() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of the rows of a file: `time item,item currency`, "undone" or the reason.
    fn rows(text: &str) -> Vec<String> {
        let mut csv = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let mut records = csv.records().map(Result::unwrap);
        let header: Vec<String> = records.next().unwrap().iter().map(str::to_owned).collect();
        let mut orders = Orders::find(&header, None).expect("an export of orders");
        let row = |record: csv::StringRecord| match orders.event(&record) {
            Ok(Line::Event(row)) => {
                let items: Vec<&str> = row.items.iter().map(|item| item.id.as_str()).collect();
                assert!(row.is_order && row.kind == EventKind::Purchase);
                format!("{} {} {} {}", row.session, row.time_ms, items.join(","), row.currency)
            }
            Ok(_) => "undone".into(),
            Err(bad) => bad.reason.word().into(),
        };
        records.map(row).collect()
    }

    #[test]
    fn rows_of_shopify_take_what_the_first_row_of_their_order_says() {
        let found = rows(
            "Name,Email,Financial Status,Paid at,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem price,\
             Lineitem sku,Cancelled at\n\
             #7,a@b.example,paid,2026-11-20 10:00:03 +0100,EUR,2026-11-20 10:00:00 +0100,1,Desk lamp - Red,49.50,L1,\n\
             #7,a@b.example,,,,,2,Bulb,4.00,,\n\
             #8,c@d.example,refunded,,EUR,2026-11-20 11:00:00 +0100,1,Bulb,4.00,B1,\n\
             #8,c@d.example,,,,,1,Shade,9.00,S1,\n\
             #9,e@f.example,paid,,EUR,someday,1,Bulb,4.00,B1,\n\
             #10,e@f.example,paid,,EUR,2026-11-20 12:00:00 +0100,1,Bulb,free,B1,\n",
        );
        assert_eq!(found[..2], ["order #7 1795165200000 L1 EUR", "order #7 1795165200000 Bulb EUR"]);
        assert_eq!(found[2..], ["undone", "undone", "time", "number"]);
    }

    #[test]
    fn orders_of_woocommerce_have_a_row_per_item_or_columns_of_items() {
        let per_item = rows(
            "order_id,order_number,date,status,order_currency,item_product_id,item_name,item_sku,item_quantity\n\
             7,7,2026-11-20 09:00:00,completed,USD,12,Cap,CAP,1\n7,7,2026-11-20 09:00:00,completed,USD,13,Hat,,1\n\
             8,8,2026-11-20 09:00:00,wc-cancelled,USD,12,Cap,CAP,1\n",
        );
        assert_eq!(per_item, ["order 7 1795165200000 CAP USD", "order 7 1795165200000 13 USD", "undone"]);
        let per_order = rows(
            "order_id,order_date,status,order_currency,line_item_1,line_item_2\n\
             7,11/20/2026  9:00:00,processing,USD,name:Cap|product_id:12|sku:CAP|quantity:1,name:Hat|product_id:13|sku:\n\
             8,2026-11-20 09:00:00,processing,USD,,\n",
        );
        assert_eq!(per_order, ["order 7 1795165200000 CAP,13 USD", "item_id"]);
    }

    #[test]
    fn a_log_of_events_is_no_export_of_orders() {
        let header = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        for text in ["event_time,event_type,product_id,user_session", "name,created_at", "order_id,event,item,session"]
        {
            assert!(Orders::find(&header(text), None).is_none(), "{text}");
        }
    }
}
