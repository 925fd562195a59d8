//! Tests of the writer: days, repeats, and what a crash leaves.

use super::super::{Rule, erase, list, verify};
use super::*;

const NOON: u64 = 1_795_262_400_000; // 2026-11-21 12:00:00
const DAY: u64 = 24 * 60 * 60 * 1000;

struct Shop {
    folder: PathBuf,
    now: Arc<AtomicU64>,
}

impl Shop {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("slotwise-log-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Self { folder, now: Arc::new(AtomicU64::new(NOON)) }
    }

    fn open(&self, keep_days: Option<u32>) -> EventLog {
        let now = Arc::clone(&self.now);
        EventLog::open(&self.folder, keep_days, Box::new(move || now.load(Ordering::Relaxed))).unwrap()
    }

    fn go_on(&self, ms: u64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    fn names(&self) -> Vec<String> {
        let files = day_files(&self.folder).unwrap();
        files.iter().map(|file| file.path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    fn ids(&self) -> Vec<String> {
        let mut ids = Vec::new();
        for file in super::super::folder::readable_files(&self.folder).unwrap() {
            for_each_line(&file.path, &mut |_, line, _| {
                let value: serde_json::Value = serde_json::from_slice(line).unwrap();
                ids.push(value["event_id"].as_str().unwrap_or_default().to_owned());
            })
            .unwrap();
        }
        ids
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn line(id: &str) -> Line {
    let json = format!("{{\"name\":\"view_item\",\"params\":{{}},\"event_id\":\"{id}\",\"time_ms\":{NOON}.0}}");
    Line { event_id: id.into(), json }
}

fn append(log: &EventLog, ids: &[&str]) -> (usize, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let outcome = runtime.block_on(log.append(ids.iter().map(|id| line(id)).collect())).unwrap();
    (outcome.accepted, outcome.repeated)
}

#[test]
fn a_day_that_is_over_is_closed_and_an_old_one_is_removed() {
    let shop = Shop::new("days");
    let log = shop.open(Some(2));
    assert_eq!(append(&log, &["a", "b"]), (2, 0));
    shop.go_on(DAY);
    assert_eq!(append(&log, &["c"]), (1, 0));
    drop(log);
    assert_eq!(shop.names(), ["2026-11-21.jsonl.gz", "2026-11-22.jsonl"]);
    assert_eq!(shop.ids(), ["a", "b", "c"]);
    let log = shop.open(Some(2));
    for id in ["d", "e"] {
        shop.go_on(DAY);
        assert_eq!(append(&log, &[id]), (1, 0));
    }
    drop(log);
    assert_eq!(shop.names(), ["2026-11-22.jsonl.gz", "2026-11-23.jsonl.gz", "2026-11-24.jsonl"]);
    assert_eq!(shop.ids(), ["c", "d", "e"]);
}

#[test]
fn a_repeated_event_is_written_once_also_after_a_restart_and_on_the_next_day() {
    let shop = Shop::new("repeats");
    let log = shop.open(None);
    assert_eq!(append(&log, &["a", "a", "b"]), (2, 1), "in one post");
    assert_eq!(append(&log, &["b", "c"]), (1, 1), "in the next post");
    assert_eq!(append(&log, &["", ""]), (2, 0), "an event without an id is never repeated");
    drop(log);
    let log = shop.open(None);
    assert_eq!(append(&log, &["a", "b", "c", "d"]), (1, 3), "after a restart");
    shop.go_on(DAY);
    assert_eq!(append(&log, &["d"]), (0, 1), "after midnight");
    drop(log);
    let log = shop.open(None);
    assert_eq!(append(&log, &["d", "e"]), (1, 1), "after midnight and a restart: from the compressed file");
    shop.go_on(DAY);
    assert_eq!(append(&log, &["d", "e"]), (1, 1), "the window is today and yesterday");
}

#[test]
fn a_line_torn_by_a_crash_is_cut_off() {
    for (found, kept) in [("{}\n{\"na", "{}\n"), ("{}\n", "{}\n"), ("", ""), ("{\"x", "")] {
        let shop = Shop::new("torn");
        fs::create_dir_all(&shop.folder).unwrap();
        let path = shop.folder.join("2026-11-21.jsonl");
        // Longer than a block that is read backwards.
        let torn = if found.ends_with('\n') { String::new() } else { "x".repeat(100_000) };
        fs::write(&path, format!("{found}{}", if found.is_empty() { "" } else { &torn })).unwrap();
        drop(shop.open(None));
        assert_eq!(fs::read_to_string(&path).unwrap(), kept);
    }
}

#[test]
fn a_crash_while_a_day_is_closed_loses_no_line_and_repeats_none() {
    let shop = Shop::new("closing");
    let log = shop.open(None);
    append(&log, &["a"]);
    drop(log);
    let open = shop.folder.join("2026-11-21.jsonl");
    let plain = fs::read(&open).unwrap();
    shop.go_on(DAY);
    drop(shop.open(None));
    assert_eq!(shop.names(), ["2026-11-21.jsonl.gz", "2026-11-22.jsonl"]);
    // Renamed, and the plain file not yet removed.
    fs::write(&open, &plain).unwrap();
    assert_eq!(shop.ids(), ["a"]);
    drop(shop.open(None));
    assert_eq!(shop.names(), ["2026-11-21.jsonl.gz", "2026-11-22.jsonl"]);
    // Not yet renamed.
    let closed = shop.folder.join("2026-11-21.jsonl.gz");
    let packed = fs::read(&closed).unwrap();
    fs::remove_file(&closed).unwrap();
    fs::write(&open, &plain).unwrap();
    fs::write(shop.folder.join("2026-11-21.jsonl.gz.tmp"), &packed[..packed.len() / 2]).unwrap();
    drop(shop.open(None));
    assert_eq!(shop.names(), ["2026-11-21.jsonl.gz", "2026-11-22.jsonl"]);
    assert_eq!(shop.ids(), ["a"]);
    assert!(!shop.folder.join("2026-11-21.jsonl.gz.tmp").exists());
}

#[test]
fn a_clock_that_goes_back_never_reopens_a_closed_day() {
    let shop = Shop::new("back");
    let log = shop.open(None);
    append(&log, &["a"]);
    shop.go_on(DAY);
    append(&log, &["b"]);
    drop(log);
    shop.now.store(NOON - DAY, Ordering::Relaxed);
    let log = shop.open(None);
    assert_eq!(append(&log, &["a", "b", "c"]), (1, 2));
    drop(log);
    assert_eq!(shop.names(), ["2026-11-21.jsonl.gz", "2026-11-22.jsonl"]);
    assert_eq!(shop.ids(), ["a", "b", "c"]);
}

#[test]
fn what_a_failed_write_left_is_cut_off_before_the_next_one() {
    let shop = Shop::new("failed");
    let log = shop.open(None);
    append(&log, &["a"]);
    // As if the disk had taken half a line and then refused, also to cut it off.
    let open = shop.folder.join("2026-11-21.jsonl");
    OpenOptions::new().append(true).open(&open).unwrap().write_all(b"{\"name\":\"vi").unwrap();
    append(&log, &["b"]);
    assert_eq!(shop.ids(), ["a", "b"]);
    assert_eq!(log.bytes(), fs::metadata(&open).unwrap().len());
}

#[test]
fn two_origins_cannot_write_one_log() {
    let shop = Shop::new("lock");
    let log = shop.open(None);
    let second = EventLog::open(&shop.folder, None, Box::new(|| NOON)).err().unwrap();
    assert!(second.to_string().contains("another process writes to this log"), "{second}");
    drop(log);
    drop(shop.open(None));
}

#[test]
fn a_file_in_place_of_the_folder_is_explained() {
    let path = std::env::temp_dir().join(format!("slotwise-log-file-{}", std::process::id()));
    fs::write(&path, "{}\n").unwrap();
    let error = EventLog::open(&path, None, Box::new(|| NOON)).err().unwrap().to_string();
    fs::remove_file(&path).unwrap();
    assert!(error.contains("is no folder, expected one with a file a day"), "{error}");
}

#[test]
fn while_the_origin_writes_only_closed_days_are_erased() {
    let shop = Shop::new("open");
    let log = shop.open(None);
    append(&log, &["a", "b"]);
    shop.go_on(DAY);
    append(&log, &["c"]);
    // The day is closed beside the writer.
    while shop.names() != ["2026-11-21.jsonl.gz", "2026-11-22.jsonl"] {
        std::thread::sleep(Duration::from_millis(5));
    }
    let refused = erase(&shop.folder, &Rule::EventId("c".into()), false).unwrap_err().to_string();
    assert!(
        refused.contains("the origin still writes to 2026-11-22") && refused.contains("nothing was erased"),
        "{refused}"
    );
    assert_eq!(erase(&shop.folder, &Rule::EventId("a".into()), false).unwrap().len(), 1);
    append(&log, &["d"]);
    assert_eq!(shop.ids(), ["b", "c", "d"]);
    drop(log);
    assert_eq!(erase(&shop.folder, &Rule::EventId("c".into()), false).unwrap()[0].lines, 1);
    assert_eq!(shop.ids(), ["b", "d"]);
    assert!(verify(&shop.folder, &mut |finding| panic!("{finding:?}")).is_ok());
    assert_eq!(list(&shop.folder).unwrap().iter().map(|day| day.lines).collect::<Vec<_>>(), [1, 1]);
}
