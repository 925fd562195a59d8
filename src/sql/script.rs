//! The first part of the statements, in their order and in the words of an engine.
//!
//! It reads the shop's table and needs to know nothing else; its sample is what kernels are chosen on. [`Pairs`](super::Pairs)
//! are counted by these kernels. Between the parts only the clicks are kept.
//!
//! A table of the shop's own counts in full. The flat rows of a lake were written by strangers, too: how far these are believed
//! is found by the same rules as the log's own reader has. Where the shop gives a catalogue, products that it lacks are taken
//! out, as there.

use super::blanks::Blanks;
use super::dialect::Dialect;
use super::terms::{PREFIX, Script};
use crate::log::Field;

/// Where a step's result is held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    /// It is read more than once.
    Everywhere,
    /// One machine does one step at a time, since each takes all of its memory.
    Alone,
    Nowhere,
}

impl Script<'_> {
    /// The statements.
    pub fn first(&self) -> String {
        let (source, name) = self.source.define(self.dialect, &format!("{PREFIX}source"));
        let mut out = self.dialect.opening().to_owned() + &source;
        if let Some(listed) = self.listed {
            out += &self.dialect.source(&format!("{PREFIX}listed"), &[listed.path.to_owned()], false);
        }
        let blanks = Blanks::of(self);
        let mut inline: Vec<(String, String)> = Vec::new();
        let rows = |text: &str, inline: &[(String, String)]| {
            let mut text = blanks.parts_filled(text.trim_end());
            for (name, query) in inline {
                text = text.replace(name, query);
            }
            blanks.filled(&text).replace("{source}", &name)
        };
        for (name, text, held) in self.steps() {
            let query = rows(text, &inline);
            let is_alone = self.dialect == Dialect::DuckDb;
            let is_held = held == Held::Everywhere || held == Held::Alone && is_alone;
            if is_held || self.dialect.has_views() {
                out += &self.dialect.define(self.place, &format!("{PREFIX}{name}"), &query, is_held);
            } else {
                inline.push((format!("{{{name}}}"), format!("(\n{query}\n)")));
            }
        }
        for (name, text) in [
            ("days", include_str!("statements/days.sql")),
            ("currencies", include_str!("statements/currencies.sql")),
            ("totals", "SELECT *\nFROM {totals}"),
            ("lengths", "SELECT *\nFROM {lengths}"),
            ("looks", include_str!("statements/looks.sql")),
            ("catalogue", include_str!("statements/catalogue.sql")),
            ("sample", include_str!("statements/sample.sql")),
        ] {
            out += &self.dialect.export(self.place, name, &rows(text, &inline));
        }
        out
    }

    /// The steps, each with its statement.
    fn steps(&self) -> Vec<(&'static str, &'static str, Held)> {
        use Held::{Alone, Everywhere, Nowhere};
        let has_strangers = self.source.has_strangers();
        let single = if self.source.has(Field::EventId) {
            include_str!("statements/single.sql")
        } else {
            "SELECT *\nFROM {rows}"
        };
        let mut steps = vec![
            ("every", include_str!("statements/every.sql"), Nowhere),
            ("rows", include_str!("statements/rows.sql"), Nowhere),
            ("single", single, Nowhere),
            ("joined", include_str!("statements/joined.sql"), Everywhere),
        ];
        if has_strangers {
            steps.push(("visits", include_str!("statements/believed_visits.sql"), Everywhere));
        } else {
            steps.push(("visits", include_str!("statements/visits.sql"), Nowhere));
        }
        steps.extend([
            ("told", include_str!("statements/told.sql"), Everywhere),
            ("items", include_str!("statements/items.sql"), Everywhere),
        ]);
        if self.is_sifted() {
            steps.push(("people", include_str!("statements/people.sql"), Everywhere));
        }
        if has_strangers {
            steps.extend([
                ("machines", include_str!("statements/machines.sql"), Nowhere),
                ("ways", include_str!("statements/ways.sql"), Everywhere),
                ("cells", include_str!("statements/cells.sql"), Everywhere),
                ("sizes", include_str!("statements/sizes.sql"), Everywhere),
                ("damped", include_str!("statements/damped.sql"), Everywhere),
                ("shares", include_str!("statements/shares.sql"), Everywhere),
            ]);
        } else if self.is_sifted() {
            steps.push(("shares", include_str!("statements/whole_shares.sql"), Nowhere));
        }
        if self.is_sifted() {
            steps.extend([
                ("seen", include_str!("statements/seen.sql"), Everywhere),
                ("existing", include_str!("statements/existing.sql"), Everywhere),
                ("kept", include_str!("statements/kept.sql"), Everywhere),
            ]);
        }
        steps.extend([
            ("sessions", include_str!("statements/sessions.sql"), Everywhere),
            ("totals", include_str!("statements/totals.sql"), Everywhere),
            ("aged", include_str!("statements/aged.sql"), Nowhere),
        ]);
        if self.are_strangers_heard() {
            steps.extend([
                ("votes", include_str!("statements/votes.sql"), Nowhere),
                ("agreed", include_str!("statements/agreed.sql"), Everywhere),
            ]);
        }
        steps.extend([
            ("named", include_str!("statements/named.sql"), Alone),
            ("steps", include_str!("statements/steps.sql"), Alone),
            ("numbered", include_str!("statements/numbered.sql"), Alone),
            ("runs", include_str!("statements/runs.sql"), Alone),
            ("returns", include_str!("statements/returns.sql"), Alone),
            ("clicks", include_str!("statements/clicks.sql"), Everywhere),
            ("lengths", include_str!("statements/lengths.sql"), Everywhere),
        ]);
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::super::pairs::Pairs;
    use super::super::source::Source;
    use super::super::terms::Listed;
    use super::*;
    use crate::log::Columns;
    use crate::log::flat::COLUMNS;
    use crate::train::kernel::Kernels;
    use crate::train::weights::Weights;

    fn source(header: &str) -> Source {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        Source::table("shop.events", &header, &Columns::default()).unwrap()
    }

    fn script(dialect: Dialect, source: &Source) -> Script<'_> {
        Script {
            dialect,
            source,
            place: "out",
            latest_ms: 7,
            times_ms: [0..=1, 0..=1],
            currency: Some("EUR"),
            others: &[],
            sample: 9,
            listed: None,
        }
    }

    #[test]
    fn every_dialect_fills_every_blank() {
        let whole = source(
            "time,event,item,category,brand,price,session,user,currency,event_id,event_order,utm_source,discount",
        );
        let least = source("time,event,item,user");
        let weights = Weights::of(&Kernels::default());
        let lake = Source::table("lake", &COLUMNS.map(str::to_owned), &Columns::default()).unwrap();
        let listed = Some(Listed { path: "listed.csv", most_new: 1000 });
        let ga4 = Source::ga4("export", &Columns::default()).unwrap();
        let cases = [(&whole, None), (&least, None), (&least, listed), (&lake, None), (&lake, listed), (&ga4, None)];
        for (name, dialect) in Dialect::ALL {
            for (source, listed) in cases {
                let script = Script { listed, ..script(dialect, source) };
                let shares = source.has_strangers();
                let pairs = Pairs { dialect, place: "out", shares, weights: &weights, support: 2, trails: true };
                let text = script.first() + &pairs.take_up() + &pairs.script();
                assert!(!text.contains(['{', '}']), "{name}: {text}");
                // What is defined is read by somebody, and nothing else is.
                for line in text.lines().filter(|line| line.starts_with("CREATE")) {
                    let table = line.split(' ').find(|word| word.starts_with(PREFIX)).unwrap();
                    assert!(text.matches(table).count() > 1, "{name}: nobody reads {table}");
                }
            }
        }
    }

    #[test]
    fn names_and_texts_of_a_shop_are_quoted() {
        let columns = Columns::parse("event=what,event=it's \"new\":purchase").unwrap();
        let header = ["time", "wh\"at", "what", "item", "session"].map(str::to_owned);
        let source = Source::table("events", &header, &columns).unwrap();
        assert!(script(Dialect::DuckDb, &source).first().contains(r#"WHEN 'it''s "new"' THEN 'purchase'"#));
        assert!(script(Dialect::Spark, &source).first().contains(r#"WHEN 'it\'s "new"' THEN 'purchase'"#));
        assert_eq!(Dialect::DuckDb.name("a\"b"), "\"a\"\"b\"");
        assert_eq!(Dialect::Spark.name("a`b"), "`a``b`");
    }

    #[test]
    fn a_table_without_visits_is_refused() {
        let header = ["time", "event", "item"].map(str::to_owned);
        let error = Source::table("events", &header, &Columns::default()).unwrap_err().to_string();
        assert!(error.contains("events: no column for session; found time, event, item"), "{error}");
    }
}
