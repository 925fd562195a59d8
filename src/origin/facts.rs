//! Live facts as shops write them: rows of CSV, lines of JSON, or the JSON of a post.
//!
//! One reader for all three. A row names a product and says what has changed: price, usual price, stock, hidden. Unlike
//! events, which strangers send, these rows are the shop's own: one that cannot be read stops the whole file, because a
//! price that is silently left out is a wrong price.

use crate::event::ItemKey;
use crate::snapshot::overlay::{Entry, Stock};
use serde_json::{Map, Value};

/// What a row may hold besides its product.
const FACTS: [&str; 4] = ["price", "usual_price", "stock", "hidden"];
/// Names of the column of product ids: the first is that of the manual.
const PRODUCT: [&str; 4] = ["product", "item_id", "product_id", "id"];
/// Highest price, in the currency's units: as for catalogues.
const MAX_PRICE: f64 = 1e7;

/// Reads a file of rows: JSON lines if it begins with a brace, else CSV with a header.
///
/// # Errors
/// The first row that cannot be read, by line, with what was found and expected.
pub fn read(text: &str) -> Result<Vec<Entry>, String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') { lines(text) } else { table(text) }
}

fn lines(text: &str) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let row: Value = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))?;
        entries.push(entry(&row).map_err(|why| format!("line {}: {why}", at + 1))?);
    }
    Ok(entries)
}

fn table(text: &str) -> Result<Vec<Entry>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_ascii_lowercase).collect(),
        Err(error) => return Err(error.to_string()),
    };
    let has = |names: &[&str]| header.iter().any(|name| names.contains(&name.as_str()));
    if !has(&PRODUCT) || !has(&FACTS) {
        let expected = format!("product and at least one of {}", FACTS.join(", "));
        return Err(format!("the header is {}, expected the columns {expected}", header.join(", ")));
    }
    let mut entries = Vec::new();
    for (at, row) in reader.records().enumerate() {
        // The header is line 1.
        let line = at + 2;
        let row = row.map_err(|error| error.to_string())?;
        // A shop's export may have any other column.
        let named = header.iter().zip(row.iter());
        let known = named.filter(|(name, text)| {
            !text.is_empty() && (FACTS.contains(&name.as_str()) || PRODUCT.contains(&name.as_str()))
        });
        let object: Map<String, Value> = known.map(|(name, text)| (name.clone(), text.into())).collect();
        entries.push(entry(&object.into()).map_err(|why| format!("line {line}: {why}"))?);
    }
    Ok(entries)
}

/// Reads one row: an object.
///
/// # Errors
/// What is wrong with it.
pub fn entry(row: &Value) -> Result<Entry, String> {
    let Some(object) = row.as_object() else { return Err(format!("{row:.60} is no object")) };
    let ids: Vec<&Value> = PRODUCT.iter().filter_map(|name| object.get(*name)).collect();
    let id = match ids[..] {
        [Value::String(id)] if !id.is_empty() => id.clone(),
        [Value::Number(id)] if id.is_u64() => id.to_string(),
        _ => return Err("expected one product id, as a text or a whole number, in \"product\"".into()),
    };
    if let Some(unknown) = object.keys().find(|key| !FACTS.contains(&key.as_str()) && !PRODUCT.contains(&key.as_str()))
    {
        return Err(format!("{unknown} is unknown, expected product, {}", FACTS.join(", ")));
    }
    let of = |name: &str| object.get(name).filter(|value| !value.is_null());
    Ok(Entry {
        key: ItemKey::from_id(&id),
        price: of("price").map(|value| cents("price", value)).transpose()?,
        usual: of("usual_price").map(|value| cents("usual_price", value)).transpose()?,
        stock: of("stock").map(stock).transpose()?.unwrap_or_default(),
        hidden: of("hidden").map(hidden).transpose()?.unwrap_or_default(),
    })
}

fn cents(name: &str, value: &Value) -> Result<u32, String> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    let price = number.filter(|price| (0.0..=MAX_PRICE).contains(price));
    price.map(|price| (price * 100.0).round() as u32).ok_or_else(|| {
        format!("{name} is {value}, expected a number from 0 to {MAX_PRICE} with a point before the hundredths")
    })
}

/// Whether a value says yes or no: a truth value, a number of pieces, or a word.
fn is_yes(value: &Value, yes: &[&str], no: &[&str]) -> Option<bool> {
    let text = match value {
        Value::Bool(is) => return Some(*is),
        Value::Number(number) => return number.as_f64().map(|number| number > 0.0),
        Value::String(text) => text.trim().to_ascii_lowercase().replace([' ', '-'], "_"),
        _ => return None,
    };
    let word = |words: &[&str]| words.contains(&text.as_str());
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Some(number > 0.0),
        _ if word(yes) || word(&["true", "yes"]) => Some(true),
        _ if word(no) || word(&["false", "no"]) => Some(false),
        _ => None,
    }
}

fn stock(value: &Value) -> Result<Stock, String> {
    if value.as_str().is_some_and(|text| text.trim().eq_ignore_ascii_case("unknown")) {
        return Ok(Stock::Unknown);
    }
    match is_yes(value, &["in", "in_stock"], &["out", "out_of_stock", "sold_out"]) {
        Some(true) => Ok(Stock::In),
        Some(false) => Ok(Stock::Out),
        None => Err(format!("stock is {value}, expected in, out or a number of pieces")),
    }
}

fn hidden(value: &Value) -> Result<bool, String> {
    is_yes(value, &["hidden"], &["shown"]).ok_or_else(|| format!("hidden is {value}, expected true or false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_json_lines_say_the_same() {
        let csv = "\u{feff}Product,title,price,usual_price,stock,hidden\n\
                   1004856,\"Phone, black\",1299,1499.90,in,\nSKU-7,,,,0,\n8,,0.1,,,yes\n";
        let json = "{\"product\":1004856,\"price\":1299,\"usual_price\":\"1499.90\",\"stock\":true}\n\n\
                    {\"item_id\":\"SKU-7\",\"stock\":0,\"price\":null}\n{\"id\":\"8\",\"price\":0.1,\"hidden\":true}\n";
        let entries = read(csv).unwrap();
        assert_eq!(read(json).unwrap(), entries);
        let phone = Entry {
            key: ItemKey::from_id("1004856"),
            price: Some(129_900),
            usual: Some(149_990),
            stock: Stock::In,
            hidden: false,
        };
        assert_eq!(entries[0], phone);
        assert_eq!((entries[1].stock, entries[1].price), (Stock::Out, None));
        assert_eq!((entries[2].price, entries[2].hidden), (Some(10), true));
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named_by_its_line() {
        for (text, words) in [
            ("product,prise\n1,2\n", "the header is product, prise"),
            ("price\n2\n", "expected the columns product"),
            ("product,price\n1,2\n2,cheap\n", "line 3: price is \"cheap\""),
            ("product,price\n1,-2\n", "line 2: price is \"-2\""),
            ("product,price\n1,1e9\n", "line 2: price"),
            ("product,price\n1,NaN\n", "line 2: price"),
            ("product,price\n,2\n", "line 2: expected one product id"),
            ("product,stock\n1,some\n", "line 2: stock is \"some\""),
            ("product,stock\n1,in,3\n", "record"),
            ("{\"product\":1,\"prise\":2}", "line 1: prise is unknown"),
            ("{\"product\":1}\n[]", "line 2: [] is no object"),
            ("{\"product\":1.5}", "line 1: expected one product id"),
            ("{\"product\":1,\"id\":2}", "line 1: expected one product id"),
            ("{\"product\":1", "line 1: EOF"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(words), "{text}: {why}");
        }
    }
}
