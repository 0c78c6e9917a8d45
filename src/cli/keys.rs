//! `sejahtera keys`.

use crate::platform::vault::{KeyRing, random_bytes};
use clap::{Args, Subcommand};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{EncodePrivateKey, spki::der::pem::LineEnding},
};
use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Makes keys.
#[derive(Debug, Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Write fresh keys into new files that only their owner can read; never over an existing file.
    Generate {
        /// Settings SEALING_KEYS and DIGEST_KEYS, to be read into the environment.
        #[arg(long)]
        out: PathBuf,
        /// The Ed25519 key that signs tokens, as PKCS#8 PEM.
        #[arg(long)]
        signing_key: PathBuf,
    },
}

/// Runs it.
///
/// # Errors
/// Which file could not be written.
pub fn run(args: &KeysArgs) -> Result<(), String> {
    let KeysCommand::Generate { out, signing_key } = &args.command;
    let settings = format!("SEALING_KEYS={}\nDIGEST_KEYS={}\n", KeyRing::fresh_text(), KeyRing::fresh_text());
    write_secret(out, settings.as_bytes())?;
    let pem =
        SigningKey::from_bytes(&random_bytes()).to_pkcs8_pem(LineEnding::LF).map_err(|error| error.to_string())?;
    write_secret(signing_key, pem.as_bytes())
}

fn write_secret(path: &Path, content: &[u8]) -> Result<(), String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(content));
    written.map_err(|error| format!("{}: {error}", path.display()))
}
