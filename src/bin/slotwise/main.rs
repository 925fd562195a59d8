//! The command line of the trainer and the origin: one small file per subcommand.
//!
//! Each file holds the arguments (whose doc comments are the help texts), a call of the library and the output. Exit code 0
//! is success, 2 any error; an error is one message on standard error that says what to do.

mod check;
mod compact;
mod diff;
mod evaluate;
mod goal;
mod inspect;
mod keygen;
mod learn;
mod log;
mod memory;
mod merge;
mod open;
mod outcome;
mod overlay;
mod preview;
mod promote;
mod reference;
mod report;
mod rollback;
mod rotate;
mod serve;
mod share;
mod sign;
mod signer;
mod simulate;
mod sql;
mod train;
mod verify;
mod withdraw;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Trains, checks, publishes and serves the model that personalises a shop's pages.
#[derive(Parser)]
#[command(name = "slotwise", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(train::Args),
    Evaluate(evaluate::Args),
    Inspect(inspect::Args),
    Check(check::Args),
    Preview(preview::Args),
    Diff(diff::Args),
    Report(report::Args),
    Keygen(keygen::Args),
    Serve(serve::Args),
    Overlay(overlay::Args),
    Verify(verify::Args),
    Sign(sign::Args),
    Rollback(rollback::Args),
    Promote(promote::Args),
    Withdraw(withdraw::Args),
    Rotate(rotate::Args),
    Log(log::Args),
    Share(share::Args),
    Sql(sql::Args),
    Merge(merge::Args),
    Compact(compact::Args),
    Learn(learn::Args),
    Simulate(simulate::Args),
    /// Prints log fields, events and addresses as JSON, for the manual
    #[command(hide = true)]
    Reference,
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    if !matches!(command, Command::Serve(_)) {
        memory::give_back_at_once();
    }
    let outcome = match command {
        Command::Train(args) => train::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Preview(args) => preview::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Keygen(args) => keygen::run(&args),
        Command::Overlay(args) => overlay::run(&args),
        Command::Serve(args) => serve::run(args),
        Command::Verify(args) => verify::run(&args),
        Command::Sign(args) => sign::run(&args),
        Command::Rollback(args) => rollback::run(&args),
        Command::Promote(args) => promote::run(&args),
        Command::Withdraw(args) => withdraw::run(&args),
        Command::Rotate(args) => rotate::run(&args),
        Command::Log(args) => log::run(&args),
        Command::Share(args) => share::run(args),
        Command::Sql(args) => sql::run(args),
        Command::Merge(args) => merge::run(&args),
        Command::Compact(args) => compact::run(&args),
        Command::Learn(args) => learn::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Reference => reference::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("slotwise: {error}");
            ExitCode::from(if error.is::<outcome::Found>() { 1 } else { 2 })
        }
    }
}
