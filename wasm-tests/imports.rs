//! Which file imports which, and circles among them, read from the sources of both languages.
//!
//! A Rust path is followed through re-exports to the file that defines what it names, so a parent that only passes on
//! what its children define depends on none of them. A parent that uses a child's items itself depends on it; a child
//! that uses what its parent's file defines depends on the parent. Unit tests (at the end of a file) do not count. What
//! macros make and methods call is not seen: this reads names, not types.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Files by name, each with the files it imports.
pub(crate) type Imports = BTreeMap<String, BTreeSet<String>>;

/// A module: its file, its children, and where the names that its `use` lines bring come from.
struct Module {
    file: String,
    children: BTreeSet<String>,
    uses: Vec<(String, Vec<String>)>,
    /// Names that are only passed on.
    passed: BTreeSet<String>,
    code: String,
}

type Modules = BTreeMap<Vec<String>, Module>;

/// Imports among the Rust files of a crate, by the module path of each (the root's is empty).
pub(crate) fn rust(sources: &[(Vec<String>, String, String)]) -> Imports {
    let modules: Modules =
        sources.iter().map(|(path, file, text)| (path.clone(), module(file.clone(), text))).collect();
    let mut imports = Imports::new();
    for (path, module) in &modules {
        let used = module.uses.iter().filter(|(name, _)| !module.passed.contains(name)).map(|(_, path)| path.clone());
        let mut found = BTreeSet::new();
        for segments in used.chain(paths(&module.code)) {
            found.extend(defined_in(&modules, path, &segments, 0).filter(|file| *file != module.file));
        }
        imports.insert(module.file.clone(), found);
    }
    imports
}

/// The module path of a file below the folder of a crate.
pub(crate) fn module_path(file: &Path) -> Vec<String> {
    let mut path: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if path.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        path.pop();
    }
    path
}

fn module(file: String, text: &str) -> Module {
    let text = bare(text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default());
    let (mut children, mut uses, mut public, mut code) = (BTreeSet::new(), Vec::new(), BTreeSet::new(), String::new());
    let mut rest = text.lines();
    while let Some(line) = rest.next() {
        let trimmed = line.trim();
        let bare = trimmed.strip_prefix("pub").map_or(trimmed, |rest| {
            let rest = rest.trim_start();
            rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest).trim_start()
        });
        if let Some(name) = bare.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
            children.insert(name.to_owned());
        } else if let Some(first) = bare.strip_prefix("use ") {
            let mut whole = first.to_owned();
            while !whole.contains(';') {
                let Some(more) = rest.next() else { break };
                whole += more.trim();
            }
            let begin = uses.len();
            tree(&mut Vec::new(), whole.trim_end_matches(';'), &mut uses);
            if bare.len() < trimmed.len() {
                public.extend(uses[begin..].iter().map(|(name, _)| name.clone()));
            }
        } else {
            code += line;
            code.push('\n');
        }
    }
    let words: BTreeSet<&str> = code.split(|c: char| !is_word(c)).collect();
    let passed = public.into_iter().filter(|name| !words.contains(name.as_str())).collect();
    Module { file, children, uses, passed, code }
}

/// Code without comments, and without what stands in quotes.
fn bare(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if rest.starts_with("'\"'") {
            3
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let mut escaped = false;
            let end = quoted.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[skip..];
    }
    code
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The names of a `use` tree and their paths. `*` stands for all names of a module.
fn tree(before: &mut Vec<String>, text: &str, uses: &mut Vec<(String, Vec<String>)>) {
    let text = text.trim();
    let depth = before.len();
    let (path, group) = match text.split_once('{') {
        Some((path, group)) => (path.trim_end_matches("::"), group.strip_suffix('}')),
        None => (text, None),
    };
    let (path, name) = path.split_once(" as ").map_or((path, None), |(path, name)| (path, Some(name.to_owned())));
    before.extend(path.split("::").filter(|part| !part.is_empty()).map(|part| part.trim().to_owned()));
    match group {
        Some(group) => {
            for part in parts(group) {
                tree(before, part, uses);
            }
        }
        None => {
            let own = before.last().is_some_and(|last| last == "self");
            let path = if own { before[..before.len() - 1].to_vec() } else { before.clone() };
            let name = name.or_else(|| path.last().cloned()).unwrap_or_default();
            uses.push((name, path));
        }
    }
    before.truncate(depth);
}

/// The parts of a group, at its commas.
fn parts(group: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut begin) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&group[begin..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// Paths of at least two names as they stand in code.
fn paths(code: &str) -> impl Iterator<Item = Vec<String>> + '_ {
    let words = code.split(|c: char| !is_word(c) && c != ':');
    let words = words.filter(|word| word.contains("::") && !word.starts_with(':'));
    words.map(|word| {
        word.split("::").filter(|part| !part.is_empty()).map(|part| part.trim_matches(':').into()).collect()
    })
}

/// The file that defines what a path names, seen from a module; `None` for other crates, and for a module as such.
fn defined_in(modules: &Modules, from: &[String], segments: &[String], depth: usize) -> Option<String> {
    let module = modules.get(from)?;
    let (first, rest) = segments.split_first()?;
    let parent = || from.split_last().map(|(_, parent)| parent.to_vec());
    if depth > 20 {
        return None;
    }
    match first.as_str() {
        "crate" => return inside(modules, &[], rest, depth),
        "self" => return inside(modules, from, rest, depth),
        "super" => return inside(modules, &parent()?, rest, depth),
        _ => {}
    }
    if module.children.contains(first) {
        return inside(modules, &[from, std::slice::from_ref(first)].concat(), rest, depth);
    }
    let (_, path) = module.uses.iter().find(|(name, path)| name == first && path != segments)?;
    defined_in(modules, from, &[path, rest].concat(), depth + 1)
}

/// As [`defined_in`], for a path below a module.
fn inside(modules: &Modules, of: &[String], segments: &[String], depth: usize) -> Option<String> {
    let module = modules.get(of)?;
    let (first, rest) = segments.split_first()?;
    if first == "super" {
        return inside(modules, of.split_last()?.1, rest, depth + 1);
    }
    if module.children.contains(first) {
        let child = [of, std::slice::from_ref(first)].concat();
        // A module and a function may have one name; what is used of both is in the child.
        return if rest.is_empty() { None } else { inside(modules, &child, rest, depth + 1) };
    }
    let passed = module.uses.iter().find(|(name, path)| name == first && path.len() > 1);
    match passed {
        Some((_, path)) if depth < 20 => defined_in(modules, of, &[path, rest].concat(), depth + 1),
        _ => Some(module.file.clone()),
    }
}

/// Imports among TypeScript files, type imports included.
pub(crate) fn typescript(sources: &[(PathBuf, String)]) -> Imports {
    let mut imports = Imports::new();
    for (file, text) in sources {
        let quoted = text.split(['"', '\n']).filter(|part| part.starts_with("./") && part.ends_with(".js"));
        let folder = file.parent().unwrap_or(Path::new(""));
        let named = quoted.map(|part| folder.join(&part[2..]).with_extension("ts"));
        let known = named.filter(|path| sources.iter().any(|(file, _)| file == path));
        imports.insert(name(file), known.map(|path| name(&path)).collect());
    }
    imports
}

fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Circles, the shortest through each file that is in one and not in one before: files in order.
pub(crate) fn circles(imports: &Imports) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    for file in imports.keys() {
        if found.iter().any(|circle| circle.contains(file)) {
            continue;
        }
        found.extend(circle(imports, file));
    }
    found
}

/// The shortest way from a file back to itself.
fn circle(imports: &Imports, file: &String) -> Option<Vec<String>> {
    let mut ways = vec![vec![file.clone()]];
    let mut seen = BTreeSet::new();
    let mut next = 0;
    while let Some(way) = ways.get(next).cloned() {
        next += 1;
        for other in imports.get(way.last()?).into_iter().flatten() {
            if other == file {
                return Some(way);
            }
            if seen.insert(other.clone()) {
                ways.push([&way[..], &[other.clone()]].concat());
            }
        }
    }
    None
}
