//! The programs of the engines: they are started with a script, and their results are files.

use super::dialect::Dialect;
use super::error::SqlError;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

/// The last bytes of what a program writes that are told when it fails.
const SAID: usize = 1500;

/// Who counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `DuckDB`'s program `duckdb`.
    DuckDb,
    /// Spark's program `spark-sql`, with the master it submits to.
    Spark(String),
}

impl Engine {
    /// Its SQL.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::DuckDb => Dialect::DuckDb,
            Self::Spark(_) => Dialect::Spark,
        }
    }

    /// The columns of Parquet files.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub(super) fn columns(&self, files: &[PathBuf], folder: &Path) -> Result<Vec<String>, SqlError> {
        let dialect = self.dialect();
        let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
        let script = dialect.opening().to_owned() + &dialect.source("described", &files, true) + dialect.describe();
        let said = self.run(&script, folder)?;
        let first = |line: &str| line.split(['\t', ',']).next().unwrap_or_default().trim().trim_matches('"').to_owned();
        Ok(said.lines().map(first).filter(|name| !name.is_empty() && !name.starts_with('#')).collect())
    }

    /// Runs a script in a folder. Returns what it prints.
    ///
    /// # Errors
    /// [`SqlError::Program`] or [`SqlError::Failed`].
    pub(super) fn run(&self, script: &str, folder: &Path) -> Result<String, SqlError> {
        let file = folder.join("script.sql");
        fs::write(&file, script).map_err(SqlError::file(&file))?;
        let program = match self {
            Self::DuckDb => "duckdb",
            Self::Spark(_) => "spark-sql",
        };
        let mut command = Command::new(program);
        match self {
            Self::DuckDb => command.args(["-batch", "-bail", "counts.duckdb", "-f", "script.sql"]),
            Self::Spark(master) => {
                // Names are known to this script alone: no metastore.
                command.args([
                    "--master",
                    master,
                    "--conf",
                    "spark.sql.catalogImplementation=in-memory",
                    "-f",
                    "script.sql",
                ])
            }
        };
        command.current_dir(folder).stdin(Stdio::null());
        let done = command.output().map_err(|source| SqlError::Program { program, source })?;
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
        }
        let said = [done.stdout, done.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        // Spark's first line says what, and a hundred more say where.
        let is_news = |line: &&str| {
            (line.contains("rror") || line.contains("xception")) && !line.contains(" WARN ") && !line.contains("\tat ")
        };
        let news: Vec<&str> = said.lines().filter(is_news).take(4).collect();
        let said = if news.is_empty() { said.trim().to_owned() } else { news.join("\n") };
        let said = said.chars().take(SAID).collect();
        Err(SqlError::Failed { program, status: done.status.to_string(), said })
    }
}

impl FromStr for Engine {
    type Err = SqlError;

    fn from_str(text: &str) -> Result<Self, SqlError> {
        let is_master = |prefix: &str| text.starts_with(prefix);
        match text {
            "duckdb" => Ok(Self::DuckDb),
            "spark" => Ok(Self::Spark("local[*]".into())),
            "yarn" => Ok(Self::Spark(text.into())),
            _ if ["spark://", "k8s://", "local["].into_iter().any(is_master) => Ok(Self::Spark(text.into())),
            _ => Err(SqlError::Engine { found: text.into() }),
        }
    }
}
