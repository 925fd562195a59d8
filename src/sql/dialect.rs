//! What the engines call things: the few places where their SQL differs.

use super::error::SqlError;
use std::str::FromStr;

/// An engine's SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `DuckDB`, on one machine.
    DuckDb,
    /// Apache Spark, on a cluster.
    Spark,
    /// Google `BigQuery`.
    BigQuery,
    /// Snowflake.
    Snowflake,
}

/// The folder, beside the results, of what Spark holds between statements.
const HELD: &str = "held";

impl Dialect {
    /// Every dialect with its name in `--dialect`.
    pub const ALL: [(&'static str, Self); 4] = [
        ("duckdb", Self::DuckDb),
        ("spark", Self::Spark),
        ("bigquery", Self::BigQuery),
        ("snowflake", Self::Snowflake),
    ];

    /// The type of a text.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::DuckDb | Self::Snowflake => "VARCHAR",
            Self::Spark | Self::BigQuery => "STRING",
        }
    }

    /// The type of a whole number of 64 bits.
    pub(super) fn whole(self) -> &'static str {
        if self == Self::BigQuery { "INT64" } else { "BIGINT" }
    }

    /// The type of a whole number that a time and a place in the log both fit in.
    pub(super) fn wide(self) -> &'static str {
        match self {
            Self::DuckDb => "HUGEINT",
            Self::Spark => "DECIMAL(38, 0)",
            Self::BigQuery => "BIGNUMERIC",
            Self::Snowflake => "NUMBER(38, 0)",
        }
    }

    /// The type of a number of double precision.
    pub(super) fn float(self) -> &'static str {
        if self == Self::BigQuery { "FLOAT64" } else { "DOUBLE" }
    }

    /// The function that tells the bytes of a text.
    pub(super) fn bytes(self) -> &'static str {
        match self {
            Self::DuckDb => "STRLEN",
            Self::Spark | Self::Snowflake => "OCTET_LENGTH",
            Self::BigQuery => "BYTE_LENGTH",
        }
    }

    /// SHA-256 of a text, in hexadecimal.
    pub(super) fn sha256(self, text: &str) -> String {
        match self {
            Self::DuckDb => format!("SHA256({text})"),
            Self::Spark | Self::Snowflake => format!("SHA2({text}, 256)"),
            Self::BigQuery => format!("TO_HEX(SHA256({text}))"),
        }
    }

    /// A text as a number; null if it is none.
    pub(super) fn number(self, text: &str) -> String {
        match self {
            Self::DuckDb | Self::Spark | Self::Snowflake => format!("TRY_CAST({text} AS DOUBLE)"),
            Self::BigQuery => format!("SAFE_CAST({text} AS FLOAT64)"),
        }
    }

    /// Whether a text is a plain number: engines take more for one, such as `1_000`.
    pub(super) fn is_plain(self, text: &str) -> String {
        self.matches(text, "^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$")
    }

    fn matches(self, text: &str, pattern: &str) -> String {
        match self {
            Self::DuckDb => format!("REGEXP_MATCHES({text}, '{pattern}')"),
            Self::Spark => format!("{text} RLIKE '{pattern}'"),
            Self::BigQuery => format!("REGEXP_CONTAINS({text}, '{pattern}')"),
            Self::Snowflake => format!("REGEXP_LIKE({text}, '{pattern}')"),
        }
    }

    /// A price, or another number that people write, as the log's own reader reads it: also with a decimal comma or grouped
    /// thousands. Null if it is none.
    pub(super) fn amount(self, text: &str) -> String {
        format!(
            "CASE WHEN {} THEN {} WHEN {} THEN {} WHEN {} THEN {} END",
            self.is_plain(text),
            self.number(text),
            self.matches(text, "^-?[0-9]*([.][0-9][0-9][0-9])*,[0-9][0-9]?$"),
            self.number(&format!("REPLACE(REPLACE({text}, '.', ''), ',', '.')")),
            self.matches(text, "^-?[0-9]*(,[0-9][0-9][0-9])+[.][0-9]*$"),
            self.number(&format!("REPLACE({text}, ',', '')")),
        )
    }

    /// A text as milliseconds since 1970; null if it is no time.
    pub(super) fn time(self, text: &str) -> String {
        match self {
            Self::DuckDb => format!("EPOCH_MS(TRY_CAST({text} AS TIMESTAMP))"),
            Self::Spark => format!("UNIX_MILLIS(TRY_CAST({text} AS TIMESTAMP))"),
            Self::BigQuery => format!("UNIX_MILLIS(SAFE_CAST({text} AS TIMESTAMP))"),
            Self::Snowflake => format!("DATE_PART(EPOCH_MILLISECOND, TRY_TO_TIMESTAMP_TZ({text}))"),
        }
    }

    /// A name in quotes.
    pub(super) fn name(self, name: &str) -> String {
        match self {
            Self::DuckDb | Self::Snowflake => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Spark => format!("`{}`", name.replace('`', "``")),
            Self::BigQuery => format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`")),
        }
    }

    /// A text in quotes.
    pub(super) fn quoted(self, text: &str) -> String {
        match self {
            Self::DuckDb => format!("'{}'", text.replace('\'', "''")),
            Self::Snowflake => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
            Self::Spark | Self::BigQuery => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        }
    }

    /// A table of whole numbers, written out.
    pub(super) fn table<const N: usize>(self, columns: [&str; N], rows: &[[i64; N]]) -> String {
        let row = |row: &[i64; N]| format!("({})", row.map(|number| number.to_string()).join(", "));
        let rows: Vec<String> = rows.iter().map(row).collect();
        match self {
            Self::BigQuery => {
                let typed: Vec<String> = columns.iter().map(|name| format!("{name} INT64")).collect();
                format!("SELECT * FROM UNNEST([STRUCT<{}> {}])", typed.join(", "), rows.join(", "))
            }
            _ => {
                let cast = |name: &str| format!("CAST({name} AS {}) AS {name}", self.whole());
                let (cast, names) = (columns.map(cast).join(", "), columns.join(", "));
                format!("SELECT {cast} FROM (VALUES {}) AS numbers ({names})", rows.join(", "))
            }
        }
    }

    /// What a script begins with.
    pub(super) fn opening(self) -> &'static str {
        match self {
            Self::DuckDb => "SET preserve_insertion_order = false;\nSET enable_progress_bar = false;\n",
            Self::Spark => "SET spark.sql.session.timeZone = UTC;\nSET spark.sql.ansi.enabled = true;\n",
            Self::BigQuery => "",
            Self::Snowflake => "ALTER SESSION SET TIMEZONE = 'UTC';\n",
        }
    }

    /// Prints the columns of a source named `described`, a line each that begins with the name.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::DuckDb => ".mode csv\n.headers off\nSELECT column_name FROM (DESCRIBE SELECT * FROM described);\n",
            _ => "DESCRIBE described;\n",
        }
    }

    /// Whether a script can name a query without running it. Elsewhere it stands in full where it is read.
    pub(super) fn has_views(self) -> bool {
        matches!(self, Self::DuckDb | Self::Spark)
    }

    /// A table that later statements read: held where it is read more than once.
    ///
    /// Spark holds it in files under the place of the results. A cached table would keep how it was made: of twenty that
    /// build on one another, some twice, the description alone outgrows a gigabyte. Nor does a worker that dies take it along.
    pub(super) fn define(self, place: &str, name: &str, query: &str, is_held: bool) -> String {
        match (self, is_held) {
            (Self::DuckDb, true) => format!("CREATE OR REPLACE TABLE {name} AS\n{query};\n"),
            (Self::DuckDb, false) => format!("CREATE OR REPLACE VIEW {name} AS\n{query};\n"),
            (Self::Spark, true) => {
                let path = self.quoted(&format!("{place}/{HELD}/{name}"));
                format!("INSERT OVERWRITE DIRECTORY {path} USING parquet\n{query};\n") + &self.held(place, name)
            }
            (Self::Spark, false) => format!("CREATE OR REPLACE TEMPORARY VIEW {name} AS\n{query};\n"),
            (Self::BigQuery, _) => format!("CREATE TEMP TABLE {name} AS\n{query};\n"),
            (Self::Snowflake, _) => format!("CREATE OR REPLACE TEMPORARY TABLE {name} AS\n{query};\n"),
        }
    }

    /// What takes up a table that [`Dialect::define`] has held, also in another process than that which held it.
    pub(super) fn held(self, place: &str, name: &str) -> String {
        match self {
            Self::Spark => format!(
                "CREATE OR REPLACE TEMPORARY VIEW {name} USING parquet OPTIONS (path {});\n",
                self.quoted(&format!("{place}/{HELD}/{name}"))
            ),
            // Their tables are in a file, or last as long as a session.
            Self::DuckDb | Self::BigQuery | Self::Snowflake => String::new(),
        }
    }

    /// Writes a result as CSV under a name in a place: a folder, or what the warehouse calls one.
    pub(super) fn export(self, place: &str, name: &str, query: &str) -> String {
        let at = |ending: &str| self.quoted(&format!("{place}/{name}{ending}"));
        match self {
            Self::DuckDb => format!("COPY (\n{query}\n) TO {} (FORMAT csv, HEADER);\n", at(".csv")),
            Self::Spark => format!(
                "INSERT OVERWRITE DIRECTORY {} USING csv OPTIONS (header 'true', quote '\"', escape '\"', emptyValue '')\n\
                 {query};\n",
                at("")
            ),
            Self::BigQuery => format!(
                "EXPORT DATA OPTIONS (uri = {}, format = 'CSV', header = true, overwrite = true) AS\n{query};\n",
                at("/*.csv")
            ),
            Self::Snowflake => format!(
                "COPY INTO {} FROM (\n{query}\n) FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE FIELD_OPTIONALLY_ENCLOSED_BY = '\"') \
                 HEADER = TRUE OVERWRITE = TRUE;\n",
                at("/")
            ),
        }
    }

    /// Files of a log as something to select from: CSV with a header, or Parquet. `None` if it reads no files.
    pub(super) fn files(self, files: &[String], are_parquet: bool) -> Option<String> {
        let quoted = || files.iter().map(|file| self.quoted(file)).collect::<Vec<_>>().join(", ");
        match (self, are_parquet) {
            (Self::DuckDb, true) => Some(format!("SELECT * FROM read_parquet([{}], union_by_name = true)", quoted())),
            (Self::DuckDb, false) => Some(format!(
                "SELECT * FROM read_csv([{}], header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', \
                 union_by_name = true)",
                quoted()
            )),
            _ => None,
        }
    }

    /// JSON lines as a table of its own, with columns of these types. Nothing for engines that open no files.
    pub(super) fn lines(self, name: &str, files: &[String], types: &str) -> String {
        match self {
            Self::DuckDb => {
                let files: Vec<String> = files.iter().map(|file| self.quoted(file)).collect();
                let read = "format = 'newline_delimited', maximum_object_size = 67108864";
                let query = format!("SELECT * FROM read_json([{}], {read}, columns = {{{types}}})", files.join(", "));
                self.define("", name, &query, false)
            }
            Self::Spark => format!(
                "CREATE OR REPLACE TEMPORARY VIEW {name} ({types}) USING json OPTIONS (path {});\n",
                self.quoted(&pattern(files))
            ),
            Self::BigQuery | Self::Snowflake => String::new(),
        }
    }

    /// The same as a table of its own, for engines that select from tables only.
    pub(super) fn source(self, name: &str, files: &[String], are_parquet: bool) -> String {
        if let Some(query) = self.files(files, are_parquet) {
            return self.define("", name, &query, false);
        }
        let path = self.quoted(&pattern(files));
        if are_parquet {
            format!(
                "CREATE OR REPLACE TEMPORARY VIEW {name} USING parquet OPTIONS (path {path}, mergeSchema 'true');\n"
            )
        } else {
            format!(
                "CREATE OR REPLACE TEMPORARY VIEW {name} USING csv OPTIONS (path {path}, header 'true', quote '\"', escape '\"');\n"
            )
        }
    }
}

/// Files as Spark takes them. Several are a pattern, which must begin as a path from the root does.
fn pattern(files: &[String]) -> String {
    let below = |file: &String| file.strip_prefix('/').unwrap_or(file).to_owned();
    match files {
        [file] => file.clone(),
        files => format!("/{{{}}}", files.iter().map(below).collect::<Vec<_>>().join(",")),
    }
}

impl FromStr for Dialect {
    type Err = SqlError;

    fn from_str(text: &str) -> Result<Self, SqlError> {
        let found = Self::ALL.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, dialect)| dialect).ok_or_else(|| SqlError::Dialect { found: text.into() })
    }
}
