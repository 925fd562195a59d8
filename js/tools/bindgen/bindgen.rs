//! Binds a linked Wasm module to JavaScript: `bindgen TARGET NAME FOLDER MODULE`, where TARGET is `web` or `nodejs`.
//!
//! This is wasm-bindgen's library behind the options we use. The full `wasm-bindgen-cli` takes minutes to build.
//! The glue never guesses where its module is: every host names it.

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [target, name, folder, module] = &words[..] else { return Err("expected TARGET NAME FOLDER MODULE".into()) };
    let mut bindgen = Bindgen::new();
    match target.as_str() {
        "web" => bindgen.web(true)?,
        "nodejs" => bindgen.nodejs(true)?,
        other => return Err(format!("the target is {other}, expected web or nodejs").into()),
    };
    bindgen.input_path(module).out_name(name).typescript(true).omit_default_module_path(true).generate(folder)?;
    Ok(())
}
