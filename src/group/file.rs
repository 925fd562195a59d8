//! The file of sums: read with every check, since it comes from another shop.

use super::{GroupError, Sums};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Bytes of a file that are read: four million pairs take a twentieth.
const MAX_BYTES: u64 = 2_000_000_000;
/// Bytes of a product id.
const MAX_ID: usize = 256;
/// Visits that a shop may claim for a product or a pair: sums of a thousand of them stay exact.
const MAX_VISITS: u64 = 1_000_000_000_000;

impl Sums {
    /// Reads a file.
    ///
    /// # Errors
    /// [`GroupError::File`] if it cannot be read, [`GroupError::Sums`] if it is not what this program writes.
    pub fn read(path: &Path) -> Result<Self, GroupError> {
        let file = File::open(path).map_err(|source| GroupError::File { path: path.to_owned(), source })?;
        let refuse = |found: String| GroupError::Sums { path: path.to_owned(), found };
        let sums: Self = serde_json::from_reader(BufReader::new(file.take(MAX_BYTES)))
            .map_err(|error| refuse(format!("no such JSON ({error})")))?;
        sums.check().map_err(refuse)?;
        Ok(sums)
    }

    /// The text of the file: one product or pair a line, so that a person can look through it.
    ///
    /// ```
    /// use slotwise::group::Sums;
    ///
    /// let sums = Sums { format: 1, shops: 1, items: vec![("4711".into(), 9)], ..Sums::default() };
    /// let text = sums.to_json();
    /// assert!(text.contains("\n[\"4711\",9]"));
    /// assert_eq!(serde_json::from_str::<Sums>(&text).unwrap(), sums);
    /// ```
    pub fn to_json(&self) -> String {
        let Self { format, shops, minimum_support, privacy, items, pairs } = self;
        let json = |value: &dyn Fn() -> serde_json::Result<String>| value().expect("numbers and texts are JSON");
        let privacy = json(&|| serde_json::to_string(privacy));
        let items: Vec<String> = items.iter().map(|item| json(&|| serde_json::to_string(item))).collect();
        let pairs: Vec<String> = pairs.iter().map(|(from, to, visits)| format!("[{from},{to},{visits}]")).collect();
        format!(
            "{{\"format\":{format},\"shops\":{shops},\"minimum_support\":{minimum_support},\"privacy\":{privacy},\n\
             \"items\":[\n{}\n],\n\"pairs\":[\n{}\n]}}\n",
            items.join(",\n"),
            pairs.join(",\n"),
        )
    }

    /// What is wrong with sums, if anything is.
    fn check(&self) -> Result<(), String> {
        if self.format != Self::FORMAT {
            return Err(format!("format {}, and this program reads {}", self.format, Self::FORMAT));
        }
        for (at, (id, visits)) in self.items.iter().enumerate() {
            if id.is_empty() || id.len() > MAX_ID {
                return Err(format!("a product id of {} bytes", id.len()));
            }
            if at > 0 && self.items[at - 1].0 >= *id {
                return Err(format!("product {id:?} out of order, or twice"));
            }
            claimed(*visits, &|| format!("product {id:?}"))?;
        }
        for (at, (from, to, visits)) in self.pairs.iter().enumerate() {
            if (*from).max(*to) as usize >= self.items.len() || from == to {
                return Err(format!("a pair of products {from} and {to} of {}", self.items.len()));
            }
            if at > 0 && (self.pairs[at - 1].0, self.pairs[at - 1].1) >= (*from, *to) {
                return Err(format!("the pair of products {from} and {to} out of order, or twice"));
            }
            claimed(*visits, &|| format!("the pair of products {from} and {to}"))?;
        }
        Ok(())
    }
}

/// Refuses a number of visits that no shop has.
fn claimed(visits: u64, what: &dyn Fn() -> String) -> Result<(), String> {
    if (1..=MAX_VISITS).contains(&visits) { Ok(()) } else { Err(format!("{visits} visits of {}", what())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word of what is said, and what was forged.
    type Forgery = (&'static str, fn(&mut Sums));

    fn sums() -> Sums {
        let items = [("a", 5), ("b\"c", 6)].map(|(id, visits)| (id.to_owned(), visits)).to_vec();
        Sums { format: 1, shops: 1, minimum_support: 5, privacy: None, items, pairs: vec![(0, 1, 5), (1, 0, 6)] }
    }

    #[test]
    fn what_is_written_is_read_and_what_is_forged_is_refused() {
        let sound = sums();
        sound.check().unwrap();
        assert_eq!(serde_json::from_str::<Sums>(&sound.to_json()).unwrap(), sound);
        let forged: [Forgery; 7] = [
            ("format 2", |sums| sums.format = 2),
            ("out of order", |sums| sums.items.swap(0, 1)),
            ("0 visits", |sums| sums.items[0].1 = 0),
            ("visits of the pair", |sums| sums.pairs[0].2 = u64::MAX),
            ("a pair of products 0 and 2", |sums| sums.pairs[0].1 = 2),
            ("twice", |sums| sums.pairs[1] = sums.pairs[0]),
            ("257 bytes", |sums| sums.items[1].0 = "z".repeat(257)),
        ];
        for (expected, forge) in forged {
            let mut sums = sums();
            forge(&mut sums);
            let found = sums.check().unwrap_err();
            assert!(found.contains(expected), "{found}");
        }
    }
}
