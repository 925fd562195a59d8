//! A page has a part of a snapshot: what it has decides as the whole does, and what it lacks is never shown.
#![cfg(not(target_arch = "wasm32"))]

use serde::Deserialize;
use slotwise::decide::{Decider, DecisionReport};
use slotwise::event::{Event, EventKind, ItemKey, RawEvent};
use slotwise::model::{Model, Scratch};
use slotwise::session::Session;
use slotwise::shard::{Rows, Shard, make, pack};
use slotwise::snapshot::layout::{Sections, Tag, Writer};
use slotwise::snapshot::{ItemIndex, SnapshotId};
use std::collections::HashMap;

const GOLDEN: &[u8] = include_bytes!("golden/v1.slotwise");
const SESSIONS: &str = include_str!("golden/sessions.json");
const NOW_MS: u64 = 1_800_000_000_000;

type Page = Model<Vec<u8>>;

#[derive(Deserialize)]
struct Visit {
    events: Vec<RawEvent>,
}

fn sessions() -> Vec<Session> {
    let visits: Vec<Visit> = serde_json::from_str(SESSIONS).expect("the sessions are JSON");
    let session = |mut visit: Visit| {
        let mut session = Session::default();
        visit.events.iter_mut().for_each(|event| {
            session.observe_raw(event, NOW_MS);
        });
        session
    };
    visits.into_iter().map(session).collect()
}

fn whole() -> Page {
    Model::open(GOLDEN.to_vec(), SnapshotId::default()).expect("the golden snapshot opens")
}

/// The golden snapshot's root without the cards and rows that it brings, so that everything has to come later; and its shards.
fn bare() -> (Vec<u8>, Vec<Shard>) {
    let parts = make(&whole(), Rows::Browser).expect("a sound snapshot");
    let root = &parts.root.bytes;
    let sections = Sections::open(root).expect("a sound root");
    let kept = sections.iter().filter(|(tag, _)| *tag != Tag::PACK);
    let copy = |frame: Writer, (tag, range): (Tag, std::ops::Range<usize>)| frame.section(tag, root[range].to_vec());
    (kept.fold(Writer::default(), copy).finish(), parts.shards)
}

fn open(root: &[u8]) -> Page {
    Model::open_root(root.to_vec(), SnapshotId::default()).expect("a sound root")
}

fn decided(model: &Page, session: &Session) -> Vec<DecisionReport> {
    Decider::new(model, session, NOW_MS).explain_all(0)
}

/// Fetches what a visit wants until it wants nothing more; returns the number of shards.
fn fetch(page: &mut Page, session: &Session, shards: &[Shard]) -> usize {
    let by_name: HashMap<_, _> = shards.iter().map(|shard| (shard.name, &shard.bytes)).collect();
    let mut fetched = Vec::new();
    loop {
        let wanted = page.wanted(session, &[], &mut Scratch::default());
        if wanted.is_empty() {
            return fetched.len();
        }
        assert!(wanted.len() <= 8);
        for name in wanted {
            assert!(!fetched.contains(&name), "what is here is not wanted again");
            assert!(page.extend(by_name[&name]));
            fetched.push(name);
        }
    }
}

#[test]
fn with_all_shards_a_page_decides_as_the_whole_snapshot_does_in_whatever_order_they_came() {
    let (root, shards) = bare();
    assert!(shards.len() > 3, "the golden snapshot has several shards");
    let whole = whole();
    let sessions = sessions();
    for turn in [0, 1, shards.len() / 2] {
        let mut page = open(&root);
        let mut order: Vec<&Shard> = shards.iter().collect();
        order.rotate_left(turn);
        if turn == 1 {
            order.reverse();
        }
        for shard in &order {
            assert!(page.extend(&shard.bytes));
        }
        assert_eq!(page.len(), whole.len());
        for item in (0..whole.len() as u32).map(ItemIndex::new) {
            assert_eq!((page.product(item), page.has_card(item)), (whole.product(item), true));
            assert_eq!(page.item(whole.item_key(item)), Some(item));
            for table in [0, 1] {
                let row = |model: &Page| (model.row(table, item).0, model.row(table, item).1.collect::<Vec<_>>());
                assert_eq!(row(&page), row(&whole));
            }
        }
        for session in &sessions {
            assert_eq!(decided(&page, session), decided(&whole, session));
        }
    }
}

#[test]
fn the_published_root_alone_decides_as_the_whole_snapshot_does_where_it_holds_all() {
    let parts = make(&whole(), Rows::Browser).expect("a sound snapshot");
    let page = open(&parts.root.bytes);
    let (whole, sessions) = (whole(), sessions());
    assert_eq!((parts.cards, parts.rows), (whole.len(), whole.len()), "the golden shop is small");
    for session in &sessions {
        let mut decided_here = decided(&page, session);
        // A product that the root does not know could be in a directory, so a decision about it may say that it is partial.
        for decision in &mut decided_here {
            decision.partial = false;
        }
        assert_eq!(decided_here, decided(&whole, session));
    }
}

#[test]
fn a_root_that_holds_everything_needs_no_shards() {
    let whole = whole();
    let page = open(&pack::whole(&whole));
    for session in sessions() {
        assert_eq!(decided(&page, &session), decided(&whole, &session));
        assert!(page.wanted(&session, &[ItemKey::from_id("nowhere")], &mut Scratch::default()).is_empty());
    }
}

#[test]
fn what_has_no_card_is_never_shown_and_the_decision_says_that_more_is_to_come() {
    let (root, shards) = bare();
    let (mut partial, mut fetched) = (0, 0);
    for session in sessions() {
        let mut page = open(&root);
        let wants = |page: &Page| !page.wanted(&session, &[], &mut Scratch::default()).is_empty();
        for decision in decided(&page, &session) {
            // Categories may be known without cards: some events name their own.
            assert!(decision.items.is_empty(), "{decision:?}");
            partial += usize::from(decision.partial);
            assert!(!decision.partial || wants(&page));
        }
        fetched += fetch(&mut page, &session, &shards);
        for decision in decided(&page, &session) {
            assert!(!decision.partial);
            assert!(decision.items.iter().all(|pick| page.has_card(pick.item)));
        }
        let visited = session.interactions().filter_map(|interaction| interaction.item);
        let whole = whole();
        for item in visited.filter_map(|key| whole.item(key)) {
            assert_eq!(page.item_id(item), whole.item_id(item), "what a visit has seen is here");
        }
    }
    assert!(partial > 100 && fetched > 100, "{partial} {fetched}");
}

#[test]
fn live_prices_hold_for_products_whose_cards_come_later() {
    use slotwise::snapshot::overlay::{Entry, Overlay, Stock};
    let (whole, mut page, item) = (whole(), open(&bare().0), ItemIndex::new(3));
    let key = whole.item_key(item);
    let entries = vec![Entry { key, price: Some(77), usual: None, stock: Stock::Out, hidden: false }];
    page.lay(Some(Overlay { entries, ..Overlay::default() }));
    assert!(!page.is_off(item));
    assert!(page.extend(&pack::cards(&whole, &[item])));
    assert_eq!((page.is_off(item), page.price_cents(item)), (true, 77));
}

#[test]
fn a_pack_for_a_page_brings_what_was_asked_for_and_nothing_else() {
    let whole = whole();
    let mut page = open(&bare().0);
    let items = [1, 4, 7].map(ItemIndex::new);
    assert!(page.extend(&pack::both(&whole, &items, &items[..1])));
    let held: Vec<_> = (0..whole.len() as u32).map(ItemIndex::new).filter(|item| page.has_card(*item)).collect();
    assert_eq!(held, items);
    assert_eq!(page.row(0, items[0]).1.collect::<Vec<_>>(), whole.row(0, items[0]).1.collect::<Vec<_>>());
    assert_eq!(page.row(0, items[1]).1.count(), 0);
}

/// Everything a page can be asked, with whatever it has.
fn exercise(page: &Page, session: &Session) -> Vec<DecisionReport> {
    page.wanted(session, &[ItemKey::from_id("1001")], &mut Scratch::default());
    (0..page.len() as u32).for_each(|item| drop(page.product(ItemIndex::new(item))));
    decided(page, session)
}

#[test]
fn a_damaged_shard_is_refused_or_harmless() {
    let (root, shards) = bare();
    let mut session = Session::default();
    for (at, id) in ["1001", "SKU-3", "1004", "1005"].iter().enumerate() {
        session.observe(&Event::of_item(EventKind::ViewItem, ItemKey::from_id(id), NOW_MS + at as u64));
    }
    let whole = whole();
    let items = [1, 4, 7].map(ItemIndex::new);
    let both = pack::both(&whole, &items, &items);
    let frames: Vec<&[u8]> = shards.iter().map(|shard| &shard.bytes[..]).chain([&both[..]]).collect();
    let mut page = open(&root);
    let before = exercise(&page, &session);
    let (mut refused, mut taken) = (0, 0);
    for frame in &frames {
        for cut in 0..frame.len() {
            assert!(!page.extend(&frame[..cut]), "cut at {cut}");
        }
        for bit in (0..frame.len() * 8).step_by(1 + frame.len() / 300) {
            let mut bad = frame.to_vec();
            bad[bit / 8] ^= 1 << (bit % 8);
            if page.extend(&bad) {
                taken += 1;
                exercise(&page, &session);
                page = open(&root);
            } else {
                refused += 1;
            }
        }
    }
    assert_eq!(exercise(&page, &session), before, "what was refused has changed nothing");
    assert!(refused > 500 && taken > 500, "{refused} refused, {taken} taken");
    for frame in &frames {
        assert!(page.extend(frame));
    }
}

#[test]
fn a_pack_that_claims_more_than_it_holds_or_another_catalogue_is_refused() {
    use slotwise::snapshot::bits::BitArray;
    use slotwise::snapshot::held::Held;
    let whole = whole();
    let page = || open(&bare().0);
    let held = |items: usize, count: u32| Held::encode(items, &(0..count).map(ItemIndex::new).collect::<Vec<_>>());
    let zeros = |count: u32| [count.to_le_bytes(), [0; 4]].concat();
    let frame = |items: usize, count: u32, arrays: u32| {
        Writer::default()
            .section(Tag::HELD, held(items, count))
            .section(Tag::KEYS, BitArray::encode(&(0..u64::from(count)).collect::<Vec<_>>()))
            .section(Tag::ITEMS, zeros(arrays).repeat(4))
            .section(Tag::TEXTS, [zeros(0), vec![0; 4]].concat().repeat(4))
            .finish()
    };
    assert!(page().extend(&frame(whole.len(), 3, 3)));
    assert!(!page().extend(&frame(whole.len() + 1, 3, 3)), "another catalogue");
    assert!(!page().extend(&frame(whole.len(), 3, 2)), "too few prices");
    assert!(!page().extend(&frame(whole.len(), 3, 4)), "too many prices");
    // Numbers of no width take no bytes, however many they claim to be.
    let endless = Writer::default().section(Tag::HELD, held(whole.len(), 20)).section(Tag::ROWS, zeros(20)).finish();
    assert!(!page().extend(&endless));
    assert!(!page().extend(GOLDEN) && !page().extend(&[]));
}
