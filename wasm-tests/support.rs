//! Minimum support: no published row tells of a pair of products that too few visits have had, counted by brute force from
//! the log. And the budget of a snapshot. The real program trains on both logs.

mod folder;

use folder::{Folder, run};
use slotwise::experiment::Chance;
use slotwise::model::Model;
use slotwise::snapshot::{ItemIndex, SnapshotId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const GROUPS: u64 = 8;
/// Products of a group. Visits stay in theirs, but for stray ones.
const GROUP: u64 = 5;
const VISITS: u64 = 600;
/// From this number on, products that two visits look at, of no group.
const SELDOM: u64 = GROUPS * GROUP;

type Pair = (u32, u32);
type Support = BTreeMap<Pair, u32>;

fn pair(a: u32, b: u32) -> Pair {
    (a.min(b), a.max(b))
}

/// Counts each pair of a visit once.
fn count(support: &mut Support, visit: &[u32]) {
    let pairs: BTreeSet<Pair> = visit.iter().flat_map(|a| visit.iter().map(|b| pair(*a, *b))).collect();
    pairs.into_iter().filter(|(a, b)| a != b).for_each(|pair| *support.entry(pair).or_default() += 1);
}

/// A log, the support of the pairs that were looked at in one visit, and of those that were put into one cart.
struct Shop {
    csv: String,
    seen: Support,
    carts: Support,
}

fn shop() -> Shop {
    let mut chance = Chance::new(7);
    let mut shop = Shop {
        csv: "event_time,event_type,product_id,category_code,user_session\n".into(),
        seen: Support::new(),
        carts: Support::new(),
    };
    for number in 0..VISITS {
        let home = chance.below(GROUPS) * GROUP;
        let mut visit: Vec<u32> = (0..4).map(|_| (home + chance.below(GROUP)) as u32).collect();
        if number % 3 == 0 {
            visit.insert(chance.below(4) as usize, chance.below(GROUPS * GROUP) as u32);
        }
        if number % 10 == 0 {
            visit.push((SELDOM + number / 20) as u32);
        }
        let cart = &visit[..2];
        for (at, (item, kind)) in
            visit.iter().map(|item| (item, "view")).chain(cart.iter().map(|item| (item, "cart"))).enumerate()
        {
            let time = 1_700_000_000 + number * 600 + at as u64 * 30;
            let group = u64::from(*item) / GROUP;
            let group = if group < GROUPS { format!("group{group}") } else { String::new() };
            let _ = writeln!(shop.csv, "{time},{kind},{item},{group},s{number}");
        }
        count(&mut shop.seen, &visit);
        count(&mut shop.carts, cart);
    }
    shop
}

fn trained(shop: &Shop, least: u32) -> Model<Vec<u8>> {
    let folder = Folder::new(&format!("support-{least}"));
    let (events, key, out) = (folder.file("log.csv", &shop.csv), folder.path("key"), folder.path("out"));
    assert!(run(&["keygen", "--out", &key]).status.success());
    let (secret, least) = (format!("{key}.secret"), least.to_string());
    let words = ["train", "--rounds", "0", "--events", &events, "--key", &secret, "--out", &out];
    let output = run(&[&words[..], &["--minimum-support", &least]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Model::open(std::fs::read(folder.snapshot()).unwrap(), SnapshotId::default()).unwrap()
}

/// The pairs of a table of rows.
fn published(model: &Model<Vec<u8>>, table: usize) -> BTreeSet<Pair> {
    let id = |item: ItemIndex| model.product(item).id.parse::<u32>().unwrap();
    let row = |own: u32| {
        let own = ItemIndex::new(own);
        model.row(table, own).1.map(move |(to, _)| pair(id(own), id(to)))
    };
    (0..model.len() as u32).flat_map(row).collect()
}

/// Whether a pair has the support, or two such pairs lead from one product to the other.
fn is_supported(support: &Support, least: u32, (a, b): Pair) -> bool {
    let has = |a, b| support.get(&pair(a, b)).is_some_and(|count| *count >= least);
    has(a, b) || (0..(GROUPS * GROUP) as u32).any(|via| via != a && via != b && has(a, via) && has(via, b))
}

#[test]
fn no_published_pair_has_less_than_the_minimum_support() {
    let (shop, least) = (shop(), 3);
    let model = trained(&shop, least);
    let seen = published(&model, 0);
    assert!(seen.len() > 50, "{} pairs", seen.len());
    for found in seen {
        assert!(is_supported(&shop.seen, least, found), "{found:?} in fewer than {least} visits");
    }
    let bought = published(&model, 1);
    assert!(bought.len() > 20, "{} pairs", bought.len());
    for found in bought {
        assert!(shop.carts[&found] >= least, "{found:?} in fewer than {least} carts");
    }
    let groups = group_support(&shop.csv);
    for (own, near) in model.lists().adjacent.iter().enumerate() {
        for other in near {
            let names = [own, usize::from(*other)].map(|at| model.names().categories[at].as_str());
            assert!(groups(names) >= least, "{names:?} in fewer than {least} visits");
        }
    }
}

#[test]
fn without_a_minimum_rows_tell_of_few_visits() {
    let shop = shop();
    let all = published(&trained(&shop, 1), 0);
    let few = all.iter().filter(|found| !is_supported(&shop.seen, 3, **found)).count();
    assert!(few > 20, "the log has {few} pairs for the test above to miss");
}

/// Counts the visits to two categories.
fn group_support(csv: &str) -> impl Fn([&str; 2]) -> u32 {
    let mut visits: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        visits.entry(fields[4].into()).or_default().insert(fields[3].into());
    }
    move |names| visits.values().filter(|groups| names.iter().all(|name| groups.contains(*name))).count() as u32
}

/// A log of 3,000 visits to 1,500 products, most of them seldom. Its newest tenth is just long enough to validate on.
fn large_shop() -> String {
    let mut chance = Chance::new(11);
    let mut csv = String::from("event_time,event_type,product_id,category_code,user_session\n");
    for number in 0..3_000 {
        let home = chance.below(300).min(chance.below(300));
        for at in 0..5 + chance.below(9) {
            let reach = 5 + chance.below(40);
            let item = home * 5 + chance.below(reach);
            let time = 1_700_000_000 + number * 600 + at * 30;
            let _ = writeln!(csv, "{time},view,{item},group{},s{number}", home / 10);
        }
    }
    csv
}

#[test]
fn a_budget_is_kept_its_cost_is_told_and_one_below_the_catalogue_is_refused() {
    let folder = Folder::new("budget");
    let (events, key) = (folder.file("log.csv", &large_shop()), folder.path("key"));
    assert!(run(&["keygen", "--out", &key]).status.success());
    let (secret, out) = (format!("{key}.secret"), folder.path("out"));
    let words = ["train", "--rounds", "0", "--events", &events, "--key", &secret, "--out", &out, "--base", "none"];
    let trained = |more: &[&str]| run(&[&words[..], more].concat());
    let bytes = |more: &[&str]| {
        let output = trained(more);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).unwrap();
        let line = said.lines().find(|line| line.starts_with("snapshot")).unwrap();
        let bytes = line.rsplit('(').next().unwrap().split(' ').next().unwrap().parse::<u64>().unwrap();
        (bytes, said)
    };
    let (whole, said) = bytes(&[]);
    assert!(!said.contains("there is room"), "{said}");
    let least = whole * 2 / 3 / 1000;
    let (small, said) = bytes(&["--budget", &format!("{least}kB")]);
    assert!(small <= least * 1000 && small >= least * 940, "{small} bytes of {least} kB");
    assert!(said.contains("there is room for") && said.contains("instead of"), "{said}");
    let refused = trained(&["--budget", "10kB"]);
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success()
            && why.contains("expected at least")
            && why.contains("products take without any next item"),
        "{why}"
    );
    for size in ["2", "5GB", "1kB", "-3MB", "1e9kB", "NaNMB"] {
        let refused = trained(&[&format!("--budget={size}")]);
        assert!(String::from_utf8(refused.stderr).unwrap().contains("500kB or 2.5MB"), "{size}");
    }
}
