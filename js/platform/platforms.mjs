// The machines for which there is a prebuilt trainer.

/** Programs that need nothing of the system but its kernel: no libc of some version, on Linux of either kind. */
const STATIC = "-C target-feature=+crt-static";

/** By the names that Node has for system and processor: Rust's target, and flags for its linker. */
export const PLATFORMS = {
  "linux-x64": { target: "x86_64-unknown-linux-gnu", flags: STATIC },
  "linux-arm64": { target: "aarch64-unknown-linux-gnu", flags: STATIC },
  "darwin-x64": { target: "x86_64-apple-darwin" },
  "darwin-arm64": { target: "aarch64-apple-darwin" },
  "win32-x64": { target: "x86_64-pc-windows-msvc", flags: STATIC },
};
