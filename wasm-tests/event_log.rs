//! Event logs on the command line: a folder as `--events`, `slotwise log`, and the files that other systems export.

// A test reads better where a line of a log is built in one piece.
#![allow(clippy::format_push_string)]

mod folder;

use flate2::Compression;
use flate2::write::GzEncoder;
use folder::{Folder, run};
use slotwise::event::EventKind;
use slotwise::log::{Columns, Log, LogFiles, LogSummary, Skip};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Output;

const BEGIN: u64 = 1_795_219_200_000; // 2026-11-21

/// A line as the origin writes it.
fn line(number: u32, more: &str) -> String {
    let time = BEGIN + u64::from(number) * 1000;
    format!(
        "{{\"name\":\"view_item\",\"params\":{{\"items\":[{{\"item_id\":\"{}\"}}]}},\"event_id\":\"e{number}\",\"time_ms\":{time}.0{more}}}\n",
        number % 7
    )
}

/// Lines of visits of four events each, linked by digests.
fn lines(numbers: std::ops::Range<u32>) -> String {
    let digest = |number: u32| format!("{:016x}", 0x1000 + number);
    let mut text = String::new();
    for number in numbers {
        let before = if number % 4 == 0 { "null".into() } else { format!("\"{}\"", digest(number - 1)) };
        text += &line(number, &format!(",\"chain\":[{before},\"{}\"]", digest(number)));
    }
    text
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// A log of a closed and an open day; a visit goes on over midnight.
fn log(name: &str) -> Folder {
    let folder = Folder::new(name);
    fs::create_dir(folder.path("log")).unwrap();
    fs::write(folder.path("log/2026-11-20.jsonl.gz"), gzip(&lines(0..42))).unwrap();
    folder.file("log/2026-11-21.jsonl", &lines(42..60));
    folder
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs `slotwise log` on the folder's log.
fn log_command(folder: &Folder, what: &str, more: &[&str]) -> Output {
    run(&[&["log", what, &folder.path("log")], more].concat())
}

#[test]
fn a_folder_stands_for_its_event_files_in_order_of_name() {
    let folder = log("folder");
    assert!(run(&["keygen", "--out", &folder.path("key")]).status.success());
    let train = |events: &[&str], out: &str| {
        let (key, out) = (folder.path("key.secret"), folder.path(out));
        run(&[&["train", "--key", &key, "--out", &out, "--events"], events].concat())
    };
    let snapshot = |out: &str| fs::read_dir(folder.path(out)).unwrap().next().unwrap().unwrap().file_name();
    let (first, second) = (folder.path("log/2026-11-20.jsonl.gz"), folder.path("log/2026-11-21.jsonl"));
    assert!(train(&[&first, &second], "files/out").status.success());
    // Neither the lock, nor a file that is being written, nor the twin of a day that is being closed counts.
    folder.file("log/lock", "");
    folder.file("log/2026-11-21.jsonl.gz.tmp", "{");
    folder.file("log/2026-11-20.jsonl", &lines(0..42));
    let output = train(&[&folder.path("log")], "folder/out");
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("60 rows"), "{}", said(&output));
    assert_eq!(snapshot("folder/out/snapshot"), snapshot("files/out/snapshot"));
    fs::create_dir(folder.path("none")).unwrap();
    let words = ["none: no event file in this folder", "*.jsonl, *.jsonl.gz, *.csv, *.csv.gz, *.parquet"];
    folder.refused(&train(&[&folder.path("none")], "never"), &words, "never");
}

#[test]
fn list_shows_the_days_and_verify_finds_nothing_in_a_sound_log() {
    let folder = log("list");
    let output = log_command(&folder, "list", &[]);
    let text = said(&output);
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|row| row.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), 2, "{text}");
    assert_eq!(rows[0][..2], ["2026-11-20", "42"]);
    assert_eq!(rows[0][3..], ["2026-11-21", "00:00:00", "2026-11-21", "00:00:41", "compressed"]);
    assert_eq!(rows[1][..2], ["2026-11-21", "18"]);
    assert_eq!(rows[1][7], "open");
    let output = log_command(&folder, "verify", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("2 files, 60 lines, 0 mistakes"), "{}", said(&output));
    for what in ["list", "verify"] {
        let missing = run(&["log", what, &folder.path("nowhere")]);
        assert_eq!(missing.status.code(), Some(2), "{}", said(&missing));
        assert!(said(&missing).contains("nowhere"));
    }
}

#[test]
fn verify_names_every_mistake_by_file_and_line() {
    let folder = log("verify");
    let mut text = lines(42..60);
    text += &lines(41..42); // in the day before already
    text += "{\"name\":\n";
    text += &line(70, "").replace("view_item", "page_view");
    text += &line(71, "").replace("\"7\"", "\"7\",\"price\":-1").replace("\"1\"", "\"1\",\"price\":-1");
    text += "{\"name\":\"view_item\",\"params\":{}}\n";
    text +=
        &line(72, ",\"params\":7").replace(",\"params\":7", "").replace(".0", ".5").replace("\"2\"", "\" \\u0007\"");
    text += "{\"name\":\"view_it";
    folder.file("log/2026-11-21.jsonl", &text);
    let whole = gzip(&lines(0..42));
    fs::write(folder.path("log/2026-11-19.jsonl.gz"), &whole[..whole.len() - 20]).unwrap();
    folder.file("log/2026-11-20.jsonl", &lines(0..42));
    let output = log_command(&folder, "verify", &[]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for words in [
        "2026-11-20.jsonl: is there beside its compressed form",
        "2026-11-19.jsonl.gz: the gzip file is cut",
        "2026-11-21.jsonl: line 19: repeats the event id e41",
        "2026-11-21.jsonl: line 20: is no event",
        "2026-11-21.jsonl: line 21: is an event that is refused for its name",
        "2026-11-21.jsonl: line 22: is an event that is refused for its price",
        "2026-11-21.jsonl: line 23: has no time_ms",
        "2026-11-21.jsonl: line 24: is an event that is refused for its item_id",
        "2026-11-21.jsonl: line 25: is torn",
    ] {
        assert!(text.contains(words), "no {words:?} in: {text}");
    }
}

#[test]
fn erase_takes_out_what_its_rule_names_and_nothing_else() {
    let folder = log("erase");
    let count = || {
        let text = said(&log_command(&folder, "verify", &[]));
        assert!(text.contains(" 0 mistakes"), "{text}");
        text.split(" lines").next().unwrap().rsplit(' ').next().unwrap().parse::<u32>().unwrap()
    };
    let erase = |rule: &[&str]| said(&log_command(&folder, "erase", rule));
    let before = fs::read(folder.path("log/2026-11-20.jsonl.gz")).unwrap();
    assert!(erase(&["--event-id", "e41", "--dry-run"]).contains("1 events of 1 days would be erased"));
    assert_eq!(fs::read(folder.path("log/2026-11-20.jsonl.gz")).unwrap(), before);
    assert_eq!(count(), 60);
    assert!(erase(&["--event-id", "e58"]).contains("2026-11-21  1 events\n1 events of 1 days erased"));
    assert_eq!(count(), 59);
    // The visit of events 40 to 43, which goes on over midnight, named by a digest in its middle.
    let told = erase(&["--visit", "0000000000001029"]);
    assert!(told.contains("2026-11-20  2 events\n2026-11-21  2 events\n4 events of 2 days erased"), "{told}");
    assert_eq!(count(), 55);
    assert!(erase(&["--visit", "1029"]).contains("0 events of 0 days"));
    assert!(erase(&["--item", "3"]).contains("events of 2 days erased"));
    let text = said(&log_command(&folder, "list", &[]));
    assert!(!fs::read_to_string(folder.path("log/2026-11-21.jsonl")).unwrap().contains("\"item_id\":\"3\""), "{text}");
    assert!(erase(&["--before", "2026-11-21"]).contains("1 days erased"));
    assert!(!std::path::Path::new(&folder.path("log/2026-11-20.jsonl.gz")).exists());
    for bad in [&["--before", "yesterday"][..], &["--visit", "x"], &["--item", "1", "--event-id", "2"], &[]] {
        assert_eq!(log_command(&folder, "erase", bad).status.code(), Some(2), "{bad:?}");
    }
}

/// Reads files with the columns of `--map`.
fn read(files: &[String], map: &str) -> (Log, LogSummary) {
    let events = files.iter().map(PathBuf::from).collect();
    let columns = Columns::parse(map).unwrap();
    LogFiles { events, columns, now_ms: Some(BEGIN), ..LogFiles::default() }.read().unwrap()
}

/// Session, time in seconds, kind and id of every event.
fn events(log: &Log) -> Vec<(usize, u64, EventKind, String)> {
    let ids =
        |item: Option<slotwise::log::ItemNumber>| item.map_or(String::new(), |item| log.items[item.index()].id.clone());
    let of = |(number, session): (usize, &[slotwise::log::LogEvent])| -> Vec<_> {
        session.iter().map(|event| (number, event.time_ms / 1000, event.kind, ids(event.item))).collect()
    };
    log.sessions().enumerate().flat_map(of).collect()
}

/// Visits of 2 March 2018: each looks at two of seven products, and every third buys.
fn visits(separator: &str, time: impl Fn(u64) -> String, quote: bool) -> String {
    let cell = |text: &str| if quote { format!("\"{text}\"") } else { text.to_owned() };
    let row = |cells: &[&str]| cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(separator);
    let mut text = row(&["event_time", "type", "product_id", "user_session", "price"]) + "\r\n";
    for visit in 0..60_u64 {
        for step in 0..3_u64 {
            let kind = if step < 2 { "1" } else { ["2", "4", "9"][visit as usize % 3] };
            let at = time(1_519_948_800 + visit * 900 + step * 20);
            let (item, session) = ((visit + step.min(1)) % 7, format!("s{visit}"));
            text += &(row(&[&at, kind, &format!("P{item}"), &session, ""]) + "\r\n");
        }
    }
    text
}

#[test]
fn a_log_reads_the_same_however_its_file_is_written() {
    let folder = Folder::new("written");
    let map = "event=1:view_item,2:purchase";
    let seconds = |at: u64| at.to_string();
    let offset = |at: u64| {
        let (hours, minutes, seconds) = (at / 3600 % 24, at / 60 % 60, at % 60);
        let day = if at < 1_519_948_800 + 86_400 { 2 } else { 3 };
        let offset = ["Z", "+00", " +0000", "-00:00"][(at / 20 % 4) as usize];
        format!("2018-03-0{day}T{hours:02}:{minutes:02}:{seconds:02}{offset}")
    };
    let plain = folder.file("plain.csv", &visits(",", seconds, false));
    let (expected, summary) = read(&[plain], map);
    assert_eq!((expected.visits.len(), expected.events.len()), (60, 140));
    assert_eq!(
        summary.unknown_names.told(),
        "\"4\" 20, \"9\" 20; to count one, --map event=NAME:purchase, or another GA4 name"
    );
    let micros = |at: u64| format!("{at}000000");
    for (name, text) in [
        ("semicolons.csv", format!("\u{feff}{}", visits(";", offset, true))),
        ("tabs.csv", visits("\t", |at| format!("{at}000"), false)),
        ("bars.csv", visits("|", micros, false).replace("\r\n", "\n\n")),
    ] {
        let (log, summary) = read(&[folder.file(name, &text)], map);
        assert_eq!(events(&log), events(&expected), "{name}: {:?}", summary.notes);
    }
    fs::write(folder.path("packed"), gzip(&format!("\u{feff}{}", visits(",", offset, true)))).unwrap();
    assert_eq!(events(&read(&[folder.path("packed")], map).0), events(&expected));
}

#[test]
fn a_repeated_event_id_counts_once_for_each_product() {
    let folder = Folder::new("repeated");
    let text = "time,event,item,session,event_id\n1519948800,view,a,s,e1\n1519948801,purchase,a,s,e2\n\
                1519948801,purchase,b,s,e2\n1519948801,purchase,b,s,e2\n1519948800,view,a,s,e1\n1519948809,view,a,s,\n";
    let (log, summary) = read(&[folder.file("log.csv", text)], "");
    assert_eq!((log.events.len(), summary.repeated), (4, 2));
}

#[test]
fn rows_of_another_year_change_nothing_and_are_told() {
    let folder = Folder::new("years");
    let clean = visits(",", |at| at.to_string(), false);
    let stray = format!("{clean}5,1,P1,stray,\n1735689600,1,P1,s59,\n");
    let files = [folder.file("clean.csv", &clean), folder.file("stray.csv", &stray)];
    assert!(run(&["keygen", "--out", &folder.path("key")]).status.success());
    let snapshot = |file: &str, out: &str| {
        let (key, out_path) = (folder.path("key.secret"), folder.path(out));
        let map = "event=1:view_item,2:purchase";
        let output = run(&["train", "--key", &key, "--out", &out_path, "--events", file, "--map", map]);
        assert!(output.status.success(), "{}", said(&output));
        let name = fs::read_dir(folder.path(&format!("{out}/snapshot"))).unwrap().next().unwrap().unwrap().file_name();
        (name, said(&output))
    };
    let (expected, _) = snapshot(&files[0], "clean");
    let (found, told) = snapshot(&files[1], "stray");
    assert_eq!(found, expected);
    for words in
        ["2 rows skipped, reason time", "stray.csv: line 182: field time is 1970-01-01", "2018-03-02 to 2018-03-02"]
    {
        assert!(told.contains(words), "no {words:?} in: {told}");
    }
}

#[test]
fn exports_of_other_systems_are_known_by_what_they_say() {
    let folder = Folder::new("exports");
    let mut shopify =
        "Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem sku\n".to_owned();
    for order in 0..40 {
        let day = 1 + order % 20;
        shopify += &format!("#{order},a@b.example,paid,EUR,2018-03-{day:02} 10:00:00 +0100,1,Lamp,L{}\n", order % 4);
        shopify += &format!("#{order},a@b.example,,,,1,Bulb,B{}\n", order % 4);
    }
    shopify += "#99,a@b.example,refunded,EUR,2018-03-05 10:00:00 +0100,1,Lamp,L1\n";
    let shopify = folder.file("orders.csv", &shopify);
    let (log, summary) = read(std::slice::from_ref(&shopify), "");
    assert_eq!((log.visits.len(), log.events.len(), summary.undone), (40, 80, 1));
    assert!(log.visits.iter().all(|visit| visit.is_order));
    let notes = summary.notes.join("\n");
    for words in ["read as Shopify's export of orders", "orders and no visits"] {
        assert!(notes.contains(words), "no {words:?} in: {notes}");
    }
    // Twice the same file: each order counts once. Visits beside orders: no word about missing visits.
    let clicks = folder.file("clicks.csv", "time,event,item,session\n1519948800,view,L1,s\n1519948810,cart,L1,s\n");
    let (log, summary) = read(&[shopify.clone(), shopify.clone(), clicks], "");
    assert_eq!((log.events.len(), summary.repeated), (82, 80));
    assert!(!summary.notes.join("\n").contains("no visits"));
    let ga4 = "{\"event_name\":\"page_view\",\"event_timestamp\":\"1519948800000000\",\"user_pseudo_id\":\"u\"}\n\
        {\"event_name\":\"view_item\",\"event_timestamp\":\"1519948800000000\",\"user_pseudo_id\":\"u\",\
        \"items\":[{\"item_id\":\"L1\",\"item_brand\":\"(not set)\"}]}\n";
    let adobe = "{\"timestamp\":\"2018-03-02T00:00:00Z\",\"eventType\":\"commerce.productViews\",\
        \"identityMap\":{\"ECID\":[{\"id\":\"u\"}]},\"productListItems\":[{\"SKU\":\"L1\"}]}\n";
    let hits = "hit_time_gmt\tpost_visid_high\tpost_visid_low\tvisit_num\tpost_event_list\tpost_product_list\tpost_page_url\n\
        1519948800\t1\t2\t1\t2\tlamps;L1;;\t/a\"b\n1519948860\t1\t2\t1\t12,200\tlamps;L1;1;9.00\t\n1519948870\t1\t2\t1\t\t\t\n";
    for (name, text, format, kept) in [
        ("ga4.jsonl", ga4, "GA4's BigQuery export", 1),
        ("adobe.jsonl", adobe, "Adobe's experience events", 1),
        ("hits.tsv", hits, "Adobe Analytics' data feed", 2),
    ] {
        // Each line of a file that comes from another system ends as it likes.
        let (log, summary) = read(&[folder.file(name, &text.replace('\n', "\r\n"))], "");
        assert_eq!(summary.notes[0], format!("read as {format}"));
        assert_eq!((log.events.len(), log.visits.len(), log.items[0].id.as_str()), (kept, 1, "L1"), "{name}");
        assert_eq!(&*log.items[0].brand, "");
    }
}

#[test]
fn a_map_or_a_share_that_the_log_does_not_meet_stops_the_training() {
    let folder = Folder::new("unmet");
    let mut text = visits(",", |at| at.to_string(), false);
    text += "someday,1,P1,s1,\r\n1519948900,1,P1,s1,cheap\r\n";
    let log = folder.file("log.csv", &text);
    let evaluate = |more: &[&str]| run(&[&["evaluate", "next", "--rounds", "0", "--events", &log][..], more].concat());
    let values = ["--map", "event=1:view_item,2:purchase"];
    assert!(evaluate(&[&values[..], &["--skip-broken", "2%"]].concat()).status.success());
    for (more, words) in [
        (&["--map", "item=product"][..], &["no column \"product\"", "event_time, type, product_id", "product_id?"][..]),
        (&["--map", "event=1:view_itm"], &["maps a value to no event", "did you mean view_item?"]),
        (&["--map", "evnt=type"], &["maps no field", "did you mean event?"]),
        (&[], &["no session with a product event", "\"1\" 120"]),
        (
            &[&values[..], &["--skip-broken", "1%"]].concat(),
            &["2 of 182 rows", "--skip-broken", "reason time", "line 182", "reason number", "line 183"],
        ),
        (&["--skip-broken", "1 in 100"], &["is no percentage"]),
    ] {
        let output = evaluate(more);
        assert_eq!(output.status.code(), Some(2), "{more:?}: {}", said(&output));
        for word in words {
            assert!(said(&output).contains(word), "no {word:?} in: {}", said(&output));
        }
    }
    // A catalogue has columns of its own, and the log others.
    let catalogue = folder.file("catalogue.csv", "product_id,Titel\nP1,Lampe\n");
    let files = |map: &str| LogFiles {
        events: vec![log.clone().into()],
        catalogue: Some(catalogue.clone().into()),
        columns: Columns::parse(&format!("event=1:view_item,{map}")).unwrap(),
        ..LogFiles::default()
    };
    let (read, summary) = files("title=Titel").read().unwrap();
    assert_eq!(read.items.iter().find(|item| item.id == "P1").unwrap().title, "Lampe");
    assert_eq!(summary.skipped.count(Skip::Time), 1);
    let error = files("title=Title").read().unwrap_err().to_string();
    assert!(error.contains("no column \"Title\""), "{error}");
}
