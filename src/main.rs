//! `contexture`: see [`contexture::cli`].

use std::process::ExitCode;

use clap::Parser as _;
use contexture::cli::Cli;

/// The input cannot be analysed; clap itself exits with 2 on wrong usage.
const FAILED: u8 = 1;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

/// Whether the reader of our output closed it, as `head` does; that is no failure of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
