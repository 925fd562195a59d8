//! Rust structures as JSON text, for the Wasm hosts.
//!
//! A serde serializer that writes each value as it comes. A general serializer takes up to 15 kB more of Wasm, for enums with
//! content and errors that none of our answers has. Natively, where size does not matter, the same structures go through
//! `serde_json`; the test at the end compares both.
//!
//! Invariants: the text is valid JSON, with the names that serde's attributes give. What is not implemented returns an
//! error instead of wrong text.

use crate::model::write_decimal;
use alloc::string::String;
use core::fmt;
use serde::Serialize;
use serde::ser::{Error, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer};

/// A structure as JSON, with `null` for `None`. Returns `None` for types that are not implemented here: bytes, tuple
/// structs, and enums with content.
#[cfg_attr(not(all(target_arch = "wasm32", any(feature = "full", feature = "edge"))), allow(dead_code))]
pub(crate) fn text<T: Serialize>(value: &T) -> Option<String> {
    let mut out = String::new();
    value.serialize(Writer(&mut out)).is_ok().then_some(out)
}

/// Escapes a text for use between the quotes of a JSON string (RFC 8259, section 7): quotes, backslashes and control
/// characters. Everything else may stand as it is.
pub(crate) fn write_text(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 => {
                out.push_str("\\u00");
                out.extend([c as usize / 16, c as usize % 16].map(|digit| char::from(HEX[digit])));
            }
            c => out.push(c),
        }
    }
}

/// Writes a JSON string.
fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    write_text(text, out);
    out.push('"');
}

/// Writes one value to the end of a text.
struct Writer<'a>(&'a mut String);

/// A type that is not implemented here. It has no message, since messages would be compiled in.
#[derive(Debug)]
struct Unknown;

impl fmt::Display for Unknown {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl core::error::Error for Unknown {}

impl Error for Unknown {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// The entries of a list or an object. One type for all four of serde's, because each would be compiled anew.
struct Listed<'a> {
    out: &'a mut String,
    /// Whether there is an entry already, so that the next one needs a comma.
    more: bool,
    /// The closing bracket.
    end: char,
}

impl<'a> Listed<'a> {
    fn begin(out: &'a mut String, begin: char, end: char) -> Self {
        out.push(begin);
        Self { out, more: false, end }
    }

    /// A writer for the next entry.
    fn next(&mut self) -> Writer<'_> {
        if core::mem::replace(&mut self.more, true) {
            self.out.push(',');
        }
        Writer(self.out)
    }

    fn close(self) {
        self.out.push(self.end);
    }
}

impl SerializeSeq for Listed<'_> {
    type Ok = ();
    type Error = Unknown;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unknown> {
        value.serialize(self.next())
    }
    fn end(self) -> Result<(), Unknown> {
        self.close();
        Ok(())
    }
}

impl SerializeTuple for Listed<'_> {
    type Ok = ();
    type Error = Unknown;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unknown> {
        value.serialize(self.next())
    }
    fn end(self) -> Result<(), Unknown> {
        self.close();
        Ok(())
    }
}

/// Serde treats a structure with flattened fields as a map.
impl SerializeMap for Listed<'_> {
    type Ok = ();
    type Error = Unknown;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), Unknown> {
        name.serialize(self.next())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unknown> {
        self.out.push(':');
        value.serialize(Writer(self.out))
    }
    fn end(self) -> Result<(), Unknown> {
        self.close();
        Ok(())
    }
}

impl SerializeStruct for Listed<'_> {
    type Ok = ();
    type Error = Unknown;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unknown> {
        let Writer(out) = self.next();
        write_quoted(name, out);
        out.push(':');
        value.serialize(Writer(out))
    }
    fn end(self) -> Result<(), Unknown> {
        self.close();
        Ok(())
    }
}

/// Writes the shortest decimal that reads back to the same number, by JavaScript's own `String`. Rust's float printer would
/// add its tables to the Wasm.
#[cfg(all(target_arch = "wasm32", any(feature = "full", feature = "edge")))]
fn write_float(number: f64, out: &mut String) {
    use wasm_bindgen::prelude::wasm_bindgen;
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_name = String)]
        fn decimal(number: f64) -> String;
    }
    out.push_str(&decimal(number));
}

#[cfg(not(all(target_arch = "wasm32", any(feature = "full", feature = "edge"))))]
fn write_float(number: f64, out: &mut String) {
    use core::fmt::Write;
    let _ = write!(out, "{number}");
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Unknown;
    type SerializeSeq = Listed<'a>;
    type SerializeTuple = Listed<'a>;
    type SerializeStruct = Listed<'a>;
    type SerializeTupleStruct = Impossible<(), Unknown>;
    type SerializeTupleVariant = Impossible<(), Unknown>;
    type SerializeMap = Listed<'a>;
    type SerializeStructVariant = Impossible<(), Unknown>;

    fn serialize_bool(self, v: bool) -> Result<(), Unknown> {
        self.0.push_str(if v { "true" } else { "false" });
        Ok(())
    }
    fn serialize_i8(self, v: i8) -> Result<(), Unknown> {
        self.serialize_i64(v.into())
    }
    fn serialize_i16(self, v: i16) -> Result<(), Unknown> {
        self.serialize_i64(v.into())
    }
    fn serialize_i32(self, v: i32) -> Result<(), Unknown> {
        self.serialize_i64(v.into())
    }
    fn serialize_i64(self, v: i64) -> Result<(), Unknown> {
        if v < 0 {
            self.0.push('-');
        }
        self.serialize_u64(v.unsigned_abs())
    }
    fn serialize_u8(self, v: u8) -> Result<(), Unknown> {
        self.serialize_u64(v.into())
    }
    fn serialize_u16(self, v: u16) -> Result<(), Unknown> {
        self.serialize_u64(v.into())
    }
    fn serialize_u32(self, v: u32) -> Result<(), Unknown> {
        self.serialize_u64(v.into())
    }
    fn serialize_u64(self, v: u64) -> Result<(), Unknown> {
        write_decimal(v, self.0);
        Ok(())
    }
    fn serialize_f32(self, v: f32) -> Result<(), Unknown> {
        self.serialize_f64(v.into())
    }
    fn serialize_f64(self, v: f64) -> Result<(), Unknown> {
        // JSON has no infinities and no NaN; `null` is what `JSON.stringify` writes for them.
        if !v.is_finite() {
            return self.serialize_unit();
        }
        write_float(v, self.0);
        Ok(())
    }
    fn serialize_char(self, v: char) -> Result<(), Unknown> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, v: &str) -> Result<(), Unknown> {
        write_quoted(v, self.0);
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Unknown> {
        Err(Unknown)
    }
    fn serialize_none(self) -> Result<(), Unknown> {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unknown> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Unknown> {
        self.0.push_str("null");
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unknown> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<(), Unknown> {
        self.serialize_str(name)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unknown> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Unknown> {
        Err(Unknown)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Listed<'a>, Unknown> {
        Ok(Listed::begin(self.0, '[', ']'))
    }
    fn serialize_tuple(self, _: usize) -> Result<Listed<'a>, Unknown> {
        Ok(Listed::begin(self.0, '[', ']'))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Impossible<(), Unknown>, Unknown> {
        Err(Unknown)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Unknown>, Unknown> {
        Err(Unknown)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Listed<'a>, Unknown> {
        Ok(Listed::begin(self.0, '{', '}'))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Listed<'a>, Unknown> {
        Ok(Listed::begin(self.0, '{', '}'))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Unknown>, Unknown> {
        Err(Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Number, RawEvent, RawExposure, RawItem, RawParams, Text};
    use alloc::string::ToString;

    #[test]
    fn what_is_written_reads_back_as_serde_json_has_it() {
        let exposure = RawExposure { tested: true, propensity: Number(Some(2500.0)), ..RawExposure::default() };
        let item = RawItem { price: Number(Some(131.5)), discount: Number(Some(-0.1)), ..RawItem::default() };
        let params = RawParams {
            items: alloc::vec![item, RawItem::default()],
            exposure: Some(exposure),
            ..RawParams::default()
        };
        let event = RawEvent {
            name: "a\"\\\n\u{1f}é€\u{2028}".into(),
            params,
            event_id: Text("7".into()),
            time_ms: Number(Some(1_800_000_000_000.0)),
            chain: Some((None, "ab".into())),
            context: Some(crate::context::Context::default()),
        };
        let written = text(&event).unwrap();
        let read: RawEvent = serde_json::from_str(&written).unwrap();
        assert_eq!(read, event);
        // A whole number is written as JavaScript would: without the point serde_json gives it.
        let whole = |json: String| json.replace(".0,", ",").replace(".0}", "}");
        let names = |json: &str| whole(serde_json::from_str::<serde_json::Value>(json).unwrap().to_string());
        assert_eq!(names(&written), names(&serde_json::to_string(&event).unwrap()));
        assert_eq!(text(&[i32::MIN, 0, 7]).unwrap(), "[-2147483648,0,7]");
        assert_eq!(text(&[u64::MAX]).unwrap(), "[18446744073709551615]");
        assert_eq!(text(&f64::NAN).unwrap(), "null");
    }

    #[test]
    fn text_is_escaped() {
        let mut out = String::new();
        write_text("a\"\\\n\u{1f}é", &mut out);
        assert_eq!(out, "a\\\"\\\\\\u000a\\u001fé");
        assert_eq!(serde_json::from_str::<String>(&alloc::format!("\"{out}\"")).unwrap(), "a\"\\\n\u{1f}é");
    }
}
