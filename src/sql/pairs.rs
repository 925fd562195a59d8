//! The second part of the statements: pairs and trails, counted by kernels from the clicks that the first part keeps.

use super::dialect::Dialect;
use super::terms::PREFIX;
use crate::model::TRAIL;
use crate::train::sums::MOST;
use crate::train::trails::{CUT, VISITS};
use crate::train::weights::{REACH, Weights};

/// What pairs are counted by.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a> {
    /// Whose words.
    pub dialect: Dialect,
    /// Where results go: a folder, or what the warehouse calls one.
    pub place: &'a str,
    /// Whether some visits count for less than one: [`Source::has_strangers`](super::Source::has_strangers).
    pub shares: bool,
    /// What each pair weighs.
    pub weights: &'a Weights,
    /// Visits that must have had both products.
    pub support: u32,
    /// Whether trails are wanted, too.
    pub trails: bool,
}

impl Pairs<'_> {
    /// What takes the clicks up in another process than that of the first part.
    pub fn take_up(&self) -> String {
        self.dialect.opening().to_owned() + &self.dialect.held(self.place, &format!("{PREFIX}clicks"))
    }

    /// The statements.
    pub fn script(&self) -> String {
        let weights = self.weights;
        let numbered = |all: &[u64], from: i64| -> Vec<[i64; 2]> {
            all.iter().zip(from..).map(|(weight, at)| [at, *weight as i64]).collect()
        };
        let mut near = Vec::new();
        for (distance, [later, before]) in (1..).zip(&weights.near) {
            for (deed, (later, before)) in (0..).zip(later.iter().zip(before)) {
                near.extend([[distance, deed, *later as i64], [-distance, deed, *before as i64]]);
            }
        }
        let define = |name: &str, query: &str, is_held: bool| {
            self.dialect.define(self.place, &format!("{PREFIX}{name}"), query.trim_end(), is_held)
        };
        let blanks = self.blanks();
        let filled = |text: &str| {
            let mut text = text.trim_end().to_owned();
            for (name, value) in &blanks {
                text = text.replace(&format!("{{{name}}}"), value);
            }
            text
        };
        let mut out = define("ages", &self.dialect.table(["age", "weight"], &numbered(&weights.ages, 0)), false);
        out += &define("stays", &self.dialect.table(["clicks", "weight"], &numbered(&weights.stays, 1)), false);
        out += &define("near", &self.dialect.table(["steps", "deed", "weight"], &near), false);
        out += &define("weighed", &filled(include_str!("statements/weighed.sql")), true);
        let export = |name: &str, text: &str| self.dialect.export(self.place, name, &filled(text));
        out += &export("weights", include_str!("statements/weights.sql"));
        out += &export("pairs", include_str!("statements/pairs.sql"));
        if self.trails {
            out += &define("trail_places", &filled(include_str!("statements/trail_places.sql")), true);
            out += &define("trail_pairs", &filled(include_str!("statements/trail_pairs.sql")), true);
            out += &export("trails", include_str!("statements/trails.sql"));
        }
        out
    }

    fn blanks(&self) -> Vec<(&'static str, String)> {
        let (whole, float) = (self.dialect.whole(), self.dialect.float());
        let fewest = self.support.max(VISITS as u32);
        let product = "oldness.weight * staying.weight";
        let shared = |text: &str| if self.shares { text.to_owned() } else { String::new() };
        let (weight, supporters, support) = if self.shares {
            (
                // Rounded to the next whole number, a half up.
                format!("CAST(FLOOR(CAST({product} * click.share * 2 + 1024 AS {float}) / 2048) AS {whole})"),
                format!("CAST(FLOOR(SUM(share) / 1024.0) AS {whole})"),
                if self.support > 1 { self.support } else { 0 },
            )
        } else {
            (product.to_owned(), "COUNT(*)".to_owned(), self.support)
        };
        let mut blanks = vec![
            ("weight", weight),
            ("supporters", supporters),
            ("support", support.to_string()),
            ("click_share", shared(", click.share")),
            ("own_share", shared(", own.share")),
            ("most_share", shared(", MAX(own.share) AS share")),
            ("visits_of_trail", fewest.to_string()),
            ("reach", REACH.to_string()),
            ("trail", TRAIL.to_string()),
            ("most", MOST.to_string()),
            ("followers", CUT.to_string()),
        ];
        let tables = ["ages", "stays", "near", "clicks", "weighed", "trail_places", "trail_pairs"];
        blanks.extend(tables.map(|table| (table, format!("{PREFIX}{table}"))));
        blanks
    }
}
