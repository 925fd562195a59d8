//! The origin's log on the command line: a folder as `--events`, and `slotwise log`.

// A test reads better where a line of a log is built in one piece.
#![allow(clippy::format_push_string)]

mod folder;

use flate2::Compression;
use flate2::write::GzEncoder;
use folder::{Folder, run};
use std::fs;
use std::io::Write;
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
    let words = ["none: no event file in this folder", "*.jsonl, *.jsonl.gz, *.csv or *.csv.gz"];
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
