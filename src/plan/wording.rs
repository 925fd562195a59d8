//! The shop's own wording of what the engine says to shoppers, of the whole plan or of a locale.

use super::check::{Check, below, nearest};
use crate::decide::TEXTS;
use serde_json::Value;

/// Reads the texts of the whole plan: every one, in the order of [`TEXTS`], in English where the shop gives none. So hosts
/// hold no texts of their own.
pub(super) fn all_texts(check: &mut Check<'_>, root: &Value) -> Vec<(String, String)> {
    let own = texts(check, "", root);
    let text = |(key, english): (&str, &str)| {
        let found = own.iter().find(|(known, _)| known == key);
        found.cloned().unwrap_or_else(|| (key.to_owned(), english.to_owned()))
    };
    TEXTS.map(text).into()
}

/// Reads the shop's own wording of the texts for shoppers, below the path of the plan or of a locale.
pub(super) fn texts(check: &mut Check<'_>, path: &str, root: &Value) -> Vec<(String, String)> {
    let keys = TEXTS.map(|(key, _)| key);
    let mut texts = Vec::new();
    for (key, value) in check.entries(path, root, "texts") {
        let path = format!("{}.{key}", below(path, "texts"));
        let Some((_, english)) = TEXTS.iter().find(|(known, _)| known == key) else {
            let hint = nearest(key, &keys);
            check.problems.push(format!("{path} is unknown, expected one of {}{hint}", keys.join(", ")));
            continue;
        };
        // A text may leave the name out, but cannot use one where the engine has none. Other braces are typing errors that
        // shoppers would see.
        let names = |text: &str| text.contains("{name}");
        match value.as_str() {
            Some(text) if names(text) && !names(english) => {
                check.say(&path, Some(value), &format!("a text without {{name}}, as \"{english}\""));
            }
            Some(text) if text.replace("{name}", "").contains(['{', '}']) => {
                check.say(&path, Some(value), "a text in which only {name} stands in braces");
            }
            Some(text) => texts.push((key.clone(), text.to_owned())),
            None => check.say(&path, Some(value), "a text"),
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use crate::decide::KEYS;
    use crate::plan::compile;

    #[test]
    fn a_plan_has_every_text_in_the_order_of_the_phrases_before_any_other() {
        let bundles = r#""bundles":{"desk":{"title":"A desk","items":["1","2"]}}"#;
        let plan =
            compile(&format!(r#"{{"version":1,"slots":{{}},"texts":{{"because.new":"Fresh"}},{bundles}}}"#), None);
        let plan = plan.unwrap();
        assert!(plan.locales[0].texts.iter().map(|(key, _)| key).zip(KEYS).all(|(key, known)| key == known));
        assert_eq!(plan.locales[0].texts.len(), KEYS.len() + 1);
        assert_eq!(plan.text(0, "because.new"), Some("Fresh"));
        assert_eq!(plan.text(0, "because.trending"), Some("Popular right now"));
    }
}
