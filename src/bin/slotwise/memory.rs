//! The program's allocator, and when it gives memory back.
//!
//! A training makes millions of small things while it reads, and large tables after. With the allocator of glibc the first
//! leave holes into which the second do not fit. `npm run bench -- --only large` tells what a training takes.

#![allow(unsafe_code)] // an option of the allocator, which is written in C

use libmimalloc_sys::{mi_option_set, mi_option_t, mi_option_use_numa_nodes};
use mimalloc::MiMalloc;

/// `mi_option_purge_delay` of `mimalloc.h`, which the Rust bindings lack: for how many milliseconds memory is kept.
const PURGE_DELAY: mi_option_t = 15;
const _: () = assert!(PURGE_DELAY + 1 == mi_option_use_numa_nodes, "the option that stands behind it there");

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Gives back at once what is let go. Not for a server, which lets go of little at a time and soon needs as much again.
pub(crate) fn give_back_at_once() {
    // SAFETY: the option is a number, and no other thread has begun.
    unsafe { mi_option_set(PURGE_DELAY, 0) };
}
