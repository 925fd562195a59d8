//! A plan compared with the shop's pages: every slot of the plan must be marked in one of them, and a panel that opens when
//! the visitor is about to leave must have something that closes it.
//!
//! A slot that is marked nowhere is a frequent typing error, and nothing else would report it: the page just stays as it is.

use super::check::nearest;
use crate::page::{CLOSE, SLOT};
use crate::snapshot::plan::Plan;

/// The slots of a plan that none of these pages has, as mistakes. Pages may be templates, which no HTML parser reads, so
/// the text is searched for the attribute. Names with braces are filled in by the template and cannot be compared.
pub fn slots_without_page(plan: &Plan, pages: &[String]) -> Vec<String> {
    let mut marked: Vec<&str> = Vec::new();
    for part in pages.iter().flat_map(|page| page.split(SLOT).skip(1)) {
        let quoted = part.trim_start().strip_prefix('=').map(str::trim_start);
        let name = quoted.and_then(|rest| rest.strip_prefix(['"', '\''])?.split(['"', '\'']).next());
        marked.extend(name.filter(|name| !name.contains('{')));
    }
    marked.sort_unstable();
    marked.dedup();
    let missing = plan.slots.iter().filter(|slot| !marked.contains(&slot.name.as_str()));
    let say = |name: &str| {
        let hint = nearest(name, &marked);
        format!(
            "slots.{name} is in none of the {} pages, expected an element with data-slotwise=\"{name}\"{hint}",
            pages.len()
        )
    };
    missing.map(|slot| say(&slot.name)).collect()
}

/// The slots of a plan that open on leaving, as mistakes, if none of these pages has anything that closes a panel: such a panel
/// never opens. Panel and slot may be in different templates, so all pages are searched together.
pub fn panels_without_close(plan: &Plan, pages: &[String]) -> Vec<String> {
    if pages.iter().any(|page| page.contains(CLOSE)) {
        return Vec::new();
    }
    let say = |name: &str| {
        format!(
            "slots.{name} is shown on exit, and nothing in the {} pages closes it, expected a button with {CLOSE} in its \
             panel",
            pages.len()
        )
    };
    plan.slots.iter().filter(|slot| slot.exit).map(|slot| say(&slot.name)).collect()
}
