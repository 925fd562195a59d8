//! A snapshot in parts: every part has what it says, and nothing is lost between them.

use slotwise::base64;
use slotwise::decide::Decider;
use slotwise::event::{Event, EventKind, ItemKey};
use slotwise::model::{History, Model, Scratch, Step};
use slotwise::page::{Charset, Fit, Fitter};
use slotwise::session::Session;
use slotwise::shard::{AIM, LARGEST, Parts, Rows, Shard, make, name_of, pack};
use slotwise::snapshot::bits::BitArray;
use slotwise::snapshot::column::TextColumn;
use slotwise::snapshot::directory::Directory;
use slotwise::snapshot::held::Held;
use slotwise::snapshot::layout::{Sections, Tag, Writer};
use slotwise::snapshot::rows::{self, Rows as Table, WeightedRow};
use slotwise::snapshot::tree::Tree;
use slotwise::snapshot::{ItemIndex, SnapshotId};
use std::collections::HashMap;
use std::rc::Rc;

const GOLDEN: &[u8] = include_bytes!("golden/v1.slotwise");

fn open(bytes: Vec<u8>) -> Model<Vec<u8>> {
    Model::open(bytes, SnapshotId::default()).expect("a sound snapshot")
}

/// The golden shop's small structures with a catalogue of this many items.
fn large(items: u32) -> Model<Vec<u8>> {
    let column = |value: &dyn Fn(u32) -> u64| BitArray::encode(&(0..items).map(value).collect::<Vec<_>>());
    let texts = |text: &dyn Fn(u32) -> String| TextColumn::encode(&(0..items).map(text).collect::<Vec<_>>());
    let row = |own: u32| -> WeightedRow {
        let near = (1..=own % 9).map(|step| (own + step * step * 7) % items);
        near.filter(|to| *to != own).map(|to| (ItemIndex::new(to), 1.0 / (1.0 + (to % 5) as f32))).collect()
    };
    let rows = rows::encode(&(0..items).map(row).collect::<Vec<_>>());
    let none = rows::encode(&[]);
    // After every third product and the one behind it, a product far away.
    let trail = |own: u32| {
        let near = |step: u32| ItemIndex::new((own + step) % items);
        let groups = if own.is_multiple_of(3) { vec![(near(1), vec![(near(40), 15)])] } else { Vec::new() };
        (rows::pack_scale(2.0), groups)
    };
    let trails = rows::encode_trails(&(0..items).map(trail).collect::<Vec<_>>(), &rows.code);
    let golden = Sections::open(GOLDEN).expect("a sound file");
    let mut frame = Writer::default();
    for (tag, range) in golden.iter() {
        let bytes = match tag {
            Tag::KEYS => column(&|at| 1_000_003 * u64::from(at) + 17),
            Tag::ITEMS => {
                [column(&|_| 0), column(&|_| 0), column(&|at| u64::from(at % 1000)), column(&|at| u64::from(at % 16))]
                    .concat()
            }
            Tag::TEXTS => [
                texts(&|_| String::new()),
                texts(&|at| format!("Product {at}, a good one")),
                texts(&|_| String::new()),
                texts(&|_| String::new()),
            ]
            .concat(),
            Tag::ROWS => rows.section.clone(),
            Tag::TOGETHER => none.section.clone(),
            Tag::CODE => [rows.code, none.code].concat(),
            _ => GOLDEN[range].to_vec(),
        };
        frame = frame.section(tag, bytes);
    }
    open(frame.section(Tag::TRAILS, trails).finish())
}

/// The parts of a frame with this tag.
fn sections(frame: &[u8], wanted: Tag) -> Vec<&[u8]> {
    let sections = Sections::open(frame).expect("a sound frame");
    sections.iter().filter(|(tag, _)| *tag == wanted).map(|(_, range)| &frame[range]).collect()
}

fn section(frame: &[u8], wanted: Tag) -> &[u8] {
    sections(frame, wanted).first().expect("a section")
}

/// The shards by name.
fn by_name(parts: &Parts) -> HashMap<[u8; 16], &Shard> {
    parts.shards.iter().map(|shard| (shard.name, shard)).collect()
}

/// A shard by its number, as a browser finds it.
fn fetch<'a>(parts: &'a Parts, shards: &HashMap<[u8; 16], &'a Shard>, number: u32) -> &'a [u8] {
    let root = Tree::open(section(&parts.root.bytes, Tag::TREE)).unwrap();
    let name = root.name(number).expect("a name");
    if root.shape.span == 1 {
        return &shards[name].bytes;
    }
    let branch = Tree::open(section(&shards[name].bytes, Tag::TREE)).unwrap();
    &shards[branch.name(number).expect("a name in the branch")].bytes
}

/// What a pack of rows says of an item: packed scale and bytes.
fn row_of(frame: &[u8], tag: Tag, item: ItemIndex) -> (u8, Vec<u8>) {
    let held = Held::open(section(frame, Tag::HELD)).unwrap();
    let Some(table) = sections(frame, tag).first().copied() else { return (0, Vec::new()) };
    let rows = Table::open(table).unwrap();
    assert_eq!(rows.len(), held.len(), "a row for every item");
    let (scale, bytes) = rows.raw(table, held.place(item).expect("the item is held"));
    (scale, bytes.to_vec())
}

/// What a pack of cards says of an item: key, price and level of conversion, and title.
fn card_of(frame: &[u8], item: ItemIndex) -> (u64, [u64; 2], String) {
    let place = Held::open(section(frame, Tag::HELD)).unwrap().place(item).expect("the item is held");
    let keys = BitArray::open(section(frame, Tag::KEYS)).unwrap().0;
    let mut arrays = section(frame, Tag::ITEMS);
    let mut numbers = [0; 4];
    for number in &mut numbers {
        let (array, rest) = BitArray::open(arrays).unwrap();
        (*number, arrays) = (array.get(place), rest);
    }
    let texts = section(frame, Tag::TEXTS);
    let (_, titles) = TextColumn::open(texts).unwrap();
    assert!(arrays.is_empty());
    (keys.get(place), [numbers[2], numbers[3]], TextColumn::text_at(titles, place).to_owned())
}

/// The same, as the snapshot says.
fn card_in(model: &Model<Vec<u8>>, item: ItemIndex) -> (u64, [u64; 2], String) {
    let all = model.bytes();
    let keys = BitArray::open(section(all, Tag::KEYS)).unwrap().0;
    let title = TextColumn::text_at(TextColumn::open(section(all, Tag::TEXTS)).unwrap().1, item.place());
    let mut arrays = section(all, Tag::ITEMS);
    let mut level = 0;
    while let Some((array, rest)) = BitArray::open(arrays) {
        (level, arrays) = (array.get(item.place()), rest);
    }
    (keys.get(item.place()), [u64::from(model.price_cents(item)), level], title.to_owned())
}

/// Looks up every `step`th item as a browser does that knows only its key.
fn every_item_is_found(model: &Model<Vec<u8>>, parts: &Parts, step: usize) {
    let shards = by_name(parts);
    let shape = Tree::open(section(&parts.root.bytes, Tag::TREE)).unwrap().shape;
    assert_eq!(shape, parts.shape);
    for item in (0..model.len() as u32).step_by(step).map(ItemIndex::new) {
        let expected = card_in(model, item);
        let key = ItemKey::from_bits(expected.0).unwrap();
        let number = shape.directory(key).unwrap();
        let directory = Directory::open(section(fetch(parts, &shards, number), Tag::DIRECTORY)).unwrap();
        assert_eq!(directory.number(), number);
        let near = directory.find(key).expect("a directory knows its keys");
        assert_eq!((shape.card(near), shape.row(near)), (shape.card(item), shape.row(item)));
        assert_eq!(card_of(fetch(parts, &shards, shape.card(item).unwrap()), item), expected);
        if let Some(number) = shape.row(item) {
            let (scale, bytes) = model.packed_row(0, item);
            assert_eq!(row_of(fetch(parts, &shards, number), Tag::ROWS, item), (scale, bytes.to_vec()));
            let (scale, bytes) = model.packed_row(2, item);
            assert_eq!(row_of(fetch(parts, &shards, number), Tag::TRAILS, item), (scale, bytes.to_vec()));
        }
    }
}

#[test]
fn what_two_products_say_is_the_same_in_parts() {
    let whole = large(3000);
    whole.verify().expect("sound trails");
    let page = Model::open_root(pack::whole(&whole), SnapshotId::default()).expect("a root");
    let mut scratch = Scratch::default();
    let mut next = |model: &Model<Vec<u8>>, items: &[u32]| {
        let step = |item: &u32| Step { item: ItemIndex::new(*item), kind: EventKind::ViewItem, repeated: false };
        model.next_items(&items.iter().map(step).collect::<History>(), 20, false, &mut scratch).to_vec()
    };
    for own in (0..1500).step_by(3) {
        // The newest product comes first; a trail looks three steps back.
        for (before, is_told) in [
            (&[own, own + 1][..], true),
            (&[own, own + 2, own + 4, own + 1], true),
            (&[own, own + 2, own + 4, own + 5, own + 1], false),
            (&[own, own + 2], false),
            (&[own + 1, own], false),
        ] {
            let found = next(&whole, before);
            assert_eq!(found, next(&page, before), "{before:?}");
            let score = found.iter().find(|one| one.item.get() == own + 40).map_or(0, |one| one.score);
            // A scale of two at the highest level.
            assert_eq!(score >= 225 << 15, is_told, "{before:?}");
        }
    }
}

#[test]
fn a_table_of_trails_that_is_cut_or_names_what_does_not_exist_is_refused() {
    let whole = large(300);
    let with = |trails: &[u8]| {
        let mut frame = Writer::default();
        for (tag, range) in whole.sections().iter() {
            let bytes = &whole.bytes()[range];
            frame = frame.section(tag, if tag == Tag::TRAILS { trails.to_vec() } else { bytes.to_vec() });
        }
        Model::open(frame.finish(), SnapshotId::default()).and_then(|model| model.verify())
    };
    let sound = section(whole.bytes(), Tag::TRAILS);
    assert!(with(sound).is_ok());
    assert!(with(&sound[..sound.len() - 1]).is_err());
    let code: &[u8; 180] = section(whole.bytes(), Tag::CODE).first_chunk().unwrap();
    let few = rows::encode_trails(&[(99, vec![(ItemIndex::new(1), vec![(ItemIndex::new(2), 3)])])], code);
    assert!(with(&few).is_err(), "there is one row for each product");
    let far = |own: u32| (99, vec![(ItemIndex::new(own + 1), vec![(ItemIndex::new(own + 300), 3)])]);
    assert!(with(&rows::encode_trails(&(0..300).map(far).collect::<Vec<_>>(), code)).is_err());
}

#[test]
fn a_visit_finds_every_product_by_its_key() {
    for (items, step, branches) in [(0, 1, false), (100, 1, false), (3000, 1, false), (120_000, 97, true)] {
        let model = if items == 0 { open(GOLDEN.to_vec()) } else { large(items) };
        let parts = make(&model, Rows::Browser).unwrap();
        every_item_is_found(&model, &parts, step);
        assert_eq!(parts.shape.span > 1, branches, "{items}");
        assert!(parts.shards.iter().chain([&parts.root]).all(|shard| name_of(&shard.bytes) == shard.name));
        assert!(parts.shards.iter().all(|shard| shard.bytes.len() <= LARGEST));
        assert!(parts.root_gzip <= AIM && parts.notes.is_empty(), "{} bytes, {:?}", parts.root_gzip, parts.notes);
    }
}

#[test]
fn the_same_snapshot_gives_the_same_parts() {
    let model = large(3000);
    let (one, other) = (make(&model, Rows::Browser).unwrap(), make(&model, Rows::Browser).unwrap());
    assert_eq!((one.root, one.shards), (other.root, other.shards));
}

#[test]
fn a_root_of_a_small_shop_has_all_of_it() {
    let model = open(GOLDEN.to_vec());
    let parts = make(&model, Rows::Browser).unwrap();
    assert_eq!((parts.cards, parts.rows), (model.len(), model.len()));
    let root = &parts.root.bytes;
    for tag in [Tag::META, Tag::PLAN, Tag::INTENT, Tag::NAMES, Tag::LISTS, Tag::PRIOR, Tag::CODE] {
        assert_eq!(section(root, tag), section(GOLDEN, tag), "{}", tag.name());
    }
    let packs = sections(root, Tag::PACK);
    for item in (0..model.len() as u32).map(ItemIndex::new) {
        assert_eq!(card_of(packs[0], item), card_in(&model, item));
        for tag in [Tag::ROWS, Tag::TOGETHER] {
            let table = section(GOLDEN, tag);
            let (scale, bytes) = Table::open(table).unwrap().raw(table, item.place());
            assert_eq!(row_of(packs[1], tag, item), (scale, bytes.to_vec()), "{}", tag.name());
        }
    }
}

#[test]
fn rows_that_stay_at_the_edge_are_in_no_part() {
    let model = large(3000);
    let parts = make(&model, Rows::Edge).unwrap();
    every_item_is_found(&model, &parts, 7);
    assert_eq!((parts.shape.rows, parts.rows), (0, 0));
    let packs = sections(&parts.root.bytes, Tag::PACK);
    for frame in parts.shards.iter().map(|shard| &shard.bytes[..]).chain(packs) {
        assert!(sections(frame, Tag::ROWS).is_empty() && sections(frame, Tag::TOGETHER).is_empty());
    }
}

#[test]
fn lists_of_a_root_name_only_items_it_has() {
    let model = large(120_000);
    let parts = make(&model, Rows::Browser).unwrap();
    let cards = sections(&parts.root.bytes, Tag::PACK)[0];
    let held = Held::open(section(cards, Tag::HELD)).unwrap();
    assert_eq!(held.len(), parts.cards);
    assert!(parts.cards > 500 && parts.rows > 100, "{} cards, {} rows", parts.cards, parts.rows);
    let known = |item: &ItemIndex| held.place(*item).is_some();
    assert!(model.lists().bestsellers.iter().take(16).all(known));
}

#[test]
fn a_pack_has_the_items_asked_for() {
    let model = large(3000);
    let items = |numbers: &[u32]| numbers.iter().copied().map(ItemIndex::new).collect::<Vec<_>>();
    let (carded, rowed) = (items(&[5, 6, 900, 2999]), items(&[6]));
    let frame = pack::both(&model, &carded, &rowed);
    let packs = sections(&frame, Tag::PACK);
    for item in &carded {
        assert_eq!(card_of(packs[0], *item), card_in(&model, *item));
    }
    let (scale, bytes) = model.packed_row(0, ItemIndex::new(6));
    assert_eq!(row_of(packs[1], Tag::ROWS, ItemIndex::new(6)), (scale, bytes.to_vec()));
    assert!(sections(&pack::both(&model, &[], &[]), Tag::PACK).is_empty());
}

const NOW_MS: u64 = 1_800_000_000_000;

/// A page fitted to a visit that has viewed these products.
fn fitted(model: &Rc<Model<Vec<u8>>>, viewed: &[&str], html: &str) -> String {
    let mut session = Session::default();
    for id in viewed {
        session.observe(&Event::of_item(EventKind::ViewItem, ItemKey::from_id(id), NOW_MS));
    }
    let mut fit = Fit::new(Decider::new(Rc::clone(model), session, NOW_MS)).with_block();
    let (mut fitter, mut out) = (Fitter::new(Charset::Utf8), Vec::new());
    fitter.feed(html.as_bytes(), &mut fit);
    out.extend_from_slice(fitter.ready());
    fitter.end(&mut fit);
    out.extend_from_slice(fitter.ready());
    String::from_utf8(out).unwrap()
}

#[test]
fn a_page_brings_along_what_its_products_need() {
    let model = Rc::new(open(GOLDEN.to_vec()));
    let html = "<body><ul data-slotwise=\"home.similar\" data-item=\"1029\"><template data-card><li></li></template></ul></body></html>";
    let page = fitted(&model, &["1029", "1047"], html);
    let (_, block) = page.split_once("<script type=\"text/plain\" data-slotwise-pack=\"").expect("a block");
    let (id, rest) = block.split_once("\">").unwrap();
    assert_eq!(id, model.id().short());
    let (text, end) = rest.split_once("</script>").unwrap();
    assert_eq!(end, "</body></html>");
    assert!(text.len() < 6000, "{} bytes", text.len());
    let frame = base64::decode(text).expect("base64url");
    let packs = sections(&frame, Tag::PACK);
    let of = |pack: &[u8]| {
        let held = Held::open(section(pack, Tag::HELD)).unwrap();
        (0..held.len()).map(|place| held.item(place)).collect::<Vec<_>>()
    };
    let (carded, rowed) = (of(packs[0]), of(packs[1]));
    for id in ["1029", "1047"] {
        let item = model.item(ItemKey::from_id(id)).unwrap();
        assert!(carded.contains(&item), "{id} of {carded:?}");
        assert!(rowed.contains(&item), "{id} of {rowed:?}");
        assert_eq!(card_of(packs[0], item), card_in(&model, item));
    }
    assert!(rowed.iter().all(|item| carded.contains(item)), "a row without its card would not be found");
    // What is shown is there too.
    let shown = page.matches("<li data-item=\"").count();
    assert!(shown > 0 && carded.len() > shown, "{shown} shown, {} cards", carded.len());
    // Without a slot of the plan nothing is added.
    let plain = "<body><p>No slot</p></body></html>";
    assert_eq!(fitted(&model, &["1029"], plain), plain);
}
