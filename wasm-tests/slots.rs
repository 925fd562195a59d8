//! The slot contract at the edge: every fixture of `wasm-tests/slots`, natively and byte for byte.
//!
//! `wasm-tests/slots.test.mjs` runs the same fixtures through the Worker's own engine and through a browser. A fixture is
//! a page, what is decided for its slots, and the page expected; one that ends with `stays` is expected as it was. The
//! shop's log and plan are beside them. After a change of behaviour that is meant, write the expected pages anew with
//! `UPDATE_EXPECTED=1 cargo test --release --test slots`, and read what has changed.

use slotwise::context::{Context, LocalTime};
use slotwise::decide::Decider;
use slotwise::event::RawEvent;
use slotwise::log::LogFiles;
use slotwise::model::Model;
use slotwise::page::{Charset, Fit, Fitter};
use slotwise::session::Session;
use slotwise::snapshot::SnapshotId;
use slotwise::train::{Options, train};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

const NOW_MS: u64 = 1_800_000_000_000;
/// What the visit did, as `wasm-tests/slots.test.mjs` has it.
const EVENTS: &str = r#"[{"name":"view_item","params":{"items":[{"item_id":"1","item_category":"lamps.desk"}]}},
    {"name":"view_item","params":{"items":[{"item_id":"2","item_category":"garden.hose"}]}},
    {"name":"view_item","params":{"items":[{"item_id":"1","item_category":"lamps.desk"}]}}]"#;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm-tests/slots")
}

fn model() -> Rc<Model<Vec<u8>>> {
    let shop = folder().join("shop");
    let catalogue = Some(shop.join("products.csv"));
    let log = LogFiles { events: vec![shop.join("log.csv")], catalogue, ..LogFiles::default() };
    let options = Options { log, plan: Some(shop.join("plan.json")), currency: "USD".into(), ..Options::default() };
    let (log, _) = options.log.read().expect("the log is read");
    let trained = train(&log, &[], &options).expect("a snapshot is trained");
    Rc::new(Model::open(trained.bytes, SnapshotId::default()).expect("the snapshot opens"))
}

/// The visit, begun at the first moment at which chance holds it out, or does not.
fn visit(model: &Model<Vec<u8>>, held_out: bool) -> Session {
    let begun = |ago: u64| {
        let context = Context::from_request("", "", "", LocalTime::from_ms(NOW_MS, 0));
        let mut session = Session::begin(context, NOW_MS - ago * 1000);
        let mut events: Vec<RawEvent> = serde_json::from_str(EVENTS).expect("the events are JSON");
        for event in &mut events {
            session.observe_raw(event, NOW_MS);
        }
        session
    };
    let is = |session: &Session| Decider::new(model, session, NOW_MS).is_held_out() == held_out;
    (0..100).map(begun).find(is).expect("a visit that is held out, and one that is not")
}

struct Fixture {
    path: PathBuf,
    /// The file up to the expected page.
    head: String,
    page: Vec<u8>,
    expected: String,
    held_out: bool,
    /// The page's encoding, where it is not UTF-8.
    charset: Option<String>,
}

/// A text as a page's bytes.
fn encoded(text: &str, charset: Option<&str>) -> Vec<u8> {
    match charset {
        None => text.into(),
        Some("iso-8859-1") => text.chars().map(|c| u8::try_from(c).expect("a letter of Latin 1")).collect(),
        Some("utf-16le") => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Some(other) => panic!("{other} is no encoding of the fixtures"),
    }
}

fn decoded(bytes: &[u8], charset: Option<&str>) -> String {
    match charset {
        None => String::from_utf8(bytes.to_vec()).expect("UTF-8"),
        Some("utf-16le") => {
            let words: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&words).expect("UTF-16")
        }
        Some(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

impl Fixture {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).expect("a fixture");
        let (notes, rest) = text.split_once("<!-- page -->\n").expect("a page");
        let (page, decided) = rest.split_once("\n<!-- decisions: ").expect("what is decided");
        let head = |end: usize| text[..text.len() - decided.len() + end].to_owned();
        let line = decided.find('\n').expect("a line") + 1;
        let expected = decided[line..].strip_prefix("<!-- expected -->\n").map(|page| page.trim_end_matches('\n'));
        assert!(expected.is_some() || decided[line..] == *"<!-- stays -->\n", "{}: no expected page", path.display());
        let note =
            |name: &str| notes.split_once(name).and_then(|(_, rest)| Some(rest.split_once(" -->")?.0.to_owned()));
        let charset = note("<!-- charset: ");
        Self {
            head: head(line),
            page: encoded(page, charset.as_deref()),
            expected: expected.unwrap_or(page).into(),
            held_out: note("<!-- visit: ").is_some(),
            path,
            charset,
        }
    }

    /// What the edge makes of the page, in chunks of so many bytes; values of exposures left out.
    fn fitted(&self, model: &Rc<Model<Vec<u8>>>, chunk: usize) -> String {
        let session = visit(model, self.held_out);
        let mut fit = Fit::new(Decider::new(Rc::clone(model), session, NOW_MS));
        let charset = self.charset.as_deref().unwrap_or("utf-8");
        let mut fitter = Fitter::new(Charset::of_content_type(format!("text/html; charset={charset}").as_bytes()));
        let mut out = Vec::new();
        for part in self.page.chunks(chunk) {
            fitter.feed(part, &mut fit);
            out.extend_from_slice(fitter.ready());
        }
        fitter.end(&mut fit);
        out.extend_from_slice(fitter.ready());
        let html = decoded(&out, self.charset.as_deref());
        let mut parts = html.split(" data-slotwise-shows=\"");
        let mut shown = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            shown += " data-slotwise-shows=\"…";
            shown += &part[part.find('"').expect("the value ends")..];
        }
        shown
    }
}

#[test]
fn the_edge_makes_of_every_page_what_the_contract_says() {
    let model = model();
    let files = fs::read_dir(folder()).expect("the fixtures").map(|entry| entry.expect("a file").path());
    let fixtures: Vec<Fixture> = files.filter(|path| path.is_file()).map(Fixture::read).collect();
    let mut wrong = Vec::new();
    for fixture in &fixtures {
        let found = fixture.fitted(&model, usize::MAX);
        assert_eq!(found, fixture.fitted(&model, 1), "{}: in one chunk and byte by byte", fixture.path.display());
        if found == fixture.expected {
            continue;
        }
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            let stays = found == decoded(&fixture.page, fixture.charset.as_deref());
            let end = if stays { "<!-- stays -->\n".into() } else { format!("<!-- expected -->\n{found}\n") };
            fs::write(&fixture.path, fixture.head.clone() + &end).expect("written");
        }
        wrong.push(format!("{}\nexpected\n{}\nfound\n{found}\n", fixture.path.display(), fixture.expected));
    }
    assert!(wrong.is_empty(), "{} of {} pages:\n{}", wrong.len(), fixtures.len(), wrong.join("\n"));
    assert!(fixtures.len() >= 40, "{} fixtures", fixtures.len());
}
