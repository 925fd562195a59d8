//! Thrift's compact protocol, walked without building anything: how much of what a Parquet file promises is there.
//!
//! A reader that believes a list's length before it has read the list can be made to ask for all memory. So a footer is
//! walked first: every length must fit into the bytes behind it, and nesting is bounded.

/// Deepest nesting of a footer that honest writers come near: statistics in a column in a row group.
const MAX_DEPTH: u32 = 32;

/// Bytes that are walked. Every method returns `None` where they end early or make no sense.
pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes walked so far.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        let count = usize::try_from(count).ok().filter(|count| *count <= self.bytes.len() - self.at)?;
        self.at += count;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// Walks a struct and hands over its whole numbers and truths with their field ids. Those of structs in it have the
    /// struct's id times a hundred added to theirs; what is deeper is left out.
    pub(super) fn numbers(&mut self, seen: &mut dyn FnMut(i64, i64)) -> Option<()> {
        self.fields(0, 0, seen)
    }

    fn fields(&mut self, depth: u32, outer: i64, seen: &mut dyn FnMut(i64, i64)) -> Option<()> {
        let mut id = 0;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            let delta = i64::from(head >> 4);
            id = if delta == 0 { zigzag(self.varint()?) } else { id + delta };
            // Ids have 16 bits in the format.
            i16::try_from(id).ok()?;
            match head & 15 {
                // The value of a truth field is its type.
                kind @ 1..=2 => seen(outer + id, i64::from(kind == 1)),
                4..=6 => seen(outer + id, zigzag(self.varint()?)),
                12 if depth == 0 => self.fields(1, id * 100, seen)?,
                kind => self.value(kind, depth)?,
            }
        }
    }

    fn value(&mut self, kind: u8, depth: u32) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match kind {
            1..=3 => self.skip(1),
            4..=6 => self.varint().map(drop),
            7 => self.skip(8),
            8 => self.varint().and_then(|length| self.skip(length)),
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                self.values(count, &[head & 15], depth)
            }
            11 => match self.varint()? {
                0 => Some(()),
                count => {
                    let kinds = self.byte()?;
                    self.values(count, &[kinds >> 4, kinds & 15], depth)
                }
            },
            12 => self.fields(depth + 1, 0, &mut |_, _| {}),
            _ => None,
        }
    }

    fn values(&mut self, count: u64, kinds: &[u8], depth: u32) -> Option<()> {
        // Each takes a byte at least.
        usize::try_from(count).ok().filter(|count| *count <= self.bytes.len() - self.at)?;
        for _ in 0..count {
            for kind in kinds {
                self.value(*kind, depth + 1)?;
            }
        }
        Some(())
    }
}

fn zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_struct_is_walked_to_its_end_and_its_numbers_are_told() {
        // Field 1: i32 of 3; field 2: text of two bytes; field 4: a list of two i32; field 5: a struct with true as its 7; end.
        let bytes = [0x15, 6, 0x18, 2, b'a', b'b', 0x29, 0x25, 2, 4, 0x1c, 0x71, 0, 0, 99];
        let mut walk = Walk::new(&bytes);
        let mut seen = Vec::new();
        assert!(walk.numbers(&mut |id, number| seen.push((id, number))).is_some());
        assert_eq!((seen, walk.at()), (vec![(1, 3), (507, 1)], 14));
        for length in 0..14 {
            assert!(Walk::new(&bytes[..length]).numbers(&mut |_, _| {}).is_none(), "{length}");
        }
    }

    #[test]
    fn lengths_that_do_not_fit_and_endless_nesting_are_refused() {
        let forged_list = [0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 7, 0];
        let forged_text = [0x18, 0xff, 0xff, 0xff, 0xff, 7, 0];
        for bytes in [&forged_list[..], &forged_text, &[0x1c; 200], &[0x15; 40], &[0x1f, 0]] {
            assert!(Walk::new(bytes).numbers(&mut |_, _| {}).is_none(), "{bytes:?}");
        }
    }
}
