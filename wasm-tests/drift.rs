//! Drift, in real turns of `slotwise learn`: each monitor fires when its figure changes and stays silent when it does not, and
//! both stand in the journal.

mod folder;
mod learning;

use learning::{HONEST, Site, Visits, visits};
use serde_json::Value;
use slotwise::learn::journal::{Phase, Step};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

/// Visits at the other ten shelves.
const OTHERS: Visits = Visits { from: 10, ..HONEST };
/// A dead webhook.
const DEAD: &str = "http://127.0.0.1:9/";

/// A server that takes one alarm.
struct Hook {
    address: String,
    taking: JoinHandle<String>,
}

impl Hook {
    fn new() -> Self {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/alarm?x=1", server.local_addr().unwrap());
        let taking = std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let (mut asked, mut part) = (Vec::new(), [0; 4096]);
            while !asked.ends_with(b"}") {
                let read = stream.read(&mut part).unwrap();
                asked.extend_from_slice(&part[..read]);
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            String::from_utf8(asked).unwrap()
        });
        Self { address, taking }
    }

    /// The request, once it has come.
    fn asked(self) -> String {
        self.taking.join().unwrap()
    }

    /// The monitors that the request names.
    fn monitors(self) -> Vec<String> {
        let asked = self.asked();
        let body: Value = serde_json::from_str(asked.split_once("\r\n\r\n").unwrap().1).unwrap();
        let alarms = body["alarms"].as_array().unwrap();
        alarms.iter().map(|alarm| alarm["monitor"].as_str().unwrap().to_owned()).collect()
    }
}

/// What the journal says of a monitor, as of the newest turn, and the sentence of that turn.
fn reading(site: &Site, monitor: &str) -> (Option<Value>, String) {
    let journal = site.journal();
    let watched = journal.iter().rfind(|entry| entry.step == Step::Watch && entry.phase == Phase::Done).unwrap();
    let readings = watched.facts["readings"].as_array().unwrap();
    (readings.iter().find(|reading| reading["monitor"] == monitor).cloned(), watched.note.clone())
}

/// Learns from 1,500 visits, then sees 600 more, and says of a monitor: its value, whether it raised an alarm, which monitors
/// the webhook was told of, and the journal's sentence.
fn after(name: &str, monitor: &str, before: Visits, newer: Visits) -> (f64, bool, Vec<String>, String) {
    let site = Site::new(name, before, 1500);
    site.must(&[]);
    site.log("2", &visits(newer, 1500, 600));
    let hook = Hook::new();
    site.turn(&["--webhook", &hook.address]);
    let (reading, sentence) = reading(&site, monitor);
    let reading = reading.unwrap_or_else(|| panic!("{monitor} was not read: {sentence}"));
    let is_told = sentence.starts_with("drift: ");
    let told = if is_told { hook.monitors() } else { Vec::new() };
    (reading["value"].as_f64().unwrap(), reading["alarm"].as_bool().unwrap(), told, sentence)
}

#[test]
fn calibration_is_silent_while_as_many_buy() {
    for (name, one_in) in [("few", 10), ("some", 4), ("many", 2)] {
        let kind = Visits { one_in, ..HONEST };
        let (ratio, alarm, told, sentence) = after(&format!("calibrated-{name}"), "calibration", kind, kind);
        assert!(ratio < 1.5 && !alarm && told.is_empty(), "{ratio}, {sentence}");
        assert_eq!(sentence, "no drift");
    }
}

#[test]
fn calibration_fires_when_several_times_as_many_buy_or_as_few() {
    for (name, before, newer) in [("rise", 10, 2), ("fall", 2, 10), ("stop", 4, u64::MAX)] {
        let (before, newer) = (Visits { one_in: before, ..HONEST }, Visits { one_in: newer, ..HONEST });
        let (ratio, alarm, told, sentence) = after(&format!("calibration-{name}"), "calibration", before, newer);
        assert!(ratio > 2.5 && alarm, "{ratio}, {sentence}");
        assert!(told.contains(&"calibration".to_owned()) && !told.contains(&"categories".to_owned()), "{told:?}");
        assert!(sentence.contains("calibration of purchases, "), "{sentence}");
    }
}

#[test]
fn coverage_is_silent_while_the_engine_decides_as_much_also_if_more_visits_are_held_out() {
    let before = Visits { decided: Some(90), ..HONEST };
    for (name, newer) in [
        ("same", before),
        ("less", Visits { decided: Some(80), ..before }),
        ("held", Visits { held_out: 60, ..before }),
    ] {
        let (share, alarm, told, sentence) = after(&format!("covered-{name}"), "coverage", before, newer);
        assert!((0.8..1.1).contains(&share) && !alarm && told.is_empty(), "{share}, {sentence}");
        assert_eq!(sentence, "no drift");
    }
}

#[test]
fn coverage_fires_when_the_engine_decides_much_less() {
    let before = Visits { decided: Some(90), ..HONEST };
    for (name, decided) in [("half", 45), ("none", 0)] {
        let newer = Visits { decided: Some(decided), ..before };
        let (share, alarm, told, sentence) = after(&format!("coverage-{name}"), "coverage", before, newer);
        assert!(share < 0.6 && alarm, "{share}, {sentence}");
        assert_eq!(told, ["coverage"]);
        assert!(sentence.starts_with("drift: coverage of exposures, "), "{sentence}");
    }
}

#[test]
fn coverage_of_few_exposures_is_not_read() {
    let site = Site::new("coverage-few", HONEST, 1500);
    site.must(&[]);
    site.log("2", &visits(Visits { decided: Some(0), ..HONEST }, 1500, 600));
    site.must(&["--webhook", DEAD]);
    let (reading, sentence) = reading(&site, "coverage");
    assert!(reading.is_none(), "there is nothing to compare with: {reading:?}");
    assert_eq!(sentence, "no drift");
}

#[test]
fn weekends_are_no_drift_of_weekdays_and_weekdays_at_a_weekend_are() {
    // 180 visits a day. At weekends people look at other shelves.
    let weekdays = Visits { minutes: 8, ..HONEST };
    let weekends = Visits { from: 10, ..weekdays };
    let day = |day: u64, kind: Visits| visits(kind, day * 180, 180);
    for (name, saturday, is_drift) in [("weekend", weekends, false), ("no-weekend", weekdays, true)] {
        let site = Site::new(name, weekdays, 180);
        let log: String = (1..19).map(|at| day(at, if at % 7 >= 5 { weekends } else { weekdays })).collect();
        site.log("2", &log);
        site.must(&[]);
        site.log("3", &day(19, saturday));
        site.turn(&[]);
        let (reading, sentence) = reading(&site, "categories");
        assert_eq!(reading.unwrap()["alarm"], is_drift, "{name}: {sentence}");
    }
}

#[test]
fn drift_is_flagged_the_webhook_is_told_and_a_dead_one_is_not_fatal() {
    let site = Site::new("drift", HONEST, 1500);
    site.must(&[]);
    site.log("2", &visits(HONEST, 1500, 400));
    let said = site.must(&["--webhook", DEAD]);
    assert!(said.contains("watching for drift done: no drift"), "{said}");
    // The other ten shelves: nobody has looked at them before.
    site.log("3", &visits(OTHERS, 1900, 600));
    let hook = Hook::new();
    let said = site.must(&["--webhook", &hook.address]);
    assert!(said.contains("drift: ") && said.contains("categories") && said.contains("churn"), "{said}");
    let asked = hook.asked();
    assert!(asked.starts_with("POST /alarm?x=1 HTTP/1.1") && asked.contains(r#""monitor":"churn""#), "{asked}");
    // The loop has recovered: the snapshot in use knows the new shelves.
    site.log("4", &visits(OTHERS, 2500, 600));
    let said = site.must(&["--webhook", DEAD]);
    assert!(!said.contains("churn of looks"), "{said}");
    site.log("5", &visits(HONEST, 3100, 1000));
    let said = site.must(&["--webhook", DEAD]);
    assert!(said.contains("The webhook was not told"), "{said}");
}
