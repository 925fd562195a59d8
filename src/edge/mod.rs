//! The Worker in front of the store: fits the store's pages while they stream, takes beacons, answers questions.
//!
//! What is asked here is asked at once, without a promise: TypeScript fetches, verifies, keeps and sends (`js/src/edge_handler.ts`
//! and the files beside it), for a tenth of the bytes that futures and bindings of the platform take in Wasm.
//!
//! A panic is a trap, hence an error at the call, and the script lets the store's answer go out as it came.

mod abandoned;
mod asker;
mod events;
mod opening;
mod product;
mod read;
mod shop;

pub use abandoned::abandoned;
pub use asker::Asker;
pub use events::{enter, take, undecided};
pub use opening::Opening;
pub use shop::{Fitting, Shop};

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What the operator sees in the log.
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn report(what: &str, file: &str, line: u32);
}

/// Says where. What the panic has to say would take 8 kB of formatting.
#[panic_handler]
fn panicked(info: &core::panic::PanicInfo<'_>) -> ! {
    if let Some(at) = info.location() {
        report("slotwise: the engine panicked in", at.file(), at.line());
    }
    core::arch::wasm32::unreachable()
}
