//! The page engine's way in: a few calls that take and give numbers. No glue, no imports.
//!
//! The page makes [`room`] for a question, writes it, [`ask`]s, and reads the answer where [`numbers`] and
//! [`texts`] say. Snapshots and previews are bytes, taken by [`adopt`] and [`force`].
//!
//! A panic is a trap; the page drops the engine and keeps the shop's own content.

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
    // SAFETY: one thread, and nothing an export calls comes back to an export: there are no imports.
    let page = unsafe { &mut *PAGE.0.get() };
    page.get_or_insert_with(|| Page { engine: Engine::default(), question: Vec::new(), answer: Answer::default() })
}

/// Makes room for a question of so many bytes and says where.
#[unsafe(no_mangle)]
pub(super) extern "C" fn room(len: usize) -> *mut u8 {
    let question = &mut page().question;
    question.clear();
    question.resize(len, 0);
    question.as_mut_ptr()
}

/// Answers the question in the buffer, of which so many numbers come first.
#[unsafe(no_mangle)]
pub(super) extern "C" fn ask(asked: u32, numbers: usize, now_ms: f64) {
    let Page { engine, question, answer } = page();
    answer.clear();
    engine.answer(asked, &mut Question::of(question, numbers), now_ms as u64, answer);
}

/// Takes the buffer in as a snapshot whose hash a signed manifest names; 0 if it is of another version.
#[unsafe(no_mangle)]
pub(super) extern "C" fn adopt() -> u32 {
    let page = page();
    page.engine.adopt(core::mem::take(&mut page.question)).into()
}

/// Takes the buffer in as the body of a preview link whose signature is right; 0 if it has expired.
#[unsafe(no_mangle)]
pub(super) extern "C" fn force(now_ms: f64) -> u32 {
    let page = page();
    page.engine.force(&page.question, now_ms as u64).into()
}

/// Where the answer's numbers are.
#[unsafe(no_mangle)]
pub(super) extern "C" fn numbers() -> *const i32 {
    page().answer.numbers.as_ptr()
}

/// How many they are.
#[unsafe(no_mangle)]
pub(super) extern "C" fn numbers_len() -> usize {
    page().answer.numbers.len()
}

/// Where the answer's texts are.
#[unsafe(no_mangle)]
pub(super) extern "C" fn texts() -> *const u8 {
    page().answer.texts.as_ptr()
}

/// How many bytes they have.
#[unsafe(no_mangle)]
pub(super) extern "C" fn texts_len() -> usize {
    page().answer.texts.len()
}

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
