//! The programs print the same whenever they are asked the same: what other hosts are compared with must not change by itself.
//!
//! With this test cargo builds the programs together with the tests of the library, so that the library is built once.

use std::process::Command;

fn printed(program: &str, words: &[&str]) -> String {
    let run = Command::new(program).args(words).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn a_digest_is_the_same_twice_and_another_for_other_models() {
    let digest = |from, to| printed(env!("CARGO_BIN_EXE_digest"), &[from, to]);
    assert_eq!(digest("0", "3"), digest("0", "3"));
    assert_ne!(digest("0", "3"), digest("3", "6"));
}

#[test]
fn sessions_are_the_same_twice_and_more_of_them_begin_alike() {
    let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/../golden/v1.slotwise");
    let sessions = |count| printed(env!("CARGO_BIN_EXE_sessions"), &[snapshot, count, "1800000000000"]);
    let fifty = sessions("50");
    assert_eq!(fifty, sessions("50"));
    assert_eq!(fifty.lines().count(), 50);
    assert!(fifty.starts_with(&sessions("10")));
}
