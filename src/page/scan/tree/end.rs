//! Which elements an end tag ends.

use super::{Open, Space, Step, Tree};
use crate::name::{self, Class, Name};

impl Tree {
    pub(super) fn close_html(&mut self, name: Name, step: &mut Step) {
        let class = name.class();
        let found = if class.has(Class::END_RULE) {
            match name {
                name::P => self.in_scope(|open| open.is(name::P), |name| name == name::BUTTON),
                name::LI => self.in_scope(|open| open.is(name::LI), |name| name == name::OL || name == name::UL),
                name::DD | name::DT => self.named_in_scope(name),
                name::FORM => return self.close_form(step),
                name::TEMPLATE => self.stack.iter().rposition(|open| open.is(name::TEMPLATE)),
                _ if class.has(Class::HEADING) => {
                    let heading = |open: &Open| open.space == Space::Html && open.class.has(Class::HEADING);
                    let found = self.in_scope(heading, |_| false);
                    step.odd |= found.is_some_and(|at| self.stack[at].name != name);
                    found
                }
                _ if class.has(Class::FRAME) || name == name::BR || name == name::COL => None,
                _ => {
                    let place = self.table_part().unwrap_or_default();
                    let table = |open: &Open| open.is(name::TABLE) || open.is(name::TEMPLATE);
                    let base = self.stack.get(..=place).and_then(|inside| inside.iter().rposition(table));
                    base.and_then(|base| self.stack[base..].iter().rposition(|open| open.is(name)).map(|at| base + at))
                }
            }
        } else if class.has(Class::BLOCK) {
            self.named_in_scope(name)
        } else if class.has(Class::FORMATTING) {
            return self.close_formatting(name, step);
        } else {
            self.last_before_special(name)
        };
        match found {
            Some(at) => self.end_at(at, step),
            None => step.odd = true,
        }
    }

    /// The innermost element with this name, unless a special element is in between.
    pub(super) fn last_before_special(&self, name: Name) -> Option<usize> {
        for (at, open) in self.stack.iter().enumerate().rev() {
            if open.is(name) {
                return Some(at);
            }
            if open.holds_html || open.space == Space::Html && open.class.has(Class::SPECIAL) {
                return None;
            }
        }
        None
    }

    pub(super) fn close_form(&mut self, step: &mut Step) {
        let template = self.templates > 0;
        let known = template || core::mem::take(&mut self.form);
        match self.named_in_scope(name::FORM).filter(|_| known) {
            Some(at) if template => self.end_at(at, step),
            Some(at) => {
                // Elements that are open in the form stay open.
                self.end_implied(None, step);
                self.cut(step.floor);
                if at + 1 == self.stack.len() { self.end_at(at, step) } else { self.remove(at, step) }
            }
            None => step.odd = true,
        }
    }

    /// Closes a formatting element. If it is closed too early, the blocks in it stay open.
    pub(super) fn close_formatting(&mut self, name: Name, step: &mut Step) {
        match self.named_in_scope(name) {
            Some(at)
                if self.stack[at..].iter().any(|open| open.space == Space::Html && open.class.has(Class::SPECIAL)) =>
            {
                self.remove(at, step);
            }
            Some(at) => self.end_at(at, step),
            None => step.odd = true,
        }
    }
}
