//! The slot contract on a page's source: what becomes of a slot, byte for byte, and what a page costs.
#![allow(missing_docs, reason = "a test's own module")]
#![cfg(not(target_arch = "wasm32"))]

mod cost;
mod slots;

use slotwise::page::{Card, Charset, Fitter, Show, keys, rewrite};
use slotwise_scan::{Element, Host, MAX_CHILDREN, MAX_HELD, Slot};
use std::time::{Duration, Instant};

/// Shows in each slot what its name says: `choose.b`, `fill`, `order` (backwards), `own`; leaves `unknown`.
#[derive(Default)]
struct Plan {
    slots: Vec<String>,
    left: usize,
}

impl Host for Plan {
    fn slot(&mut self, slot: &Slot<'_>) -> Option<u32> {
        self.slots.push(slot.name.clone().into_owned());
        (slot.name != "unknown").then_some(self.slots.len() as u32 - 1)
    }

    fn because(&mut self, slot: &Slot<'_>) -> Option<String> {
        (slot.name != "unknown").then(|| format!("because of {}", slot.item.as_deref().unwrap_or("é")))
    }

    fn fit(&mut self, number: u32, element: &Element<'_>, out: &mut Vec<u8>) -> bool {
        let write = |card: &Card, _: bool, out: &mut Vec<u8>| {
            out.extend(format!("[{}]", if *card == Card::default() { "none" } else { "card" }).bytes());
        };
        let name = self.slots[number as usize].clone();
        let backwards: Vec<usize> = (0..keys(element).map_or(0, |keys| keys.len())).rev().collect();
        let (attributes, show) = match name.split_once('.') {
            Some(("choose", variant)) => (" personalised", Show::Variant(variant)),
            Some(("order", _)) => (" personalised", Show::Order(&backwards)),
            _ if name == "own" => (" shows=\"é\"", Show::Own),
            _ => (" personalised", Show::Cards { ids: &["1".into()], write: &write }),
        };
        rewrite(element, attributes, &show, &mut |slot| self.because(slot), out)
    }

    fn left(&mut self, _: u32) {
        self.left += 1;
    }
}

fn personalised_in(html: &[u8], charset: Charset, chunk: usize) -> (Vec<u8>, Plan) {
    let (mut fitter, mut plan, mut out) = (Fitter::new(charset), Plan::default(), Vec::new());
    for part in html.chunks(chunk) {
        fitter.feed(part, &mut plan);
        out.extend_from_slice(fitter.ready());
    }
    fitter.end(&mut plan);
    out.extend_from_slice(fitter.ready());
    (out, plan)
}

/// The page personalised, the same whole and byte by byte.
fn personalised(html: &str) -> String {
    let (whole, _) = personalised_in(html.as_bytes(), Charset::Utf8, usize::MAX);
    assert_eq!(whole, personalised_in(html.as_bytes(), Charset::Utf8, 1).0, "{html}");
    String::from_utf8(whole).unwrap()
}

#[track_caller]
fn stays(html: &str) {
    assert_eq!(personalised(html), html);
}
