//! Sections without a table in them: bytes by what stands in the base, as in Lempel and Ziv's code.
//!
//! What can be copied is the section of the base and what was written so far. A copy usually goes on where the one before
//! ended, past as many bytes as were written in between (a changed number, a changed name), so that place has a guess of
//! its own and costs a fraction of a bit.

use super::error::PatchError;
use super::range::{CLASSES, Coder, Guess};
use alloc::vec::Vec;

/// Guesses for single bytes, by the top three bits of the byte before: a letter, a digit, something else.
const BYTES: usize = 8 * 256;

/// A step: one byte, or a copy of some that stand in base and output, counted through both.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Byte(u8),
    #[cfg_attr(not(feature = "std"), allow(dead_code, reason = "only a writer asks for one"))]
    Copy {
        from: usize,
        len: usize,
    },
}

/// The guesses of one section.
pub(super) struct Steps {
    /// Whether a copy comes, after a byte and after a copy.
    copy: [Guess; 2],
    /// Whether it goes on where the one before ended.
    on: Guess,
    len: [Guess; CLASSES],
    bytes: Vec<Guess>,
    /// Where the next copy is expected to begin.
    pub(super) next: usize,
    copied: bool,
}

impl Steps {
    pub(super) fn new() -> Self {
        Self {
            copy: [Guess::NONE; 2],
            on: Guess::NONE,
            len: [Guess::NONE; CLASSES],
            bytes: alloc::vec![Guess::NONE; BYTES],
            next: 0,
            copied: false,
        }
    }

    /// Codes as many steps as `len` bytes take. The window begins at `start`.
    pub(super) fn run<C: Coder>(
        &mut self,
        coder: &mut C,
        base: &[u8],
        len: usize,
        out: &mut Vec<u8>,
        start: usize,
        find: &mut Find<'_>,
    ) -> Result<(), PatchError> {
        let end = out.len() + len;
        while out.len() < end {
            let step = find(out.len() - start, end - start, self.next);
            self.step(coder, base, out, start, end, step)?;
        }
        Ok(())
    }

    /// Codes one step and appends what it stands for to `out`, in which the section begins at `start` and ends at `end`, which
    /// is not reached yet.
    fn step<C: Coder>(
        &mut self,
        coder: &mut C,
        base: &[u8],
        out: &mut Vec<u8>,
        start: usize,
        end: usize,
        want: Step,
    ) -> Result<(), PatchError> {
        let (is_copy, byte, from, len) = match want {
            Step::Byte(byte) => (false, byte, 0, 0),
            Step::Copy { from, len } => (true, 0, from, len),
        };
        let before = core::mem::replace(&mut self.copied, false);
        if !coder.bit(&mut self.copy[usize::from(before)], is_copy) {
            let context = usize::from(out.get(start..).and_then(<[u8]>::last).copied().unwrap_or_default() >> 5);
            out.push(coder.tree(&mut self.bytes[context * 256..][..256], 8, u32::from(byte)) as u8);
            self.next += 1;
            return Ok(());
        }
        self.copied = true;
        let window = base.len() + out.len() - start;
        let on = coder.bit(&mut self.on, from == self.next);
        let from = if on { self.next } else { coder.plain(from as u64, usize::BITS - window.leading_zeros()) as usize };
        let len = coder.number(&mut self.len, (len as u32).wrapping_sub(1)) as usize + 1;
        if from >= window || len > end - out.len() {
            return Err(PatchError::Damaged);
        }
        for at in from..from + len {
            let byte = base.get(at).copied().unwrap_or_else(|| out[start + at - base.len()]);
            out.push(byte);
        }
        self.next = from + len;
        Ok(())
    }
}

/// Says what a writer does next, given how many bytes are done, how many may be done at most, and where a copy is expected to
/// begin. A reader's is never heard.
pub(super) type Find<'a> = dyn FnMut(usize, usize, usize) -> Step + 'a;

/// Codes a section of `len` bytes.
pub(super) fn section<C: Coder>(
    coder: &mut C,
    base: &[u8],
    len: usize,
    out: &mut Vec<u8>,
    find: &mut Find<'_>,
) -> Result<(), PatchError> {
    let start = out.len();
    Steps::new().run(coder, base, len, out, start, find)
}
