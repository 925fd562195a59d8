//! Runs a Rust test binary that was built for wasm32, under Node: Cargo calls it with the binary's path.
//!
//! This is `wasm-bindgen-test-runner`, built in the same workspace as `bindgen` so that both have one version.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())?)
}
