//! Many simulated visits, some at a time.

use super::options::Options;
use super::tally::{self, Sums, Tally};
use super::taste::{Product, Tastes};
use super::visit::visit;
use crate::log::{LogError, LogFiles};
use crate::origin::client::Client;
use axum::http::Uri;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use thiserror::Error;

/// Longest page, in bytes.
const MAX_PAGE: usize = 4 << 20;
/// Longest time of a question.
const WITHIN: Duration = Duration::from_secs(20);
/// Failed visits in a hundred above which the run ends with an error.
const FAILED_PERCENT: u64 = 10;

/// Why nothing was simulated.
#[derive(Debug, Error)]
pub enum SimulateError {
    /// The catalogue cannot be read.
    #[error(transparent)]
    Catalogue(#[from] LogError),
    /// The address cannot be used.
    #[error("{found}: {why}")]
    Address {
        /// What was given.
        found: String,
        /// What is wrong with it.
        why: String,
    },
    /// A catalogue without two categories.
    #[error("{}: found {found} products, expected two or more with an id and a category", path.display())]
    Products {
        /// The catalogue.
        path: PathBuf,
        /// Usable products.
        found: usize,
    },
    /// Too many visits failed.
    #[error("{failed} of {visits} simulated visits failed; the first: {why}. Check the Worker at --edge")]
    Failed {
        /// Failed visits.
        failed: u64,
        /// All visits.
        visits: u64,
        /// What the first said.
        why: String,
    },
    /// The system gives no threads or sockets.
    #[error("cannot start: {0}")]
    Runtime(#[from] std::io::Error),
}

/// What was simulated.
pub struct Simulated {
    /// What visits did.
    pub tally: Tally,
    /// Visits that ended with an error.
    pub failed: u64,
    /// The truth and what the visits did, as JSON.
    pub truth: serde_json::Value,
}

impl Simulated {
    /// What all visits of an arm did: `treated`, `holdout` or `none`.
    pub fn arm(&self, arm: &str) -> Sums {
        tally::of_arm(&self.tally, arm)
    }
}

/// Makes the visits.
///
/// # Errors
/// A [`SimulateError`] that says what to do.
pub fn run(options: Options) -> Result<Simulated, SimulateError> {
    let address = |why: String| SimulateError::Address { found: options.edge.clone(), why };
    let uri: Uri = options.edge.parse().map_err(|error| address(format!("{error}; expected http://HOST:PORT")))?;
    if uri.scheme().is_none() || uri.path() != "/" {
        return Err(address("expected an address without a path, such as http://127.0.0.1:8787".into()));
    }
    let client = Client::to(&uri, WITHIN, MAX_PAGE).map_err(|why| address(why.into()))?;
    let files = LogFiles { catalogue: Some(options.catalogue.clone()), ..LogFiles::default() };
    let listed = files.products()?.into_iter().filter(|item| !item.category.is_empty());
    let product = |item: crate::log::RowItem| Product {
        id: item.id,
        category: item.category,
        price: f64::from(item.price_cents) / 100.0,
    };
    let products: Vec<Product> = listed.map(product).collect();
    if products.len() < 2 {
        return Err(SimulateError::Products { path: options.catalogue, found: products.len() });
    }
    let edge = options.edge.trim_end_matches('/').to_owned();
    let options = Arc::new(Options { edge, ..options });
    let tastes = Arc::new(Tastes::draw(products, options.groups, options.seed));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (tally, failed, why) = runtime.block_on(all(&tastes, &options, &client));
    if failed * 100 > options.visits * FAILED_PERCENT {
        return Err(SimulateError::Failed { failed, visits: options.visits, why });
    }
    let truth = tally::truth(&tastes, &tally, options.seed);
    Ok(Simulated { tally, failed, truth })
}

/// All visits: what they did, how many failed, and what the first of these said.
async fn all(tastes: &Arc<Tastes>, options: &Arc<Options>, client: &Client) -> (Tally, u64, String) {
    let next = Arc::new(AtomicU64::new(0));
    let mut shoppers = tokio::task::JoinSet::new();
    for _ in 0..options.at_once.max(1) {
        let (tastes, options, client, next) = (tastes.clone(), options.clone(), client.clone(), next.clone());
        shoppers.spawn(async move {
            let (mut done, mut failed, mut why) = (Vec::new(), 0, String::new());
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= options.visits {
                    return (done, failed, why);
                }
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
                match visit(&tastes, &options, &client, options.first + number, now).await {
                    Ok(outcome) => done.push(outcome),
                    Err(error) => {
                        failed += 1;
                        if why.is_empty() {
                            why = error;
                        }
                    }
                }
            }
        });
    }
    let (mut tally, mut failed, mut first) = (Tally::default(), 0, String::new());
    while let Some(joined) = shoppers.join_next().await {
        let Ok((done, errors, why)) = joined else { continue };
        for outcome in &done {
            tally::add(&mut tally, outcome);
        }
        failed += errors;
        if first.is_empty() {
            first = why;
        }
    }
    (tally, failed, first)
}
