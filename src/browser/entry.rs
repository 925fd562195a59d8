//! The exports for pages: a few calls that take and return numbers. The page engine has no others, and no imports. The full
//! engine has them too, for pages that were opened with a preview link, and [`force`] besides.
//!
//! The page makes [`room`] for a question, writes it there, calls [`ask`], and reads the answer from where [`numbers`] and
//! [`texts`] point. Snapshots, shards and preview links are bytes in the same buffer, read by [`adopt`], [`extend`] and [`force`].
//!
//! Pointers are valid until the next call: any call may move the buffers, or grow the memory and detach the page's views.
//!
//! A panic is a trap. The page then drops the engine and keeps the shop's own content.

#![allow(unsafe_code)] // exports by name, and one global for the one thread of a page

use super::{Answer, Engine, Question};
use alloc::vec::Vec;
use core::cell::UnsafeCell;

struct Page {
    engine: Engine,
    question: Vec<u8>,
    answer: Answer,
}

struct Single(UnsafeCell<Option<Page>>);

// SAFETY: a Wasm instance without shared memory has one thread.
unsafe impl Sync for Single {}

static PAGE: Single = Single(UnsafeCell::new(None));

fn page() -> &'static mut Page {
    // SAFETY: one thread, and no export is entered twice: none of them calls an import, so no call leaves the module and
    // comes back.
    let page = unsafe { &mut *PAGE.0.get() };
    page.get_or_insert_with(|| Page { engine: Engine::default(), question: Vec::new(), answer: Answer::default() })
}

/// Makes room for a question of `len` bytes and returns its address.
#[unsafe(no_mangle)]
pub(super) extern "C" fn room(len: usize) -> *mut u8 {
    let question = &mut page().question;
    question.clear();
    question.resize(len, 0);
    question.as_mut_ptr()
}

/// Answers the question in the buffer. It starts with `numbers` numbers; `now_ms` is in milliseconds since 1970.
#[unsafe(no_mangle)]
pub(super) extern "C" fn ask(asked: u32, numbers: usize, now_ms: f64) {
    let Page { engine, question, answer } = page();
    answer.clear();
    engine.answer(asked, &mut Question::of(question, numbers), now_ms as u64, answer);
}

/// Takes over the buffer as the root of a snapshot. The page has checked its hash against a signed manifest. Returns 0 if it
/// has another format version.
#[unsafe(no_mangle)]
pub(super) extern "C" fn adopt() -> u32 {
    let page = page();
    page.engine.adopt(core::mem::take(&mut page.question)).into()
}

/// Reads the buffer as a pack, a directory or a branch of the adopted snapshot. The page has checked its hash against the
/// name that the engine asked for. Returns 0 if it is refused.
#[unsafe(no_mangle)]
pub(super) extern "C" fn extend() -> u32 {
    let page = page();
    page.engine.extend(&page.question).into()
}

/// Reads the buffer as the body of a preview link. The page has checked its signature. Returns 0 if it has expired.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
pub(super) extern "C" fn force(now_ms: f64) -> u32 {
    let page = page();
    page.engine.force(&page.question, now_ms as u64).into()
}

/// Reads the buffer as the body of an overlay. The page has checked its signature. Returns 0 without a snapshot.
#[unsafe(no_mangle)]
pub(super) extern "C" fn lay() -> u32 {
    let page = page();
    page.engine.lay(&page.question).into()
}

/// Address of the answer's numbers.
#[unsafe(no_mangle)]
pub(super) extern "C" fn numbers() -> *const i32 {
    page().answer.numbers.as_ptr()
}

/// Their count.
#[unsafe(no_mangle)]
pub(super) extern "C" fn numbers_len() -> usize {
    page().answer.numbers.len()
}

/// Address of the answer's texts.
#[unsafe(no_mangle)]
pub(super) extern "C" fn texts() -> *const u8 {
    page().answer.texts.as_ptr()
}

/// Their length in bytes.
#[unsafe(no_mangle)]
pub(super) extern "C" fn texts_len() -> usize {
    page().answer.texts.len()
}

// Without a message: formatting would take more bytes than the rest of this file.
#[cfg(feature = "page")]
#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
