//! A plan compared with the shop's pages: every slot of the plan must be marked in one of them.
//!
//! A slot that is marked nowhere is a frequent typing error, and nothing else would report it: the page just stays as it is.

use super::check::nearest;
use crate::page::SLOT;
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
