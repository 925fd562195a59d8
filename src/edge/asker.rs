//! Who asks: a request as the entry script tells of it.

use crate::front::Asks;
use alloc::string::String;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `Asker` of `js/src/edge_asker.ts`. Its properties are read when they are needed: most visits have begun, and
    /// nobody asks where they came from.
    pub type Asker;
    #[wasm_bindgen(method, getter, structural)]
    fn cookies(this: &Asker) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn agent(this: &Asker) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn crawler(this: &Asker) -> bool;
    #[wasm_bindgen(method, getter, structural)]
    fn said(this: &Asker) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn referrer(this: &Asker) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn url(this: &Asker) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn continent(this: &Asker) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn hour(this: &Asker) -> u8;
    #[wasm_bindgen(method, getter, structural)]
    fn weekday(this: &Asker) -> u8;
    #[wasm_bindgen(method, getter, structural)]
    fn private(this: &Asker) -> bool;
    #[wasm_bindgen(method, getter, structural)]
    fn implied(this: &Asker) -> bool;
}

impl Asks for Asker {
    fn cookies(&self) -> String {
        Self::cookies(self)
    }

    fn agent(&self) -> String {
        Self::agent(self)
    }

    fn crawler(&self) -> bool {
        Self::crawler(self)
    }

    fn said(&self) -> Option<String> {
        Self::said(self)
    }

    fn referrer(&self) -> String {
        Self::referrer(self)
    }

    fn url(&self) -> String {
        Self::url(self)
    }

    fn continent(&self) -> String {
        Self::continent(self)
    }

    fn hour(&self) -> u8 {
        Self::hour(self)
    }

    fn weekday(&self) -> u8 {
        Self::weekday(self)
    }

    fn private(&self) -> bool {
        Self::private(self)
    }

    fn implied(&self) -> bool {
        Self::implied(self)
    }
}
