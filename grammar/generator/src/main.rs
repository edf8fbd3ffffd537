//! What `tree-sitter generate --abi 14` does: `generator DIRECTORY` reads DIRECTORY/grammar.js, with node, and writes
//! DIRECTORY/src.
use std::path::PathBuf;
use std::process::ExitCode;

/// What libtree-sitter of Debian 12 can load.
const ABI: usize = 14;

fn main() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: generator DIRECTORY");
        return ExitCode::from(2);
    };
    match tree_sitter_generate::generate_parser_in_directory(&directory, None, ABI, None, None) {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("generator: {err:#}");
            ExitCode::FAILURE
        }
    }
}
