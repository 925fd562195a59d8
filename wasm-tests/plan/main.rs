//! The merchandiser's tools as people use them: `check`, `preview`, `diff`, and what they say to bad plans.

mod checks;
#[path = "../folder.rs"]
mod folder;
mod tools;

use folder::{Folder, run};
use std::fs;
use std::process::Output;

/// A log of lamps and pans, and a snapshot trained on it with a plan.
fn shop(name: &str, plan: &str) -> Folder {
    let folder = Folder::new(name);
    let mut log = "event_time,event_type,product_id,category_code,brand,price,user_session\n".to_owned();
    for at in 0..240_u32 {
        let (category, brand) = if at % 2 == 0 { ("home.lamps", "lumo") } else { ("kitchen.pans", "ferro") };
        let kind = if at % 9 == 0 { "cart" } else { "view" };
        let line = [
            &(at * 40).to_string(),
            kind,
            &(100 + at % 24).to_string(),
            category,
            brand,
            "19.90",
            &format!("s{}", at / 4),
        ];
        log += &(line.join(",") + "\n");
    }
    folder.file("log.csv", &log);
    folder.file("plan.json", plan);
    assert!(run(&["keygen", "--out", &folder.path("key")]).status.success());
    let output = train(&folder, &folder.path("plan.json"), "out");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

fn train(folder: &Folder, plan: &str, out: &str) -> Output {
    let (log, key, out) = (folder.path("log.csv"), folder.path("key.secret"), folder.path(out));
    run(&["train", "--rounds", "0", "--events", &log, "--plan", plan, "--key", &key, "--out", &out])
}

const PLAN: &str = r#"{"version":1,"holdout":0,"slots":{
    "home.hero":{"kind":"choose","default":"own","variants":{"lamps":{"categories":["home.lamps"]}}},
    "home.row":{"kind":"fill","strategies":["next_item","bestsellers"],"limit":4,"pins":[{"item":"101","place":2}]}}}"#;

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A plan, and what has to be said of it.
fn says(plan: &str, words: &[&str]) {
    let folder = Folder::new(&format!("bad-{:x}", xxhash_rust::xxh64::xxh64(plan.as_bytes(), 0)));
    let output = run(&["check", &folder.file("plan.json", plan)]);
    folder.refused(&output, words, "nothing");
}
