//! What the scanner is compared with: `lol_html`, the parser behind HTMLRewriter, and `html5ever`, the standard's
//! tree construction.
#![allow(dead_code, reason = "each test uses its part")]

use html5ever::tendril::TendrilSink;
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use slotwise_scan::{Scanner, Sink, Step, Tag};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Where the start tags of a page begin and end, as the scanner finds them.
pub(crate) fn ours(html: &[u8]) -> Vec<(usize, usize)> {
    struct Starts(Vec<(usize, usize)>);
    impl Sink for Starts {
        fn tag(&mut self, tag: &Tag, _: &Step, _: &[u8]) {
            if !tag.closes {
                self.0.push((tag.start, tag.end));
            }
        }
    }
    let mut starts = Starts(Vec::new());
    Scanner::default().scan(html, 0, &mut starts);
    starts.0
}

/// The same, as `lol_html` finds them; `None` where it refuses the page.
pub(crate) fn lol(html: &[u8]) -> Option<Vec<(usize, usize)>> {
    let found = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&found);
    let settings = lol_html::Settings::new().with_strict(false).append_element_content_handler(lol_html::element!(
        "*",
        move |element| {
            let at = element.source_location().bytes();
            seen.borrow_mut().push((at.start, at.end));
            Ok(())
        }
    ));
    let mut rewriter = lol_html::HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(html).ok()?;
    rewriter.end().ok()?;
    Some(found.take())
}

/// Where the start tags end, as `html5ever` finds them: it is fed a character at a time, and a tag ends where it
/// tells of one.
pub(crate) fn standard(html: &str) -> Vec<usize> {
    struct Recorder {
        builder: TreeBuilder<Handle, RcDom>,
        fed: Rc<Cell<usize>>,
        found: RefCell<Vec<usize>>,
    }
    impl TokenSink for Recorder {
        type Handle = Handle;
        fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
            if let Token::TagToken(tag) = &token
                && tag.kind == TagKind::StartTag
            {
                self.found.borrow_mut().push(self.fed.get());
            }
            self.builder.process_token(token, line)
        }
        fn end(&self) {
            self.builder.end();
        }
        fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
            self.builder.adjusted_current_node_present_but_not_in_html_namespace()
        }
    }
    let fed = Rc::new(Cell::new(0));
    let builder = TreeBuilder::new(RcDom::default(), TreeBuilderOpts::default());
    let sink = Recorder { builder, fed: Rc::clone(&fed), found: RefCell::default() };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() });
    let queue = BufferQueue::default();
    let mut buffer = [0; 4];
    for c in html.chars() {
        fed.set(fed.get() + c.len_utf8());
        queue.push_back((&*c.encode_utf8(&mut buffer)).into());
        let _ = tokenizer.feed(&queue);
    }
    tokenizer.end();
    tokenizer.sink.found.take()
}

/// A page's tree in one line per node, by `html5ever`. With `emptied`, of elements with `data-n` a comment stands
/// for the content.
pub(crate) fn tree(html: &str, emptied: bool) -> String {
    let dom = html5ever::parse_document(RcDom::default(), html5ever::ParseOpts::default()).one(html);
    let mut out = String::new();
    describe(&dom.document, 0, emptied, &mut out);
    out
}

fn describe(node: &Handle, depth: usize, emptied: bool, out: &mut String) {
    use std::fmt::Write;
    match &node.data {
        NodeData::Text { contents } => {
            let _ = writeln!(out, "{:depth$}\"{}\"", "", contents.borrow());
        }
        NodeData::Comment { contents } => {
            let _ = writeln!(out, "{:depth$}<!--{contents}-->", "");
        }
        NodeData::Element { name, attrs, template_contents, .. } => {
            let _ = write!(out, "{:depth$}<{}:{}", "", &*name.ns, &*name.local);
            for attribute in attrs.borrow().iter() {
                let _ = write!(out, " {}=\"{}\"", &*attribute.name.local, attribute.value);
            }
            out.push_str(">\n");
            if emptied && attrs.borrow().iter().any(|attribute| &*attribute.name.local == "data-n") {
                let _ = writeln!(out, "{:1$}<!--n-->", "", depth + 1);
                return;
            }
            if let Some(content) = template_contents.borrow().as_ref() {
                describe(content, depth + 2, emptied, out);
            }
        }
        _ => {}
    }
    for child in node.children.borrow().iter() {
        describe(child, depth + 1, emptied, out);
    }
}
