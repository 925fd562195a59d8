//! A Rust type as a TypeScript interface, with its comments.
//!
//! `ts-rs` derives the declaration; this brings it into the form of the package's own sources (one field a line, each
//! with its comment in one block) and Rust's words into TypeScript's: links become code, `None` becomes `null`.

use alloc::{format, string::String, vec::Vec};
use core::fmt::Write;
use ts_rs::{Config, TS};

/// A text: lenient where it is read, so a sender may leave it out.
impl TS for crate::event::Text {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;
    const IS_OPTION: bool = true;

    fn name(_: &Config) -> String {
        "string".into()
    }

    fn inline(config: &Config) -> String {
        Self::name(config)
    }
}

/// A number: lenient where it is read, so a sender may leave it out.
impl TS for crate::event::Number {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;
    const IS_OPTION: bool = true;

    fn name(_: &Config) -> String {
        "number".into()
    }

    fn inline(config: &Config) -> String {
        Self::name(config)
    }
}

/// Writes a struct as an exported interface.
pub(super) fn interface<T: TS + 'static>(out: &mut String) {
    // Every number of ours is below 2^53.
    let config = Config::default().with_large_int("number");
    let declared = T::decl(&config);
    let (_, body) = declared.split_once('{').unwrap_or_default();
    let body = body.rsplit_once('}').map_or(body, |(body, _)| body);
    let _ = write!(out, "\n{}export interface {} {{\n", comment(&T::docs().unwrap_or_default(), ""), T::name(&config));
    let mut docs = String::new();
    for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("/*") || line.starts_with('*') {
            docs.push_str(line);
            docs.push('\n');
            continue;
        }
        let field = line.trim_end_matches(',');
        let _ = writeln!(out, "{}  {};", comment(&docs, "  "), arrays(field));
        docs.clear();
    }
    out.push_str("}\n");
}

/// `Array<Item>` as `Item[]`.
fn arrays(field: &str) -> String {
    match field.split_once("Array<").and_then(|(before, rest)| Some((before, rest.split_once('>')?))) {
        Some((before, (of, after))) => format!("{before}{of}[]{after}"),
        None => field.into(),
    }
}

/// Rust's doc comment as a block of this indent; empty for none.
fn comment(docs: &str, indent: &str) -> String {
    let stars =
        |line: &str| line.trim().trim_start_matches("/**").trim_end_matches("*/").trim_start_matches('*').trim().into();
    let lines: Vec<String> = docs.lines().map(stars).filter(|line: &String| !line.is_empty()).collect();
    let lines: Vec<String> = plain(&lines.join("\n")).lines().map(Into::into).collect();
    match &lines[..] {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => format!("{indent}/**\n{indent} * {}\n{indent} */\n", lines.join(&format!("\n{indent} * "))),
    }
}

/// Without Rust's links, and with `null` for `None`.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("[`") {
        out.push_str(before);
        let Some((name, behind)) = behind.split_once("`]") else { break };
        let _ = write!(out, "`{name}`");
        rest = match behind.strip_prefix('(').and_then(|link| link.split_once(')')) {
            Some((_, behind)) => behind,
            None => behind,
        };
    }
    out.push_str(rest);
    out.replace("`None`", "`null`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_in_the_words_of_typescript() {
        let docs = "/**\n * As [`Pick::score`](super::Pick::score), see [`x`].\n * `None`: not known.\n */\n";
        assert_eq!(comment(docs, "  "), "  /**\n   * As `Pick::score`, see `x`.\n   * `null`: not known.\n   */\n");
        assert_eq!(comment("/** One. */", ""), "/** One. */\n");
    }

    #[test]
    fn a_struct_is_an_interface() {
        let mut out = String::new();
        interface::<crate::event::RawItem>(&mut out);
        assert!(out.starts_with("\n/** A product") && out.contains(" */\nexport interface SentItem {\n"), "{out}");
        assert!(out.contains("\n  item_id: string;\n") && out.contains("\n  price?: number;\n"), "{out}");
    }
}
