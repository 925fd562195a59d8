//! What strangers can do to a training: nothing that stops it, and little that moves it.
//!
//! Anybody can post events, and the origin keeps them. Each test forges rows, adds them to an honest log and trains.
//! The honest log is the bundled demo log as an origin would have written it: rows linked by digests only, so that
//! nothing tells honest rows from forged ones but what they say.

mod folder;
mod honest;

use folder::{Folder, run};
use honest::{BEGIN_MS, Origin, Step, context, honest, product};
use slotwise::context::Context;
use slotwise::event::{EventKind, ItemKey, Refusal};
use slotwise::experiment::Chance;
use slotwise::log::{Log, LogFiles, LogSummary, Skip};
use slotwise::model::{Model, Scratch, Step as HistoryStep};
use slotwise::snapshot::{ItemIndex, SnapshotId};
use slotwise::train::count::Counts;
use slotwise::train::kernel::Kernels;
use slotwise::train::search::Search;
use slotwise::train::{Options, lists, train};
use std::collections::HashSet;
use std::path::PathBuf;

/// The reader's clock: the day after the demo log.
const NOW_MS: u64 = BEGIN_MS + 86_400_000;

fn read(folder: &Folder, lines: &[u8]) -> (Log, LogSummary) {
    let path = PathBuf::from(folder.path("events.jsonl"));
    std::fs::write(&path, lines).unwrap();
    LogFiles { events: vec![path], now_ms: Some(NOW_MS), ..LogFiles::default() }.read().unwrap()
}

fn options() -> Options {
    Options { search: Search { rounds: 0, state: None }, ..Options::default() }
}

type Trained = Model<Vec<u8>>;

/// Trains from lines, with what was said of them.
fn trained(folder: &Folder, lines: &[u8]) -> (Trained, LogSummary) {
    let (log, summary) = read(folder, lines);
    let snapshot = train(&log, &[], &options()).unwrap();
    (Model::open(snapshot.bytes, SnapshotId::default()).unwrap(), summary)
}

fn step(name: &'static str, id: &str, at_secs: u64) -> Step {
    Step { name, item: product(id, "Free money"), time_ms: BEGIN_MS + at_secs * 1000 }
}

/// The first products of the bestsellers, by id.
fn top(model: &Trained, places: usize) -> Vec<String> {
    model.lists().bestsellers.iter().take(places).map(|item| model.item_id(*item)).collect()
}

/// What a snapshot says of a product: title, price, category.
fn said(model: &Trained, id: &str) -> Option<(String, u32, String)> {
    let item = model.item(ItemKey::from_id(id))?;
    let category = model.category_path(model.item_category(item)).to_owned();
    Some((model.title(item), model.price_cents(item), category))
}

#[test]
fn a_row_that_cannot_be_believed_is_skipped_and_the_snapshot_is_the_same() {
    let folder = Folder::new("intake-rows");
    let clean = honest().lines;
    let (before, _) = trained(&folder, clean.as_bytes());
    let tomorrow = NOW_MS + 2 * 86_400_000;
    let hostile = [
        "{\"name\":\"view_item\",\"time_ms\":1e300,\"params\":{\"items\":[{\"item_id\":\"1004856\"}]}}\n".to_owned(),
        format!(
            "{{\"name\":\"view_item\",\"time_ms\":{tomorrow},\"params\":{{\"items\":[{{\"item_id\":\"1004856\"}}]}}}}\n"
        ),
        format!(
            "{{\"name\":\"view_item\",\"time_ms\":{BEGIN_MS},\"params\":{{\"currency\":\"XXX\",\"items\":[{{\"item_id\":\"1\"}}]}}}}\n"
        ),
        format!(
            "{{\"name\":\"view_item\",\"time_ms\":{BEGIN_MS},\"params\":{{\"items\":[{{\"item_id\":\"1\",\"price\":-1}}]}}}}\n"
        ),
        format!("{{\"name\":\"view_item\",\"time_ms\":{BEGIN_MS},\"chain\":[null,\"no digest\"]}}\n"),
        "{\"name\":\n".to_owned(),
        format!("{{\"name\":\"{}\"}}\n", "x".repeat(3 << 20)),
    ];
    // The foreign currency comes first, too: the currency of a log is that of most of its rows.
    let mut lines = hostile[2].clone().into_bytes();
    lines.extend(clean.as_bytes());
    lines.extend(hostile.concat().bytes());
    lines.extend(b"{\"name\":\"view_item\xff\"}\n");
    // Events of 1970 would make all others look new.
    lines.extend(b"{\"name\":\"view_item\",\"time_ms\":5,\"params\":{\"items\":[{\"item_id\":\"1004856\"}]}}\n");
    let (after, summary) = trained(&folder, &lines);
    assert_eq!(after.bytes(), before.bytes());
    let counts = [
        (Skip::Time, 2),
        (Skip::Future, 1),
        (Skip::Refused(Refusal::Currency), 2),
        (Skip::Refused(Refusal::Price), 1),
        (Skip::Refused(Refusal::Chain), 1),
        (Skip::Refused(Refusal::Shape), 1),
        (Skip::Length, 1),
        (Skip::Encoding, 1),
    ];
    for (reason, count) in counts {
        assert_eq!(summary.skipped.count(reason), count, "{}: {:?}", reason.word(), summary.notes);
    }
    assert_eq!(summary.skipped.total(), counts.iter().map(|(_, count)| count).sum::<u64>());
}

#[test]
fn the_program_says_what_it_skipped_with_the_first_row_of_each_reason() {
    let folder = Folder::new("intake-told");
    assert!(run(&["keygen", "--out", &folder.path("key")]).status.success());
    let mut lines = honest().lines;
    let rows = lines.lines().count();
    lines += "{\"name\":\"view_item\",\"time_ms\":1e300}\n";
    let file = folder.file("events.jsonl", &lines);
    let (key, out) = (folder.path("key.secret"), folder.path("out"));
    let output = run(&["train", "--events", &file, "--key", &key, "--out", &out, "--rounds", "0"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let told =
        format!("1 rows skipped, reason time; the first: {file}: line {}: field time_ms is \"1e+300\"", rows + 1);
    assert!(said.contains(&told), "no {told:?} in {said}");
}

#[test]
fn a_file_that_is_no_log_is_refused_as_a_whole() {
    let folder = Folder::new("intake-file");
    let refused = |name: &str, bytes: &[u8]| {
        let path = PathBuf::from(folder.path(name));
        std::fs::write(&path, bytes).unwrap();
        LogFiles { events: vec![path], ..LogFiles::default() }.read().unwrap_err().to_string()
    };
    let broken = refused("a.jsonl", "{\"a\":1}\n{\"b\":\n".repeat(900).as_bytes());
    assert!(broken.contains("1000 of its first 1000 rows are no events, the first: line 1: field time_ms"), "{broken}");
    let wide: Vec<u8> = "time,event,item,session\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(refused("b.csv", &[&[0xff, 0xfe][..], &wide].concat()).contains("UTF-8"));
    assert!(refused("c.csv", b"a,b\n1,2\n").contains("no column for time"));
    // Half of the rows may be broken.
    let half = format!(
        "{{\"a\":\n{}",
        "{\"name\":\"view_item\",\"time_ms\":1,\"session\":\"s\",\"params\":{\"items\":[{\"item_id\":\"1\"}]}}\n"
    );
    let path = PathBuf::from(folder.file("d.jsonl", &half));
    assert!(LogFiles { events: vec![path], ..LogFiles::default() }.read().is_ok());
}

#[test]
fn one_visit_renames_nothing_and_a_few_posts_of_one_source_are_no_bestseller() {
    let folder = Folder::new("intake-products");
    let mut origin = honest();
    let (before, honest) = trained(&folder, origin.lines.as_bytes());
    let popular = top(&before, 20);
    // One view with a new title and price; it comes last.
    let late = 3 * 3600;
    for (at, id) in popular.iter().enumerate() {
        let mut renamed = step("view_item", id, late);
        renamed.item.item_category.0 = "forged.goods".into();
        origin.add(context(&mut Chance::new(at as u64)), &[renamed]);
    }
    // Eight posts for a product that is not there, bare ones and ones that look first.
    for at in 0..8 {
        origin.add(Context::default(), &[step("purchase", "bare", late - at)]);
        let visit = [step("view_item", "invented", late - at), step("purchase", "invented", late - at)];
        origin.add(Context::default(), &visit);
        if at < 2 {
            origin.add(Context::default(), &[step("view_item", "rare", late - at)]);
        }
    }
    // One visit that buys the same rare product 290 times, minute by minute, and one that only buys.
    let rare = before.item_id(before.lists().bestsellers[150]);
    let mut visit = vec![step("view_item", &rare, 0)];
    visit.extend((0..290).map(|at| step("purchase", &rare, at * 30)));
    origin.add(Context::default(), &visit);
    origin.add(Context::default(), &visit[1..]);
    let (after, summary) = trained(&folder, origin.lines.as_bytes());
    for id in &popular {
        let (title, price_cents, category) = said(&after, id).unwrap();
        assert_eq!((title, price_cents, category), said(&before, id).unwrap());
    }
    let kept = top(&after, 20).iter().filter(|id| popular.contains(id)).count();
    assert_eq!(kept, 20, "the bestsellers are others");
    assert!(said(&after, "bare").is_none() && said(&after, "rare").is_none());
    let place = |id: &str| top(&after, 200).iter().position(|other| other == id);
    assert!(place("invented").is_none_or(|place| place > 20), "{:?}", place("invented"));
    assert!(place(&rare).is_none_or(|place| place > 20), "{:?}", place(&rare));
    assert_eq!(summary.lone_purchases, honest.lone_purchases + 8 + 290, "{:?}", summary.notes);
    assert!(summary.unsupported_items > honest.unsupported_items);
}

#[test]
fn with_a_catalogue_strangers_describe_nothing_and_new_products_need_visits() {
    let folder = Folder::new("intake-catalogue");
    let catalogue =
        folder.file("catalogue.csv", "product_id,title,price,category\n1,Lamp,5.00,lamps\n2,Chair,9.00,chairs\n");
    let mut origin = Origin::default();
    let mut chance = Chance::new(3);
    for at in 0..300 {
        let ids = ["1", "2", if at < 2 { "rare" } else { "new" }];
        let steps: Vec<Step> = ids.iter().map(|id| step("view_item", id, at * 30)).collect();
        origin.add(context(&mut chance), &steps);
    }
    let events = vec![PathBuf::from(folder.file("events.jsonl", &origin.lines))];
    let files = LogFiles { events, catalogue: Some(catalogue.into()), now_ms: Some(NOW_MS), ..LogFiles::default() };
    let (log, summary) = files.read().unwrap();
    let told: Vec<(&str, &str, u32, &str)> =
        log.items.iter().map(|item| (item.id.as_str(), item.title.as_str(), item.price_cents, &*item.brand)).collect();
    assert_eq!(told, [("1", "Lamp", 500, ""), ("2", "Chair", 900, ""), ("new", "", 0, "")]);
    assert_eq!(log.categories, ["", "chairs", "lamps"]);
    assert_eq!(summary.unsupported_items, 1);
}

/// A valid line with one thing changed in a way that a stranger might try.
fn mutated(line: &str, chance: &mut Chance) -> Vec<u8> {
    const VALUES: [&str; 20] = [
        "null",
        "true",
        "-1",
        "0",
        "1e300",
        "-1e300",
        "1e-300",
        "18446744073709551616",
        "\"\"",
        "\"\\u0000\"",
        "\"1e300\"",
        "\"NaN\"",
        "[]",
        "[[[[]]]]",
        "{}",
        "{\"a\":{\"b\":[]}}",
        "\"<script>\"",
        "\"\\ud83d\\ude00\"",
        "\"EUR\"",
        "\"forged.goods\"",
    ];
    let mut bytes = line.as_bytes().to_vec();
    let below = |chance: &mut Chance, bound: usize| chance.below(bound.max(1) as u64) as usize;
    // Mostly a new event by its id, so that it is not just dropped as a repeated one.
    if chance.below(10) > 0 {
        let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["event_id"] = format!("m{:x}", chance.bits()).into();
        bytes = event.to_string().into_bytes();
    }
    let colons: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b':').collect();
    match chance.below(6) {
        // Another value in some place.
        0..3 => {
            let at = colons[below(chance, colons.len())] + 1;
            let rest = serde_json::Deserializer::from_slice(&bytes[at..]);
            let mut values = rest.into_iter::<serde_json::Value>();
            let length = values.next().map_or(0, |_| values.byte_offset());
            let long = format!("\"{}\"", "x".repeat(below(chance, 5000)));
            let value = VALUES.get(below(chance, VALUES.len() + 1)).copied().unwrap_or(&long);
            bytes.splice(at..at + length, value.bytes());
        }
        3 => bytes.truncate(below(chance, bytes.len())),
        4 => {
            let at = below(chance, bytes.len());
            bytes[at] = chance.bits() as u8;
        }
        _ => {
            let (from, to) = (below(chance, bytes.len()), below(chance, bytes.len()));
            bytes.drain(from.min(to)..from.max(to));
        }
    }
    bytes.push(b'\n');
    bytes
}

/// Of the first five recommendations after a look at each product, by one snapshot, how many another gives too, and
/// all.
fn same_rows(before: &Trained, after: &Trained) -> (usize, usize) {
    let mut scratch = Scratch::default();
    let mut first = |model: &Trained, item: ItemIndex| -> HashSet<String> {
        let history = [HistoryStep { item, kind: EventKind::ViewItem, repeated: false }].into_iter().collect();
        model.next_items(&history, 5, false, &mut scratch).iter().map(|best| model.item_id(best.item)).collect()
    };
    let (mut kept, mut all) = (0, 0);
    for item in (0..before.len() as u32).map(ItemIndex::new) {
        let Some(other) = after.item(before.item_key(item)) else { continue };
        let (old, new) = (first(before, item), first(after, other));
        all += old.len();
        kept += old.intersection(&new).count();
    }
    (kept, all)
}

#[test]
fn ten_thousand_hostile_events_stop_nothing_and_move_little() {
    let folder = Folder::new("intake-mutations");
    let clean = honest().lines;
    let (before, _) = trained(&folder, clean.as_bytes());
    let valid: Vec<&str> = clean.lines().collect();
    let mut chance = Chance::new(13);
    let mut lines = clean.clone().into_bytes();
    for _ in 0..10_000 {
        let line = valid[chance.below(valid.len() as u64) as usize];
        lines.extend(mutated(line, &mut chance));
    }
    let (after, summary) = trained(&folder, &lines);
    for note in &summary.notes {
        println!("{note}");
    }
    assert!(summary.skipped.total() > 3000, "the mutations are too tame: {}", summary.skipped.total());
    let same = |item: &ItemIndex| said(&before, &before.item_id(*item)) == said(&after, &before.item_id(*item));
    let described = (0..before.len() as u32).map(ItemIndex::new).filter(same).count();
    let items = (0..after.len() as u32).map(ItemIndex::new);
    let new = items.filter(|item| before.item(after.item_key(*item)).is_none()).count();
    let (kept, all) = same_rows(&before, &after);
    let popular = top(&before, 20);
    // The last of them are nearly as good as the next.
    let still = top(&after, 22).iter().filter(|id| popular.contains(id)).count();
    let products = before.len();
    println!("{described} of {products} products are described as before, {new} are new");
    println!("{still} of 20 bestsellers and {kept} of {all} neighbours are as before");
    // The caps. A third more rows than the honest ones were mutated; most are visits of one step to honest products.
    assert_eq!((after.meta().currency.as_str(), before.meta().currency.as_str()), ("USD", "USD"));
    assert!(!after.names().categories.iter().any(|path| path == "forged.goods"), "a category was made up");
    assert!(described * 100 >= products * 97, "a visit described products");
    assert!(new * 100 <= products * 10, "visits made up products");
    assert!(still >= 19, "the bestsellers are others");
    assert!(kept * 100 >= all * 88, "the neighbours are others");
}

/// The honest log with forged visits as a share of its rows, from so many sources.
fn flooded(share: f64, sources: u64) -> String {
    let mut origin = honest();
    let seconds = 3 * 3600;
    let honest = origin.rows as f64;
    let rows = origin.rows + (honest * share / (1.0 - share)) as usize;
    let mut chance = Chance::new(sources);
    let contexts: Vec<Context> = (0..sources).map(|_| context(&mut chance)).collect();
    let popular = popular();
    while origin.rows < rows {
        let pushed = format!("forged{}", chance.below(20));
        let at = chance.below(seconds);
        let beside = &popular[chance.below(popular.len() as u64) as usize];
        let mut look = step("view_item", beside, at);
        look.item.item_name.0 = String::new();
        let deeds = ["view_item", "add_to_cart", "purchase"].map(|name| step(name, &pushed, at + 20));
        let context = contexts[chance.below(sources) as usize];
        origin.add(context, &[look].into_iter().chain(deeds).collect::<Vec<_>>());
    }
    origin.lines
}

/// The hundred products that honest visits name most.
fn popular() -> Vec<String> {
    let mut counts = std::collections::BTreeMap::new();
    for step in honest::demo().into_iter().flatten() {
        *counts.entry(step.item.item_id.0).or_insert(0) += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.into_iter().take(100).map(|(id, _)| id).collect()
}

/// The first twenty bestsellers, and the first five neighbours of every product, by id.
fn shown(log: &Log) -> (Vec<String>, std::collections::BTreeMap<String, HashSet<String>>) {
    let id = |item: &u32| log.items[*item as usize].id.clone();
    // The log's own numbers, so that ids can be looked up.
    let indices: Vec<ItemIndex> = (0..log.items.len() as u32).map(ItemIndex::new).collect();
    let bestsellers = lists::rank(log, &indices, 1).bestsellers.iter().take(20).map(|item| id(&item.get())).collect();
    let rows = Counts::new(log, 0..log.ends.len()).rows(&Kernels::default(), 32, 1, 0.0);
    let row = |(own, row): (usize, &[(u32, f32)])| {
        (log.items[own].id.clone(), row.iter().take(5).map(|(to, _)| id(to)).collect())
    };
    (bestsellers, rows.iter().enumerate().map(row).collect())
}

/// Of twenty bestsellers and of 1,000 rows of products that at least three visits named, those that are others.
#[test]
fn a_flood_of_forged_visits_moves_little() {
    let folder = Folder::new("intake-flood");
    let (log, _) = read(&folder, honest().lines.as_bytes());
    let (top, rows) = shown(&log);
    let mut looks = std::collections::BTreeMap::new();
    for item in log.events.iter().filter_map(|event| event.item) {
        *looks.entry(item.index()).or_insert(0) += 1;
    }
    let known: Vec<&String> = log
        .items
        .iter()
        .enumerate()
        .filter(|(at, _)| looks.get(at).is_some_and(|looks| *looks >= 3))
        .map(|(_, item)| &item.id)
        .collect();
    let mut chance = Chance::new(20);
    let sampled: Vec<&String> = (0..1000).map(|_| known[chance.below(known.len() as u64) as usize]).collect();
    let changed = |log: &Log| {
        let (new_top, new_rows) = shown(log);
        let in_top = top.iter().filter(|id| !new_top.contains(id)).count();
        let others = sampled.iter().filter(|id| rows.get(**id) != new_rows.get(**id)).count();
        let holds_forged =
            |id: &&&String| new_rows.get(**id).is_some_and(|row| row.iter().any(|id| id.starts_with("forged")));
        (in_top, others, sampled.iter().filter(holds_forged).count())
    };
    println!("flood: share sources top_20 rows rows_with_forged, the same without weights, damped visits");
    let mut forged = (0, 0);
    for sources in [1, 10] {
        for (percent, share) in [(1, 0.01), (10, 0.1), (50, 0.5)] {
            let (mut log, summary) = read(&folder, flooded(share, sources).as_bytes());
            let weighted = changed(&log);
            // The same without weights: what they are for.
            log.weights = Vec::new();
            let plain = changed(&log);
            println!(
                "flood: {percent} {sources} {} {} {} {} {} {} {}",
                weighted.0, weighted.1, weighted.2, plain.0, plain.1, plain.2, summary.flood_visits
            );
            // Newer visits count more, and half of all is forged in the end.
            let most = if percent == 50 { 2 } else { 1 };
            assert!(weighted.0 <= most, "{percent} % by {sources}: {} of 20 bestsellers are others", weighted.0);
            // A few rows lie at the edge of what is kept, and go either way.
            assert!(weighted.2 <= plain.2 + 2, "{percent} % by {sources}: weights let forged products into rows");
            forged = (forged.0 + weighted.2, forged.1 + plain.2);
        }
    }
    assert!(forged.0 < forged.1, "weights let forged products into {} rows, without them {}", forged.0, forged.1);
}
