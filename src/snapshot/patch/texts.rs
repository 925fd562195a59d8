//! Columns of text: of each item whether its text stayed, and what is new.

use super::bytes::{Find, Steps};
use super::error::PatchError;
use super::items::{Items, head};
use super::range::{CLASSES, Coder, Guess};
use crate::snapshot::bits::{BitArray, BitWriter};
use crate::snapshot::layout::chunk;
use alloc::vec::Vec;

/// A column: where the texts begin, and all of them as one run.
#[derive(Clone, Copy, Default)]
pub(super) struct Texts<'a> {
    starts: BitArray<'a>,
    pub(super) run: &'a [u8],
}

impl<'a> Texts<'a> {
    /// Locates a column at the start of `bytes` and returns it with the remaining bytes.
    pub(super) fn open(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (starts, rest) = BitArray::open(bytes)?;
        let (run, rest) = rest.get(4..)?.split_at_checked(u32::from_le_bytes(chunk(rest, 0)?) as usize)?;
        Some((Self { starts, run }, rest))
    }

    /// Where the text of an item begins and ends; `None` if it has none.
    fn text(&self, at: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.starts.get(at) as usize, self.starts.get(at + 1) as usize);
        (at + 1 < self.starts.len() && start <= end && end <= self.run.len()).then_some((start, end))
    }
}

/// Codes a column that does not reach beyond `end`.
pub(super) fn column<C: Coder>(
    coder: &mut C,
    items: &Items,
    base: Texts<'_>,
    want: Option<Texts<'_>>,
    end: usize,
    out: &mut Vec<u8>,
    find: &mut Find<'_>,
) -> Result<(), PatchError> {
    let starts = want.map(|want| want.starts);
    let (len, width) = head(coder, starts, items.before.len() + 1, end, out)?;
    let most = end - out.len();
    let mut bits = BitWriter::after(core::mem::take(out));
    let mut run = Vec::new();
    let (mut steps, mut same, mut lens) = (Steps::new(), Guess::NONE, [Guess::NONE; CLASSES]);
    for at in 0..len {
        bits.put(run.len() as u64, width);
        if at + 1 == len {
            break;
        }
        let text = want.and_then(|want| want.text(at).and_then(|(start, end)| want.run.get(start..end)));
        let text = text.unwrap_or_default();
        let before = items.before(at).and_then(|before| base.text(before));
        if let Some((start, end)) = before {
            let old = base.run.get(start..end).unwrap_or_default();
            // What comes next in the base is expected after it, changed or not.
            steps.next = start;
            if coder.bit(&mut same, old == text) {
                run.extend_from_slice(old);
                steps.next = end;
                if run.len() > most {
                    return Err(PatchError::Damaged);
                }
                continue;
            }
        }
        let long = coder.number(&mut lens, text.len() as u32) as usize;
        if long > most - run.len() {
            return Err(PatchError::Damaged);
        }
        steps.run(coder, base.run, long, &mut run, 0, find)?;
    }
    *out = bits.finish();
    out.extend_from_slice(&(run.len() as u32).to_le_bytes());
    out.append(&mut run);
    Ok(())
}
