//! Rows, entry by entry: which neighbours stayed, which levels moved, what is new.
//!
//! A row of the target is told by that of the same item in the base. Each old entry is the same, has another level or is
//! gone; the guess depends on its level, on how much of the row has changed so far, and on what became of the way back: if
//! the row of b, told before, has gained or lost a, then the row of a usually gains or loses b. Entries that are
//! new are first looked for among such rows, and only the others are named by their distance. Where not a bit has changed, the
//! row's bytes are copied.
//!
//! The rows are then written in the target's own code, bit for bit as the trainer wrote them.

use super::error::PatchError;
use super::items::{Items, NONE};
use super::range::{CLASSES, Coder, Guess};
use crate::snapshot::ItemIndex;
use crate::snapshot::bits::BitWriter;
use crate::snapshot::code::{Code, CodeTable};
use crate::snapshot::rows::Rows;
use alloc::vec::Vec;

/// A table of rows with the code it is written in.
pub(super) struct Table<'a> {
    pub(super) section: &'a [u8],
    pub(super) rows: &'a Rows,
    pub(super) code: &'a CodeTable,
}

impl Table<'_> {
    /// Reads the row of an item, with neighbours as `number` numbers them; those without a number are left out.
    fn read(&self, own: u32, row: &mut Vec<(u32, u32)>, number: impl Fn(u32) -> u32) {
        row.clear();
        let entries = self.rows.row(self.section, own as usize, ItemIndex::new(own), self.code).1;
        row.extend(entries.map(|(item, level)| (number(item.get()), level)).filter(|(item, _)| *item != NONE));
        if !row.is_sorted_by(|a, b| a.0 < b.0) {
            row.sort_unstable();
            row.dedup_by_key(|(item, _)| *item);
        }
    }
}

/// What became of an entry. It is the context of the entry on the way back.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    /// The row that would tell comes later.
    Later,
    /// Nothing changed or there is no such entry, in a row that is as it was.
    Calm,
    /// The same in a row of which little has changed.
    Stirred,
    /// The same in a row of which much has changed.
    Busy,
    Up,
    Down,
    Gone,
    New,
}

/// Kinds of [`Fate`].
const FATES: usize = 8;
/// Changes from which on much of a row has changed.
const MUCH: usize = 5;
/// Steps of how much of a row has changed so far.
const STEPS: usize = 4;
const LEVELS: usize = 16;

/// All guesses about rows.
struct Guesses {
    /// Whether a row's bytes are those of the base, by whether those of the row before were.
    copied: [Guess; 2],
    /// How far a scale moved; the scale of a new row.
    scales: [[Guess; 256]; 2],
    /// Whether an entry stayed, by whether the row's scale did.
    same: [[[[Guess; STEPS]; LEVELS]; FATES]; 2],
    gone: [[[Guess; STEPS]; LEVELS]; FATES],
    up: [[Guess; LEVELS]; FATES],
    /// By how much, up and down.
    far: [[Guess; LEVELS]; 2],
    /// Whether an entry whose way back is new is new itself, in a row of the base and in a new one.
    back: [Guess; 2],
    /// How many entries are new beside those, by how many are gone.
    count: [[Guess; CLASSES]; 5],
    /// How far the first of them is from its own item, and each from the one before.
    near: [[Guess; CLASSES]; 2],
    /// Their levels: in a row of the base, in a new one, and of entries whose way back is new.
    level: [[Guess; LEVELS]; 3],
}

impl Guesses {
    const NONE: Self = Self {
        copied: [Guess::NONE; 2],
        scales: [[Guess::NONE; 256]; 2],
        same: [[[[Guess::NONE; STEPS]; LEVELS]; FATES]; 2],
        gone: [[[Guess::NONE; STEPS]; LEVELS]; FATES],
        up: [[Guess::NONE; LEVELS]; FATES],
        far: [[Guess::NONE; LEVELS]; 2],
        back: [Guess::NONE; 2],
        count: [[Guess::NONE; CLASSES]; 5],
        near: [[Guess::NONE; CLASSES]; 2],
        level: [[Guess::NONE; LEVELS]; 3],
    };
}

/// What is known of the entries that point to rows not told yet.
struct Ways {
    /// By item, its newest way in `list`, plus one.
    heads: Vec<u32>,
    /// The item that points here, what became of that entry, and the next way of the same item.
    list: Vec<(u32, Fate, u32)>,
    /// By item, how much of its row has changed.
    rows: Vec<Fate>,
}

impl Ways {
    /// Notes what became of the entry `to` in the row of `own`.
    fn add(&mut self, own: u32, to: u32, fate: Fate) {
        if to > own
            && let Some(head) = self.heads.get_mut(to as usize)
        {
            self.list.push((own, fate, *head));
            *head = self.list.len() as u32;
        }
    }

    /// Takes the ways to an item, in ascending order.
    fn take(&self, own: u32, ways: &mut Vec<(u32, Fate)>) {
        ways.clear();
        let mut next = self.heads.get(own as usize).copied().unwrap_or_default();
        while let Some((from, fate, before)) = (next as usize).checked_sub(1).and_then(|at| self.list.get(at)) {
            ways.push((*from, *fate));
            next = *before;
        }
        ways.reverse();
    }
}

/// Codes a table of rows of at most `most` bytes and appends it. `codes` are the packed codes of base and target.
pub(super) fn table<C: Coder>(
    coder: &mut C,
    items: &Items,
    base: &Table<'_>,
    want: Option<&Table<'_>>,
    (same_code, code): (bool, &Code),
    end: usize,
    out: &mut Vec<u8>,
) -> Result<(), PatchError> {
    let len = coder.plain(want.map_or(0, |want| want.rows.len() as u64), 32) as usize;
    let begin = out.len();
    if len > items.before.len() || begin + 8 + 2 * len > end {
        return Err(PatchError::Damaged);
    }
    out.extend_from_slice(&(len as u32).to_le_bytes());
    let entries = coder.plain(want.map_or(0, |want| u64::from(want.rows.entries())), 32) as u32;
    out.extend_from_slice(&entries.to_le_bytes());
    out.resize(begin + 8 + 2 * len, 0);
    let mut bits = BitWriter::after(core::mem::take(out));
    let mut guesses = alloc::boxed::Box::new(Guesses::NONE);
    let mut ways = Ways { heads: alloc::vec![0; len], list: Vec::new(), rows: alloc::vec![Fate::Calm; len] };
    let mut told = Row::default();
    let mut copied = false;
    for own in 0..len as u32 {
        let old = items.before(own as usize).filter(|old| *old < base.rows.len());
        let (old_scale, old_bytes) = old.map_or((0, &[][..]), |old| base.rows.raw(base.section, old));
        let (scale, bytes) = want.map_or((0, &[][..]), |want| want.rows.raw(want.section, own as usize));
        let start = bits.len();
        let may_copy = same_code && old == Some(own as usize);
        copied =
            may_copy && coder.bit(&mut guesses.copied[usize::from(copied)], (scale, bytes) == (old_scale, old_bytes));
        let scale = if copied {
            bits.append(old_bytes);
            old_scale
        } else {
            ways.take(own, &mut told.ways);
            told.old.clear();
            if let Some(old) = old {
                base.read(old as u32, &mut told.old, |item| items.after.get(item as usize).copied().unwrap_or(NONE));
            }
            told.want.clear();
            if let Some(want) = want {
                want.read(own, &mut told.want, |item| item);
            }
            let kind = usize::from(old.is_none());
            let moved = coder.tree(&mut guesses.scales[kind], 8, u32::from(scale.wrapping_sub(old_scale))) as u8;
            let scale = old_scale.wrapping_add(moved);
            told.new.clear();
            if scale != 0 {
                told.code(coder, &mut guesses, (own, len as u32), usize::from(moved != 0), &mut ways)?;
            }
            code.row(&mut bits, own, &told.new);
            scale
        };
        let long = bits.len() - start;
        if long > 255 || bits.len() > end {
            return Err(PatchError::Damaged);
        }
        let head = bits.written();
        head[begin + 8 + own as usize] = scale;
        head[begin + 8 + len + own as usize] = long as u8;
    }
    *out = bits.finish();
    Ok(())
}

/// One row on its way. Memory that is used again for the next.
#[derive(Default)]
struct Row {
    /// In the base, under the numbers of the target.
    old: Vec<(u32, u32)>,
    /// As it is wanted; empty where a patch is read.
    want: Vec<(u32, u32)>,
    /// As it is told.
    new: Vec<(u32, u32)>,
    ways: Vec<(u32, Fate)>,
}

impl Row {
    /// The level that is wanted for an item; 0 if none.
    fn wanted(&self, item: u32) -> u32 {
        self.want.binary_search_by_key(&item, |(to, _)| *to).map_or(0, |at| self.want[at].1)
    }

    /// What became of the way back from an item.
    fn back(&self, own: u32, item: u32, rows: &[Fate]) -> Fate {
        if item > own {
            return Fate::Later;
        }
        match self.ways.binary_search_by_key(&item, |(from, _)| *from) {
            Ok(at) => self.ways[at].1,
            Err(_) => rows.get(item as usize).copied().unwrap_or(Fate::Calm),
        }
    }

    /// Codes the entries.
    fn code<C: Coder>(
        &mut self,
        coder: &mut C,
        guesses: &mut Guesses,
        (own, len): (u32, u32),
        scaled: usize,
        ways: &mut Ways,
    ) -> Result<(), PatchError> {
        let (mut changes, mut gone) = (0_usize, 0_usize);
        for at in 0..self.old.len() {
            let (item, old) = self.old[at];
            let back = self.back(own, item, &ways.rows) as usize;
            let (level, step) = (old as usize & (LEVELS - 1), changes.min(STEPS - 1));
            let want = self.wanted(item);
            if coder.bit(&mut guesses.same[scaled][back][level][step], want == old) {
                self.new.push((item, old));
                continue;
            }
            changes += 1;
            if coder.bit(&mut guesses.gone[back][level][step], want == 0) {
                gone += 1;
                ways.add(own, item, Fate::Gone);
                continue;
            }
            let is_up = coder.bit(&mut guesses.up[back][level], want > old);
            let far = want.abs_diff(old).wrapping_sub(1) & 15;
            let far = coder.tree(&mut guesses.far[usize::from(is_up)], 4, far) + 1;
            let new = if is_up { old + far } else { old.wrapping_sub(far) };
            if new == 0 || new > 15 {
                return Err(PatchError::Damaged);
            }
            ways.add(own, item, if is_up { Fate::Up } else { Fate::Down });
            self.new.push((item, new));
        }
        let is_new = usize::from(self.old.is_empty());
        let kept = self.new.len();
        // Those whose way back is new.
        for at in 0..self.ways.len() {
            let (item, fate) = self.ways[at];
            if fate != Fate::New || self.old.binary_search_by_key(&item, |(to, _)| *to).is_ok() {
                continue;
            }
            let want = self.wanted(item);
            if coder.bit(&mut guesses.back[is_new], want > 0) {
                let level = coder.tree(&mut guesses.level[2], 4, want);
                self.new.push((item, level));
            }
        }
        // What is wanted and not told yet. Where a patch is read, nothing is wanted.
        let told = |row: &Self, item: u32| {
            row.new[kept..].iter().any(|(to, _)| *to == item)
                || row.old.binary_search_by_key(&item, |(to, _)| *to).is_ok()
        };
        let mut left: Vec<(u32, u32)> = self.want.iter().filter(|(item, _)| !told(self, *item)).copied().collect();
        let count = coder.number(&mut guesses.count[gone.min(4)], left.len() as u32);
        left.resize(count.min(2048) as usize, (0, 0));
        let mut before = None;
        for (item, level) in left {
            let far = match before {
                None => (item.wrapping_sub(own) << 1) ^ ((item.wrapping_sub(own) as i32 >> 31) as u32),
                Some(before) => item.wrapping_sub(before).wrapping_sub(1),
            };
            let far = coder.number(&mut guesses.near[usize::from(before.is_some())], far);
            let item = match before {
                None => own.wrapping_add((far >> 1) ^ (far & 1).wrapping_neg()),
                Some(before) => far.wrapping_add(before).wrapping_add(1),
            };
            let level = coder.tree(&mut guesses.level[is_new], 4, level);
            if item >= len || before.is_some_and(|before| item <= before) {
                return Err(PatchError::Damaged);
            }
            before = Some(item);
            self.new.push((item, level));
        }
        for (item, level) in &self.new[kept..] {
            if *level == 0 {
                return Err(PatchError::Damaged);
            }
            ways.add(own, *item, Fate::New);
        }
        let new = self.new.len() - kept;
        if let Some(row) = ways.rows.get_mut(own as usize) {
            *row = match changes + new {
                0 => Fate::Calm,
                few if few < MUCH => Fate::Stirred,
                _ => Fate::Busy,
            };
        }
        self.new.sort_unstable();
        if self.new.is_empty() || !self.new.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(PatchError::Damaged);
        }
        Ok(())
    }
}
