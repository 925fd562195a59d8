//! The error of a page engine: that there is one. A page keeps the shop's own content and says nothing.
//!
//! The texts of `error` would travel to every shopper. Its constructors are here too, so that the readers of snapshots
//! are the same code on all hosts.

use thiserror::Error;

/// Bytes were refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the snapshot cannot be read")]
pub struct SnapshotError;

macro_rules! silent {
    ($($name:ident($($argument:ty),*);)*) => {
        impl SnapshotError {
            $(
                #[inline(always)]
                pub(crate) fn $name($(_: $argument),*) -> Self {
                    Self
                }
            )*
        }
    };
}

silent! {
    malformed(&str, &str);
    missing(&str);
    length(usize, usize);
    magic([u8; 8]);
    format(u16, u16);
    checksum(alloc::string::String, u64, u64);
    hash(alloc::string::String, alloc::string::String);
}
