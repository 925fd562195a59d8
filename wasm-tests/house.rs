//! The house keeps its order: knowledge flows one way, and every file says what it is.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in the order in which knowledge flows; a room may use those before it.
const ROOMS: [&str; 23] = [
    "heap",
    "base64",
    "text",
    "wire",
    "context",
    "event",
    "consent",
    "session",
    "feature",
    "snapshot",
    "model",
    "explanation",
    "intent",
    "preview",
    "decide",
    "json",
    "page",
    "js",
    "browser",
    "edge",
    "train",
    "evaluate",
    "origin",
];

/// Rooms that must not know each other although one stands before the other.
const STRANGERS: [(&str, &str); 8] = [
    ("edge", "browser"),
    ("train", "browser"),
    ("train", "edge"),
    ("evaluate", "browser"),
    ("evaluate", "edge"),
    ("origin", "evaluate"),
    ("origin", "browser"),
    ("origin", "edge"),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("a source file").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn room_of(file: &Path) -> String {
    let inside = file.strip_prefix(source()).expect("a file below src");
    let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms a text names in code, comments left out.
fn named(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut rooms: Vec<String> = code.split("crate::").skip(1).map(name).collect();
    for group in code.split("crate::{").skip(1) {
        let inside = group.split("};").next().unwrap_or_default();
        rooms.extend(inside.split([',', '{', '}']).map(|part| name(part.trim())));
    }
    rooms
}

fn upward(room: &str, used: &str) -> bool {
    let place = |name: &str| ROOMS.iter().position(|room| *room == name);
    let strangers = STRANGERS.contains(&(room, used));
    matches!((place(room), place(used)), (Some(own), Some(other)) if other > own) || strangers
}

#[test]
fn the_typescript_contract_is_what_the_sources_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/src/contract.ts");
    let found = fs::read_to_string(path).expect("js/src/contract.ts is there");
    assert_eq!(found, slotwise::browser::contract(), "js/src/contract.ts is stale: run `npm run build`");
}

#[test]
fn no_room_uses_a_room_after_it() {
    let mut wrong = Vec::new();
    for file in files(&source()) {
        let room = room_of(&file);
        let text = fs::read_to_string(&file).expect("a readable file");
        wrong.extend(
            named(&text)
                .into_iter()
                .filter(|used| upward(&room, used))
                .map(|used| format!("{}: crate::{used}", file.display())),
        );
    }
    assert!(wrong.is_empty(), "imports against the direction of the design:\n{}", wrong.join("\n"));
}

#[test]
fn an_upward_import_would_be_found() {
    assert!(named("use crate::{event::Event, edge::x};").iter().any(|used| upward("session", used)));
    assert!(named("let x = crate::model::Model;").iter().any(|used| upward("snapshot", used)));
    assert!(named("use crate::browser::dom;").iter().any(|used| upward("edge", used)));
    assert!(!named("use crate::event::Event; // crate::edge").iter().any(|used| upward("session", used)));
}

#[test]
fn every_room_is_on_the_map() {
    for file in files(&source()) {
        let room = room_of(&file);
        assert!(
            ROOMS.contains(&room.as_str()) || room == "lib" || room == "bin",
            "{} is in no room of the map",
            file.display()
        );
    }
}

#[test]
fn every_source_file_opens_with_what_it_is() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm-tests");
    for file in files(&source()).into_iter().chain(files(&tests)) {
        let text = fs::read_to_string(&file).expect("a readable file");
        assert!(text.starts_with("//! "), "{} does not open with a //! header", file.display());
    }
}
