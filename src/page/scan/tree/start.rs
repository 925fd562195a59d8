//! Which elements a start tag ends before it opens its own: omitted end tags, and the rules of tables.

use super::{Open, Space, Step, Tree};
use crate::name::{self, Class, Name};
use crate::tag::Tag;

impl Tree {
    /// Position of the innermost table, part of a table, or template.
    pub(super) fn table_part(&self) -> Option<usize> {
        let part = |open: &Open| {
            open.space == Space::Html
                && (open.class.has(Class::PART) || open.name == name::TABLE || open.name == name::TEMPLATE)
        };
        self.stack.iter().rposition(part)
    }

    /// Whether the innermost element is a table, or a part of one that contains only other parts.
    pub(super) fn in_bare_table(&self) -> bool {
        self.stack.last().is_some_and(|top| top.class.has(Class::BARE))
    }

    /// Applies the special rules of start tags. Returns whether to open the element.
    pub(super) fn rule(&mut self, class: Class, tag: &Tag, input: &[u8], step: &mut Step) -> bool {
        let top = self.stack.last().copied();
        let top_is = |name: Name| top.is_some_and(|top| top.is(name));
        if class.has(Class::HEADING) {
            if top.is_some_and(|top| top.space == Space::Html && top.class.has(Class::HEADING)) {
                self.end_from(self.stack.len() - 1, step);
            }
        } else if class.has(Class::PART) {
            return self.table_start(tag.name, step);
        } else {
            match tag.name {
                name::LI => self.close_item(|name| name == name::LI, step),
                name::DD | name::DT => self.close_item(|name| name == name::DD || name == name::DT, step),
                name::A => {
                    let marker = |open: &Open| open.ends_scope() && !open.is(name::SELECT) && !open.is(name::TABLE);
                    let past = self.stack.iter().rposition(marker).map_or(0, |at| at + 1);
                    if let Some(at) = self.stack[past..].iter().rposition(|open| open.is(name::A)) {
                        self.remove(past + at, step);
                    }
                }
                name::NOBR => {
                    if let Some(at) = self.named_in_scope(name::NOBR) {
                        self.remove(at, step);
                    }
                }
                name::BUTTON => {
                    if let Some(at) = self.named_in_scope(name::BUTTON) {
                        self.end_from(at, step);
                    }
                }
                name::FORM => {
                    let template = self.templates > 0;
                    if self.form && !template || self.in_bare_table() {
                        step.odd = true;
                        return false;
                    }
                    self.form |= !template;
                }
                name::TABLE => {
                    // A table inside a table, but outside of its cells, ends the outer table.
                    let place = self.table_part().filter(|at| bare_rank(self.stack[*at].name).is_some());
                    if let Some(at) = place
                        && let Some(table) = self.stack[..=at].iter().rposition(|open| open.is(name::TABLE))
                    {
                        self.end_from(table, step);
                    }
                }
                name::SELECT => {
                    if let Some(at) = self.named_in_scope(name::SELECT) {
                        self.end_from(at, step);
                        step.odd = true;
                        self.cut(step.floor);
                        return false;
                    }
                }
                name::INPUT => {
                    if let Some(at) = self.named_in_scope(name::SELECT) {
                        self.end_from(at, step);
                    }
                    step.odd |= self.in_bare_table();
                }
                name::HR if self.named_in_scope(name::SELECT).is_some() => self.end_implied(None, step),
                name::OPTION | name::OPTGROUP => {
                    if self.named_in_scope(name::SELECT).is_some() {
                        self.end_implied((tag.name == name::OPTION).then_some(name::OPTGROUP), step);
                    } else if top_is(name::OPTION) {
                        self.end_from(self.stack.len() - 1, step);
                    }
                }
                name::RB | name::RTC if self.named_in_scope(name::RUBY).is_some() => self.end_implied(None, step),
                name::RP | name::RT if self.named_in_scope(name::RUBY).is_some() => {
                    self.end_implied(Some(name::RTC), step);
                }
                name::SVG => {
                    self.push_foreign(Space::Svg, tag, input, step);
                    return false;
                }
                name::MATH => {
                    self.push_foreign(Space::Math, tag, input, step);
                    return false;
                }
                _ => {}
            }
        }
        self.cut(step.floor);
        true
    }

    /// Ends the innermost elements with optional end tags, except those with this name.
    pub(super) fn end_implied(&self, but: Option<Name>, step: &mut Step) {
        let ends = |open: &Open| {
            open.space == Space::Html && open.class.has(Class::IMPLIED) && but.is_none_or(|but| open.name != but)
        };
        let kept = self.stack.iter().rposition(|open| !ends(open)).map_or(0, |at| at + 1);
        self.end_from(kept, step);
    }

    /// Ends the previous `li`, `dd` or `dt`.
    pub(super) fn close_item(&self, same: impl Fn(Name) -> bool, step: &mut Step) {
        for (at, open) in self.stack.iter().enumerate().rev() {
            if open.space == Space::Html && same(open.name) {
                self.end_from(at, step);
                return;
            }
            let passes = [Name::of(b"address"), Name::of(b"div"), name::P].contains(&open.name);
            if open.holds_html || open.space == Space::Html && open.class.has(Class::SPECIAL) && !passes {
                return;
            }
        }
    }

    /// Ends the previous parts of a table when a new part begins. Returns whether to open the new one.
    pub(super) fn table_start(&mut self, name: Name, step: &mut Step) -> bool {
        let Some(innermost) = self.table_part() else {
            step.odd = true;
            return false;
        };
        let rank = rank(name);
        let above = |open: &Open| {
            open.space == Space::Html
                && (bare_rank(open.name).is_some_and(|own| own < rank)
                    || open.name == name::TEMPLATE
                    || name == name::COL && open.name == name::COLGROUP)
        };
        let Some(parent) = self.stack[..=innermost].iter().rposition(above) else {
            step.odd = true;
            return false;
        };
        self.end_from(parent + 1, step);
        self.cut(step.floor);
        let parent = self.stack[parent].name;
        // The parser adds omitted rows and bodies.
        step.wrapped = parent != name::TEMPLATE
            && match name {
                name::TR => parent == name::TABLE,
                name::TD | name::TH => parent != name::TR,
                name::COL => parent != name::COLGROUP,
                _ => false,
            };
        true
    }

    pub(super) fn leave_foreign(&mut self, step: &mut Step) {
        let kept = self.stack.iter().rposition(|open| open.space == Space::Html || open.holds_html);
        self.end_from(kept.map_or(0, |at| at + 1), step);
        self.cut(step.floor);
    }
}

/// Depth within a table, for parts that contain only other parts.
fn bare_rank(name: Name) -> Option<u8> {
    match name {
        name::TABLE => Some(0),
        name::TBODY | name::THEAD | name::TFOOT => Some(1),
        name::TR => Some(2),
        _ => None,
    }
}

fn rank(name: Name) -> u8 {
    match name {
        name::TD | name::TH => 3,
        name::CAPTION | name::COL | name::COLGROUP => 1,
        _ => bare_rank(name).unwrap_or_default(),
    }
}
