//! Text of the engine's as HTML.

use alloc::vec::Vec;
use slotwise_scan::write_html;

/// Writes text into HTML, as content or as a quoted attribute value; `ascii` where the page's encoding takes no
/// other letters.
pub fn write_text(text: &str, ascii: bool, out: &mut Vec<u8>) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        write_html(text.get(done..at).unwrap_or_default(), ascii, out);
        out.extend_from_slice(escaped.as_bytes());
        done = at + 1;
    }
    write_html(text.get(done..).unwrap_or_default(), ascii, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_where_need_be_ascii() {
        let written = |ascii| {
            let mut out = Vec::new();
            write_text("<é> & \"'€", ascii, &mut out);
            alloc::string::String::from_utf8(out).unwrap()
        };
        assert_eq!(written(false), "&lt;é&gt; &amp; &quot;&#39;€");
        assert_eq!(written(true), "&lt;&#233;&gt; &amp; &quot;&#39;&#8364;");
    }
}
