//! The house keeps its order: knowledge flows one way, and every file says what it is.

mod imports;

use imports::{Imports, circles};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in the order in which knowledge flows; a room may use those before it.
const ROOMS: [&str; 34] = [
    "base64",
    "hash",
    "text",
    "wire",
    "context",
    "event",
    "consent",
    "session",
    "feature",
    "snapshot",
    "model",
    "shard",
    "explanation",
    "intent",
    "preview",
    "decide",
    "json",
    "page",
    "host",
    "browser",
    "front",
    "edge",
    "objects",
    "log",
    "group",
    "plan",
    "experiment",
    "train",
    "sql",
    "evaluate",
    "origin",
    "lake",
    "learn",
    "simulate",
];

/// Rooms that must not know each other although one stands before the other.
const STRANGERS: [(&str, &str); 15] = [
    ("front", "browser"),
    ("edge", "browser"),
    ("log", "browser"),
    ("log", "edge"),
    ("plan", "browser"),
    ("plan", "edge"),
    ("experiment", "browser"),
    ("experiment", "edge"),
    ("train", "browser"),
    ("train", "edge"),
    ("evaluate", "browser"),
    ("evaluate", "edge"),
    ("origin", "evaluate"),
    ("origin", "browser"),
    ("origin", "edge"),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    files_of(folder, "rs")
}

fn files_of(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("a source file").path();
        if path.is_dir() {
            found.extend(files_of(&path, kind));
        } else if path.extension().is_some_and(|extension| extension == kind) {
            found.push(path);
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source() -> PathBuf {
    root().join("src")
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

/// What a generated file has to hold.
fn is_fresh(name: &str, text: &str) {
    let found = fs::read_to_string(root().join(name)).expect("a generated file");
    assert!(found == text, "{name} is stale: run `npm run contract`");
}

#[test]
fn the_typescript_contract_is_what_the_sources_say() {
    is_fresh("js/src/contract.ts", &slotwise::host::contract());
}

#[test]
fn the_schema_of_the_plan_is_what_its_reader_says() {
    is_fresh("js/plan.schema.json", &slotwise::plan::schema());
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
    let tests = root().join("wasm-tests");
    for file in files(&source()).into_iter().chain(files(&tests)) {
        let text = fs::read_to_string(&file).expect("a readable file");
        assert!(text.starts_with("//! "), "{} does not open with a //! header", file.display());
    }
}

/// A version after the text that leads to it, up to the quote that ends it.
fn version_after<'a>(text: &'a str, lead: &str) -> &'a str {
    let (_, rest) = text.split_once(lead).unwrap_or_else(|| panic!("no {lead:?} in the file"));
    rest.split('"').next().unwrap_or_default()
}

#[test]
fn the_bindings_crate_program_and_test_library_have_one_version() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).expect("a readable file");
    let lock =
        |name: &str, file: &str| version_after(&read(file), &format!("name = \"{name}\"\nversion = \"")).to_owned();
    let library = lock("wasm-bindgen", "Cargo.lock");
    let tools = "js/tools/bindgen/Cargo.lock";
    assert_eq!(lock("wasm-bindgen-cli-support", tools), library, "the program that binds: js/tools/bindgen/Cargo.toml");
    assert_eq!(lock("wasm-bindgen-cli", tools), library, "the test runner: js/tools/bindgen/Cargo.toml");
    assert_eq!(lock("wasm-bindgen-test-shared", "Cargo.lock"), library, "the test library: Cargo.toml");
    let manifest = read("Cargo.toml");
    assert_eq!(version_after(&manifest, "wasm-bindgen = { version = \"="), library, "the crate is pinned: Cargo.toml");
}

/// Imports among the Rust files of a crate whose root is in this folder; other crates may have theirs below it.
fn rust_imports(folder: &Path, others: &[PathBuf]) -> Imports {
    let own = files(folder).into_iter().filter(|file| !others.iter().any(|other| file.starts_with(other)));
    let read = |file: PathBuf| {
        let path = imports::module_path(file.strip_prefix(folder).expect("a file below the folder"));
        let name = file.strip_prefix(root()).expect("a file of the house").to_string_lossy().into_owned();
        (path, name, fs::read_to_string(&file).expect("a readable file"))
    };
    imports::rust(&own.map(read).collect::<Vec<_>>())
}

fn typescript_imports(folder: &str) -> Imports {
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("a readable file");
        (file.strip_prefix(root()).expect("a file of the house").to_owned(), text)
    };
    imports::typescript(&files_of(&root().join(folder), "ts").into_iter().map(read).collect::<Vec<_>>())
}

#[test]
fn no_file_imports_another_in_a_circle() {
    let (scan, bin) = (source().join("page/scan"), source().join("bin"));
    let mut found = circles(&rust_imports(&source(), &[scan.clone(), bin.clone()]));
    found.extend(circles(&rust_imports(&scan, &[])));
    found.extend(circles(&rust_imports(&bin.join("slotwise"), &[])));
    found.extend(circles(&typescript_imports("js/src")));
    found.extend(circles(&typescript_imports("www/src")));
    let told: Vec<String> = found.iter().map(|circle| [circle.join(" -> "), circle[0].clone()].join(" -> ")).collect();
    assert!(told.is_empty(), "{} circles of imports:\n{}", told.len(), told.join("\n"));
}

#[test]
fn a_circle_of_files_would_be_found() {
    let rust = |parent: &str, child: &str, sibling: &str| {
        let file = |path: &[&str], name: &str, text: &str| {
            (path.iter().map(|part| (*part).to_owned()).collect(), name.to_owned(), text.to_owned())
        };
        let lib = file(&[], "lib.rs", "mod room;");
        let room = file(&["room"], "mod.rs", parent);
        imports::rust(&[lib, room, file(&["room", "a"], "a.rs", child), file(&["room", "b"], "b.rs", sibling)])
    };
    // Through the parent's re-export to a sibling, and back by its path.
    let found = rust("mod a;\nmod b;\npub use b::B;", "use super::{\n    B,\n};", "fn f() { super::a::g(); }");
    assert_eq!(circles(&found), [["a.rs", "b.rs"]]);
    // A parent that uses the child, and a child that uses what the parent defines.
    let found = rust("mod a;\nmod b;\npub use a::A;\npub struct P(A);", "use super::P;", "");
    assert_eq!(circles(&found), [["a.rs", "mod.rs"]]);
    // By a module that was imported as such.
    let found = rust(
        "mod a;\nmod b;",
        "use crate::room::b;\nfn g() { b::f() }",
        "use super::a::{self as other};\nfn f() { other::g() }",
    );
    assert_eq!(circles(&found), [["a.rs", "b.rs"]]);
    // A parent that only passes on what its children define is in no circle; tests and comments are none either.
    let tests = "// use super::b::B;\n#[cfg(test)]\nmod tests {\n use super::super::b::B;\n}";
    assert!(circles(&rust("mod a;\nmod b;\npub use a::A;\npub struct P;", tests, "use super::{A, P};")).is_empty());

    let typescript = |name: &str, text: &str| (PathBuf::from(name), text.to_owned());
    let two = [typescript("x/a.ts", "import type { B } from \"./b.js\";"), typescript("x/b.ts", "import(\"./a.js\")")];
    assert_eq!(circles(&imports::typescript(&two)), [["x/a.ts", "x/b.ts"]]);
}
