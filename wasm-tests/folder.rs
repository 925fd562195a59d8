//! A folder of a test's own, and the command line in it.

// Each test file uses a part of it.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of a test's own; gone when the test ends.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// An empty one.
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("slotwise-test-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Writes a file and returns its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }

    /// The snapshot that `train` published to `out`.
    pub(crate) fn snapshot(&self) -> PathBuf {
        fs::read_dir(self.0.join("out/snapshot")).unwrap().next().unwrap().unwrap().path()
    }

    /// The figures that `evaluate` wrote to `out.json`.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(self.path("out.json")).unwrap()).unwrap()
    }

    /// Exit code 2, one message with every one of these words, and nothing under this name.
    pub(crate) fn refused(&self, output: &Output, words: &[&str], nothing_at: &str) {
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        for word in words {
            assert!(said.contains(word), "no {word:?} in: {said}");
        }
        assert!(said.contains("slotwise: "), "{said}");
        assert!(!Path::new(&self.path(nothing_at)).exists(), "something was written");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs the command line.
pub(crate) fn run(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slotwise")).args(words).output().unwrap()
}
