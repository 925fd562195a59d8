//! The memory of page engine and Worker: blocks by power of two, kept for the next of their size.
//!
//! A page asks for few sizes, again and again, and so does a Worker, so a list of free blocks a size is enough: a block is taken and
//! given back in a handful of instructions, in 300 bytes of Wasm (the standard allocator takes 6 kB). Memory is
//! never given back to the host: a browser's instance goes with its snapshot, a Worker's next page uses it again.

#![allow(unsafe_code)] // an allocator is

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::memory_grow;
use core::cell::UnsafeCell;
use core::ptr::null_mut;

const PAGE: usize = 65_536;
/// Smallest block, and the alignment of all: 16 bytes.
const LEAST: usize = 16;

#[derive(Clone, Copy)]
struct State {
    /// By binary magnitude: the first free block, which holds the address of the next.
    free: [*mut u8; 32],
    /// Fresh memory: from here to there.
    next: usize,
    end: usize,
}

struct Heap(UnsafeCell<State>);

// SAFETY: a Wasm instance without shared memory has one thread.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(State { free: [null_mut(); 32], next: 0, end: 0 }));

fn class(size: usize) -> usize {
    size.max(LEAST).next_power_of_two().trailing_zeros() as usize & 31
}

impl State {
    #[inline(never)]
    fn fresh(&mut self, class: usize) -> *mut u8 {
        let size = 1_usize << class;
        if self.end - self.next < size {
            let pages = size.div_ceil(PAGE).max(4);
            let grown = memory_grow(0, pages);
            if grown == usize::MAX {
                return null_mut();
            }
            // What is left of the memory before is lost, unless the new one follows it.
            if grown * PAGE != self.end {
                self.next = grown * PAGE;
            }
            self.end = (grown + pages) * PAGE;
        }
        let block = self.next;
        self.next += size;
        block as *mut u8
    }
}

// SAFETY: a block is handed out once until it comes back; it is at least as long as asked for, and begins at a
// multiple of 16, as all blocks before it have lengths that are.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread, and nothing below comes back here.
        let state = unsafe { &mut *self.0.get() };
        let class = class(layout.size());
        let block = state.free[class];
        if block.is_null() {
            return state.fresh(class);
        }
        // SAFETY: a free block of at least 16 bytes holds the address of the next.
        state.free[class] = unsafe { *block.cast() };
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; nobody uses the block any more.
        unsafe {
            let state = &mut *self.0.get();
            let free = &mut state.free[class(layout.size())];
            *block.cast() = *free;
            *free = block;
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        if class(len) == class(layout.size()) {
            return block;
        }
        // SAFETY: the new block is of another class, so the two do not overlap.
        unsafe {
            let other = self.alloc(Layout::from_size_align_unchecked(len, LEAST));
            if !other.is_null() {
                other.copy_from_nonoverlapping(block, layout.size().min(len));
                self.dealloc(block, layout);
            }
            other
        }
    }
}
