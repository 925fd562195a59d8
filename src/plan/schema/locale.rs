//! Languages of a plan.

use super::transform::{short, texts};
use crate::plan::locale::{DEFAULT, MAX_LOCALES, NAME};
use schemars::{JsonSchema, Schema};
use serde_json::json;
use std::collections::BTreeMap;

/// A language of the shop. What it leaves out is as in the shorter tag (`de` for `de-AT`), or else as in the default.
#[derive(JsonSchema)]
#[schemars(rename = "locale", deny_unknown_fields)]
pub(super) struct Locale {
    /// ISO 4217 code of its prices, if it is another than the parent's. Only the catalogue's prices of this language are
    /// shown then.
    #[schemars(extend("pattern" = "^[A-Z]{3}$", "examples" = ["EUR"]))]
    currency: Option<String>,
    /// How prices are written: an example of at least 1,000, such as 1.299,00 €.
    #[schemars(extend("examples" = ["1.299,00 €", "$1,299.00", "¥1,299", "CHF 1'299.00", "1 299,00 zł", "₹12,34,567.00"]))]
    price: Option<String>,
    /// Link of products without one of their own in this language; {id} stands for the product's id.
    #[schemars(extend("pattern" = r"\{id\}", "examples" = ["/de/product/{id}"]))]
    url_pattern: Option<String>,
    /// Texts for shoppers, by translation key; {name} stands for the product or category.
    #[schemars(transform = texts)]
    texts: Option<BTreeMap<String, String>>,
    /// Names of categories, by path.
    #[schemars(extend("additionalProperties" = { "type": "string", "minLength": 1, "maxLength": NAME }))]
    categories: Option<BTreeMap<String, String>>,
    /// Words on published sets, by the set's name.
    bundles: Option<BTreeMap<String, Words>>,
}

/// Words on a published set in another language.
#[derive(JsonSchema)]
#[schemars(rename = "words", deny_unknown_fields)]
pub(super) struct Words {
    #[schemars(transform = short)]
    title: Option<String>,
    #[schemars(transform = short)]
    price: Option<String>,
    #[schemars(transform = short)]
    url: Option<String>,
    #[schemars(transform = short)]
    image: Option<String>,
}

/// The names that locales may have.
pub(super) fn names(schema: &mut Schema) {
    let pattern = format!("^({DEFAULT}|[A-Za-z]{{2,8}}(-[A-Za-z0-9]{{1,8}})*)$");
    schema.insert("propertyNames".into(), json!({ "pattern": pattern }));
    schema.insert("maxProperties".into(), (MAX_LOCALES + 1).into());
}
