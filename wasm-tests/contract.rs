//! Writes the files that are made from the Rust sources: `npm run contract`.
//!
//! A file that is as it should be stays untouched. `house.rs` fails where one is stale.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = [("js/src/contract.ts", slotwise::host::contract()), ("js/plan.schema.json", slotwise::plan::schema())];
    for (name, text) in made {
        let path = root.join(name);
        if std::fs::read_to_string(&path).is_ok_and(|found| found == text) {
            continue;
        }
        std::fs::write(&path, text)?;
        println!("{name} is written anew");
    }
    Ok(())
}
