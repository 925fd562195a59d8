//! Languages and currencies, on the shop of `wasm-tests/slots`: what a page has of a snapshot shows the same as the whole
//! snapshot, in every language, and nothing is shown in a language that has not come.
//!
//! That edge and browser make the same page of it is in the fixtures `wasm-tests/slots/lang-*.html`.

use slotwise::context::Context;
use slotwise::decide::{Decider, Leaning, Place};
use slotwise::event::ItemKey;
use slotwise::log::LogFiles;
use slotwise::model::{Model, Scratch};
use slotwise::page::Field;
use slotwise::session::Session;
use slotwise::shard::{Parts, Rows, make, name_of};
use slotwise::snapshot::plan::Locale;
use slotwise::snapshot::{ItemIndex, SnapshotId};
use slotwise::train::{Options, train};
use std::path::Path;

const NOW_MS: u64 = 1_800_000_000_000;
const LANGUAGES: [&str; 6] = ["en", "de-DE", "de-AT", "de-CH", "ar", "fr"];

fn shop() -> (Model<Vec<u8>>, Parts) {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm-tests/slots/shop");
    let catalogue = Some(shop.join("products.csv"));
    let log = LogFiles { events: vec![shop.join("log.csv")], catalogue, ..LogFiles::default() };
    let options = Options { log, plan: Some(shop.join("plan.json")), currency: "USD".into(), ..Options::default() };
    let (log, _) = options.log.read().expect("the log is read");
    let trained = train(&log, &[], &options).expect("a snapshot is trained");
    let model = Model::open(trained.bytes, SnapshotId::default()).expect("the snapshot opens");
    model.verify().expect("the rows are sound");
    let parts = make(&model, Rows::Browser).expect("the snapshot is cut");
    (model, parts)
}

/// Everything that cards of all products show, in a language.
fn shown(model: &Model<Vec<u8>>, lang: &str) -> Vec<String> {
    let locale = model.plan().locale(lang);
    let leaning = Leaning::default();
    let mut all = Vec::new();
    for item in (0..model.len() as u32).map(ItemIndex::new) {
        for (_, field) in Field::ALL {
            let mut text = String::new();
            field.write(model, item, &leaning, locale, &mut text);
            all.push(text);
        }
    }
    all
}

#[test]
fn a_page_with_all_shards_shows_what_the_whole_snapshot_shows() {
    let (whole, parts) = shop();
    assert_eq!(parts.shape.sets, 3, "de, de-AT and ar have columns, de-CH has none");
    let mut page = Model::open_root(parts.root.bytes.clone(), SnapshotId::default()).expect("the root opens");
    for shard in &parts.shards {
        assert!(page.extend(&shard.bytes));
    }
    for lang in LANGUAGES {
        assert_eq!(shown(&page, lang), shown(&whole, lang), "{lang}");
    }
    assert_ne!(shown(&whole, "de-DE"), shown(&whole, "de-AT"), "they differ in a link");
}

#[test]
fn a_link_pattern_names_the_product() {
    let (model, _) = shop();
    let mut plan = model.plan().clone();
    let patterns = ["/p/{id}", "{category}-{n}.svg", "/{x}{{id}}{", "plain"];
    for (tag, pattern) in ["xa", "xb", "xc", "xd"].into_iter().zip(patterns) {
        plan.locales.push(Locale { tag: tag.into(), url_pattern: pattern.into(), ..Locale::default() });
    }
    let model = model.replan(plan).expect("the plan is sound");
    let key = ItemKey::from_id("5");
    let item = model.item(key).expect("the product is known");
    let written = |tag: &str| {
        let mut link = String::new();
        model.write_url(item, model.plan().locale(tag), &mut link);
        link
    };
    let category = model.category_path(model.item_category(item));
    let expected = ["/p/5", &format!("{category}-5.svg"), "/{x}{5}{", "plain"];
    assert_eq!(["xa", "xb", "xc", "xd"].map(written), expected);
}

#[test]
fn nothing_is_shown_in_a_language_that_has_not_come() {
    let (_, parts) = shop();
    let mut page = Model::open_root(parts.root.bytes.clone(), SnapshotId::default()).expect("the root opens");
    let begun = |ago: u64| Session::begin(Context::default(), NOW_MS - ago * 1000);
    let treated = |session: &Session| !Decider::new(&page, session, NOW_MS).is_held_out();
    let session = (0..100).map(begun).find(treated).expect("a visit that is not held out");
    let decided = |page: &Model<Vec<u8>>| {
        let place = Place { anchor: Some(ItemKey::from_id("5")), ..Place::default() };
        let decision = Decider::new(page, &session, NOW_MS).decide("fill.similar", &place);
        decision.map_or(0, |decision| decision.items.len())
    };
    page.speak(&[0]);
    assert!(decided(&page) > 0, "the root has cards in the default language");
    let german = page.plan().locale("de");
    page.speak(&[german, 0]);
    assert_eq!(decided(&page), 0);
    let mut rounds = 0;
    while decided(&page) == 0 {
        let wanted = page.wanted(&session, &[], &mut Scratch::default());
        let first = parts.shards.iter().find(|shard| wanted.first() == Some(&shard.name)).expect("a shard is wanted");
        assert_eq!(name_of(&first.bytes), first.name);
        assert!(page.extend(&first.bytes));
        rounds += 1;
        assert!(rounds < 3, "the first shard of a language has what pages begin with");
    }
    assert_eq!(rounds, 1);
}

#[test]
fn packs_in_other_languages_are_refused_whole_or_taken_whole() {
    let (whole, parts) = shop();
    let items: Vec<ItemIndex> = (0..whole.len() as u32).map(ItemIndex::new).collect();
    let pack = slotwise::shard::pack::localised(&whole, 1, &items);
    let open = || Model::open_root(parts.root.bytes.clone(), SnapshotId::default()).expect("the root opens");
    let before = shown(&open(), "de");
    for cut in 0..pack.len() {
        assert!(!open().extend(&pack[..cut]), "cut at {cut}");
    }
    for bit in 0..pack.len() * 8 {
        let mut bad = pack.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let mut page = open();
        // A page takes only what has the hash that a signed root names. Anything else may show wrong texts, but nothing worse.
        if !page.extend(&bad) {
            assert_eq!(shown(&page, "de"), before, "bit {bit}");
        }
    }
}
