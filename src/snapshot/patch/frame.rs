//! The sections of a frame, one after the other, each in the way that suits it.
//!
//! The writer chooses the way: it tries the code of the section's table, and if that does not give the same bytes again
//! (another trainer may have written them otherwise), the section is coded as bytes.

use super::bytes;
#[cfg(not(feature = "std"))]
use super::bytes::Step;
use super::error::PatchError;
use super::items::{self, Items};
use super::range::Coder;
use super::rows::{self, Table};
use super::texts::{self, Texts};
use crate::snapshot::bits::BitArray;
use crate::snapshot::code::{Code, CodeTable, PACKED};
use crate::snapshot::layout::{Sections, Tag, chunk, head_len, seal};
use crate::snapshot::rows::Rows;
use alloc::vec::Vec;

/// A frame with its section table.
type Frame<'a> = (&'a [u8], &'a Sections);

/// How a section is coded.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// It is that of the base.
    Same,
    Bytes,
    Keys,
    Columns,
    Texts,
    Rows,
}

impl Way {
    const ALL: [Self; 6] = [Self::Same, Self::Bytes, Self::Keys, Self::Columns, Self::Texts, Self::Rows];

    /// The way of a table.
    #[cfg(feature = "std")]
    fn of(tag: Tag) -> Self {
        match tag {
            Tag::KEYS => Self::Keys,
            Tag::ITEMS => Self::Columns,
            Tag::TEXTS => Self::Texts,
            Tag::ROWS | Tag::TOGETHER => Self::Rows,
            _ => Self::Bytes,
        }
    }
}

/// The part of a frame with a tag; empty if there is none.
fn part((bytes, sections): Frame<'_>, tag: Tag) -> &[u8] {
    let range = sections.iter().find(|(found, _)| *found == tag).map_or(0..0, |(_, range)| range);
    bytes.get(range).unwrap_or_default()
}

/// What earlier sections say that later ones need.
#[derive(Default)]
struct Known {
    /// Which item is which, once the keys are there.
    items: Option<Items>,
    /// The target's section CODE.
    code: Vec<u8>,
}

/// Codes a frame of `len` bytes and returns it as a reader rebuilds it. `want` is the frame to write; none where a patch is
/// read.
pub(super) fn code<C: Coder>(
    coder: &mut C,
    base: Frame<'_>,
    want: Option<Frame<'_>>,
    len: usize,
) -> Result<Vec<u8>, PatchError> {
    let wanted: Vec<_> = want.map(|(_, sections)| sections.iter().collect()).unwrap_or_default();
    let count = coder.plain(wanted.len() as u64, 8) as usize;
    if head_len(count) > len {
        return Err(PatchError::Damaged);
    }
    let mut out = Vec::with_capacity(len);
    out.resize(head_len(count), 0);
    let (mut known, mut table) = (Known::default(), Vec::new());
    for at in 0..count {
        let (tag, range) = wanted.get(at).cloned().unwrap_or((Tag([0; 4]), 0..0));
        let tag = Tag((coder.plain(u64::from(u32::from_le_bytes(tag.0)), 32) as u32).to_le_bytes());
        let want = want.map(|frame| (&frame.0[range], frame));
        let way = coder.plain(want.map_or(0, |want| choose(base, tag, want, &mut known) as u64), 3);
        let way = *Way::ALL.get(way as usize).ok_or(PatchError::Damaged)?;
        let start = out.len();
        section(coder, way, (base, tag), want, &mut known, len, &mut out)?;
        table.push((tag, start..out.len()));
        match tag {
            Tag::CODE => known.code = out[start..].to_vec(),
            // Keys that stayed are items that stayed.
            Tag::KEYS if way == Way::Same => {
                let items = BitArray::open(&out[start..]).map_or(0, |(keys, _)| keys.len() as u32);
                known.items = Some(Items { before: (0..items).collect(), after: (0..items).collect() });
            }
            Tag::KEYS if way != Way::Keys => known.items = None,
            _ => {}
        }
        out.resize(out.len().next_multiple_of(8), 0);
        if out.len() > len {
            return Err(PatchError::Damaged);
        }
    }
    seal(&mut out, &table);
    Ok(out)
}

/// The way of a section that gives its bytes again. Readers do not choose.
#[cfg(feature = "std")]
fn choose(base: Frame<'_>, tag: Tag, want: (&[u8], Frame<'_>), known: &mut Known) -> Way {
    if part(base, tag) == want.0 {
        return Way::Same;
    }
    let (way, mut out) = (Way::of(tag), Vec::new());
    let tried = section(&mut super::range::Rehearsal, way, (base, tag), Some(want), known, want.0.len(), &mut out);
    if tried.is_ok() && out == want.0 { way } else { Way::Bytes }
}

#[cfg(not(feature = "std"))]
fn choose(_: Frame<'_>, _: Tag, _: (&[u8], Frame<'_>), _: &mut Known) -> Way {
    Way::Same
}

/// Codes one section and appends it to `out`, which must not grow beyond `end`.
fn section<C: Coder>(
    coder: &mut C,
    way: Way,
    (base, tag): (Frame<'_>, Tag),
    want: Option<(&[u8], Frame<'_>)>,
    known: &mut Known,
    end: usize,
    out: &mut Vec<u8>,
) -> Result<(), PatchError> {
    let old = part(base, tag);
    let new = want.map_or(&[][..], |want| want.0);
    let most = end.checked_sub(out.len()).ok_or(PatchError::Damaged)?;
    match way {
        Way::Same if old.len() <= most => out.extend_from_slice(old),
        Way::Bytes => {
            let len = coder.plain(new.len() as u64, 32) as usize;
            if len > most {
                return Err(PatchError::Damaged);
            }
            #[cfg(feature = "std")]
            let mut finder = super::find::Finder::new(old, new);
            #[cfg(feature = "std")]
            let find = &mut |done, end, next| finder.find(done, end, next);
            #[cfg(not(feature = "std"))]
            let find = &mut |_, _, _| Step::Byte(0);
            bytes::section(coder, old, len, out, find)?;
        }
        Way::Keys => {
            let (old, _) = BitArray::open(old).ok_or(PatchError::Base)?;
            #[cfg(feature = "std")]
            let places: std::collections::HashMap<u64, u32> = old.iter().zip(0..).collect();
            #[cfg(feature = "std")]
            let find = &|key| places.get(&key).copied();
            #[cfg(not(feature = "std"))]
            let find = &|_| None;
            known.items = Some(items::keys(coder, old, BitArray::open(new).map(|(keys, _)| keys), find, end, out)?);
        }
        Way::Columns => {
            let items = known.items.as_ref().ok_or(PatchError::Damaged)?;
            let (mut old, mut new) = (old, new);
            for _ in 0..3 {
                let [before, wanted] = [&mut old, &mut new].map(|rest| {
                    let (array, left) = BitArray::open(rest)?;
                    *rest = left;
                    Some(array)
                });
                items::column(coder, items, before.unwrap_or_default(), wanted, end, out)?;
            }
        }
        Way::Texts => {
            let items = known.items.as_ref().ok_or(PatchError::Damaged)?;
            let (mut old, mut new) = (old, new);
            for _ in 0..4 {
                let [before, wanted] = [&mut old, &mut new].map(|rest| {
                    let (texts, left) = Texts::open(rest)?;
                    *rest = left;
                    Some(texts)
                });
                let before = before.unwrap_or_default();
                #[cfg(feature = "std")]
                let mut finder = super::find::Finder::new(before.run, wanted.map_or(&[], |wanted| wanted.run));
                #[cfg(feature = "std")]
                let find = &mut |done, end, next| finder.find(done, end, next);
                #[cfg(not(feature = "std"))]
                let find = &mut |_, _, _| Step::Byte(0);
                texts::column(coder, items, before, wanted, end, out, find)?;
            }
        }
        Way::Rows => {
            let items = known.items.as_ref().ok_or(PatchError::Damaged)?;
            let place = if tag == Tag::ROWS { 0 } else { PACKED };
            let packed = |section: &[u8]| chunk::<PACKED>(section, place).ok_or(PatchError::Damaged);
            let (before, after) = (packed(part(base, Tag::CODE))?, packed(&known.code)?);
            let open = |code| CodeTable::open(code).map_err(|_| PatchError::Damaged);
            let tables = [open(&before)?, open(&after)?];
            let old_rows = Rows::open(old).map_err(|_| PatchError::Base)?;
            let new_rows = Rows::open(new).unwrap_or_default();
            let base = Table { section: old, rows: &old_rows, code: &tables[0] };
            let wanted = Table { section: new, rows: &new_rows, code: &tables[1] };
            let wanted = want.map(|_| &wanted);
            rows::table(coder, items, &base, wanted, (before == after, &Code::open(&after)), end, out)?;
        }
        Way::Same => return Err(PatchError::Damaged),
    }
    Ok(())
}
