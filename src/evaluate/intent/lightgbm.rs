//! The peer: `LightGBM`, through its own Python package, on the same features and folds.
//!
//! Its own package rather than a port, because a comparison is only fair against the program that people use. Question and
//! answer are JSON over the pipes of a child process, so nothing of Python is linked.
//!
//! `SLOTWISE_PYTHON` names a Python that has the package. Without it, `python3` is tried. If that lacks the package, an
//! environment is set up once in the user's cache folder and kept.

use super::interval::{Intervals, intervals};
use super::scores::{Scores, Tested, scores};
use crate::evaluate::error::EvaluateError;
use crate::snapshot::additive::MISSING;
use crate::train::boost::Data;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The peer's figures.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Peer {
    /// `LightGBM` and its version.
    pub name: String,
    /// The setting its own sweep chose.
    pub parameters: String,
    /// How good it is.
    #[serde(flatten)]
    pub scores: Scores,
    /// Its intervals.
    pub intervals: Intervals,
    /// Seconds to fit one fold, the sweep not counted.
    pub train_seconds: f64,
    /// Nanoseconds to score one row from Python, the call included; the median.
    pub score_ns: f64,
    /// Bytes of the model as text.
    pub model_bytes: u64,
}

/// What `lightgbm.py` writes.
#[derive(Deserialize)]
struct Answer {
    version: String,
    parameters: String,
    /// Probability by row; none for rows that no fold tests.
    chances: Vec<Option<f64>>,
    train_seconds: f64,
    score_ns: f64,
    model_bytes: u64,
}

/// What `lightgbm.py` reads.
#[derive(Serialize)]
struct Question<'a> {
    /// By feature, then by row; none for a missing value.
    columns: Vec<Vec<Option<i32>>>,
    /// Numbers of the nominal features, which are passed on as categorical.
    nominal: Vec<usize>,
    target: &'a [f32],
    fold: &'a [i32],
    /// Rows of a group are held back together while settings are compared.
    group: &'a [u32],
    /// By row; empty if all rows weigh the same.
    weight: &'a [f32],
}

/// Runs the peer, and returns its figures and what it says of each row that is tested. A fold of -1 is trained on and never
/// tested.
///
/// # Errors
/// [`EvaluateError::Peer`], which says what could not be run and what to install.
pub fn run(data: &Data, folds: &[i32]) -> Result<(Peer, Vec<Tested>), EvaluateError> {
    let some = |value: &i32| Some(*value).filter(|value| *value != MISSING);
    let question = Question {
        columns: data.columns.iter().map(|column| column.values.iter().map(some).collect()).collect(),
        nominal: data.columns.iter().enumerate().filter(|(_, column)| column.nominal).map(|(at, _)| at).collect(),
        target: &data.target,
        fold: folds,
        group: &data.groups,
        weight: &data.weights,
    };
    let broken = |found: String| EvaluateError::Peer {
        found,
        expected: "an answer from Python",
        remedy: "see its own messages above, or leave out --peer",
    };
    let question = serde_json::to_vec(&question).map_err(|error| broken(error.to_string()))?;
    let mut child = Command::new(python()?)
        .args(["-c", include_str!("lightgbm.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| broken(error.to_string()))?;
    // A thread feeds the child: both pipes have bounded buffers, so writing all before reading anything could block both.
    let mut stdin = child.stdin.take();
    let feed = std::thread::spawn(move || stdin.as_mut().map(|stdin| stdin.write_all(&question)));
    let output = child.wait_with_output().map_err(|error| broken(error.to_string()))?;
    // A failed write shows as a bad answer.
    let _ = feed.join();
    let answer: Answer = serde_json::from_slice(&output.stdout).map_err(|error| broken(error.to_string()))?;
    let rows: Vec<Tested> = answer
        .chances
        .iter()
        .enumerate()
        .filter_map(|(row, chance)| Some(Tested::of(data, folds, row, (*chance)?)))
        .collect();
    let peer = Peer {
        name: format!("LightGBM {}", answer.version),
        parameters: answer.parameters,
        scores: scores(&rows),
        intervals: intervals(&rows),
        train_seconds: answer.train_seconds,
        score_ns: answer.score_ns,
        model_bytes: answer.model_bytes,
    };
    Ok((peer, rows))
}

/// A Python that has the package. Sets up an environment if there is none.
fn python() -> Result<PathBuf, EvaluateError> {
    let has = |python: &PathBuf| {
        let import = Command::new(python).args(["-c", "import lightgbm"]).stderr(Stdio::null()).status();
        import.is_ok_and(|status| status.success())
    };
    if let Some(named) = std::env::var_os("SLOTWISE_PYTHON").map(PathBuf::from) {
        return if has(&named) {
            Ok(named)
        } else {
            Err(EvaluateError::Peer {
                found: format!("SLOTWISE_PYTHON is {}", named.display()),
                expected: "a Python that can import lightgbm",
                remedy: "run it with `-m pip install lightgbm`",
            })
        };
    }
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .unwrap_or_else(std::env::temp_dir);
    let home = cache.join("slotwise").join("python");
    let own = home.join("bin").join("python");
    if let Some(found) = [PathBuf::from("python3"), own.clone()].into_iter().find(|python| has(python)) {
        return Ok(found);
    }
    eprintln!("setting up LightGBM in {} (once; about 250 MB)", home.display());
    let run = |command: &mut Command| command.stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    let made = run(Command::new("python3").args(["-m", "venv"]).arg(&home))
        && run(Command::new(&own).args(["-m", "pip", "install", "--quiet", "lightgbm>=4,<5"]));
    if made && has(&own) {
        Ok(own)
    } else {
        Err(EvaluateError::Peer {
            found: format!("no environment could be set up in {}", home.display()),
            expected: "a python3 with venv, and PyPI within reach",
            remedy: "set SLOTWISE_PYTHON to a Python that has the package",
        })
    }
}
