//! A plan held against the shop's pages: every slot of the plan must be marked in one of them.

use super::check::nearest;
use crate::page::SLOT;
use crate::snapshot::plan::Plan;

/// Slots of a plan that none of these pages has, as mistakes. Pages are HTML or templates: what counts is the
/// attribute as it is written.
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
