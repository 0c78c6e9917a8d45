//! Uploaded files at rest: sealed piece by piece (STREAM over AES-256-GCM), so that a file of any size is
//! written and read in constant memory, and a piece that is cut, moved or changed does not open.

use super::{
    problem::{Outcome, Problem},
    vault::{Use, Vault, random_bytes},
};
use aead_stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::Aes256Gcm;
use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

/// Clear bytes in a piece.
const PIECE: usize = 64 * 1024;
const TAG: usize = 16;
const PREFIX: usize = 7;

/// Writes a sealed file. Counts only once [`SealedWriter::finish`] has returned.
pub struct SealedWriter {
    out: BufWriter<File>,
    stream: EncryptorBE32<Aes256Gcm>,
    waiting: Vec<u8>,
    partial: Partial,
    path: PathBuf,
}

/// A file that has no name of its own yet; gone when nobody writes it any more.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // Nothing is there once it was given its name.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl SealedWriter {
    /// Begins a file beside its final name; a crash leaves only a `.partial`, and an upload that breaks off nothing.
    ///
    /// # Errors
    /// An internal problem where the folder can't be written or no key is set.
    pub fn create(vault: &Vault, path: &Path) -> Outcome<Self> {
        let (number, cipher) = vault.newest_cipher()?;
        let partial = path.with_extension("partial");
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Problem::internal)?;
        }
        let partial = Partial(partial);
        let mut out = BufWriter::new(File::create(&partial.0).map_err(Problem::internal)?);
        let prefix: [u8; PREFIX] = random_bytes();
        out.write_all(&number.to_be_bytes()).and_then(|()| out.write_all(&prefix)).map_err(Problem::internal)?;
        Ok(Self {
            out,
            stream: EncryptorBE32::from_aead(cipher.clone(), &prefix.into()),
            waiting: Vec::with_capacity(PIECE + TAG),
            partial,
            path: path.to_owned(),
        })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// An internal problem where the disk refuses.
    pub fn write(&mut self, mut clear: &[u8]) -> Outcome<()> {
        // A full piece waits until more comes, since the last piece is sealed differently.
        while !clear.is_empty() {
            if self.waiting.len() == PIECE {
                let piece = self
                    .stream
                    .encrypt_next(aes_gcm::aead::Payload { msg: &self.waiting, aad: Use::File.label() })
                    .map_err(|_| Problem::internal("a file is too large to be sealed"))?;
                self.out.write_all(&piece).map_err(Problem::internal)?;
                self.waiting.clear();
            }
            let take = clear.len().min(PIECE - self.waiting.len());
            self.waiting.extend_from_slice(&clear[..take]);
            clear = &clear[take..];
        }
        Ok(())
    }

    /// Seals the last piece, makes the file durable and gives it its name.
    ///
    /// # Errors
    /// An internal problem where the disk refuses.
    pub fn finish(mut self) -> Outcome<()> {
        let last = self
            .stream
            .encrypt_last(aes_gcm::aead::Payload { msg: &self.waiting, aad: Use::File.label() })
            .map_err(|_| Problem::internal("a file could not be sealed"))?;
        self.out.write_all(&last).map_err(Problem::internal)?;
        let file = self.out.into_inner().map_err(Problem::internal)?;
        file.sync_all().map_err(Problem::internal)?;
        std::fs::rename(&self.partial.0, &self.path).map_err(Problem::internal)
    }
}

/// Reads a sealed file as if it were clear.
pub struct SealedReader {
    file: BufReader<File>,
    stream: Option<DecryptorBE32<Aes256Gcm>>,
    next: Vec<u8>,
    clear: Vec<u8>,
    at: usize,
}

impl SealedReader {
    /// Opens a file that [`SealedWriter`] finished.
    ///
    /// # Errors
    /// An internal problem where it is not there or its key is not.
    pub fn open(vault: &Vault, path: &Path) -> Outcome<Self> {
        let mut file = BufReader::with_capacity(PIECE + TAG, File::open(path).map_err(Problem::internal)?);
        let mut number = [0; 2];
        let mut prefix = [0; PREFIX];
        file.read_exact(&mut number).and_then(|()| file.read_exact(&mut prefix)).map_err(Problem::internal)?;
        let cipher = vault.cipher(u16::from_be_bytes(number))?;
        let mut reader = Self {
            file,
            stream: Some(DecryptorBE32::from_aead(cipher.clone(), &prefix.into())),
            next: Vec::new(),
            clear: Vec::new(),
            at: 0,
        };
        reader.next = reader.piece().map_err(Problem::internal)?;
        Ok(reader)
    }

    fn piece(&mut self) -> io::Result<Vec<u8>> {
        let mut piece = Vec::with_capacity(PIECE + TAG);
        self.file.by_ref().take((PIECE + TAG) as u64).read_to_end(&mut piece)?;
        Ok(piece)
    }

    fn open_next(&mut self) -> io::Result<()> {
        let broken = |_| io::Error::new(io::ErrorKind::InvalidData, "a sealed file was cut or changed");
        let following = self.piece()?;
        let current = std::mem::replace(&mut self.next, following);
        let payload = aes_gcm::aead::Payload { msg: &current, aad: Use::File.label() };
        self.at = 0;
        self.clear = if self.next.is_empty() {
            match self.stream.take() {
                Some(stream) => stream.decrypt_last(payload).map_err(broken)?,
                None => Vec::new(),
            }
        } else {
            match self.stream.as_mut() {
                Some(stream) => stream.decrypt_next(payload).map_err(broken)?,
                None => Vec::new(),
            }
        };
        Ok(())
    }
}

impl Read for SealedReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.clear.len() {
            if self.stream.is_none() {
                return Ok(0);
            }
            self.open_next()?;
        }
        let count = out.len().min(self.clear.len() - self.at);
        out[..count].copy_from_slice(&self.clear[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::vault::KeyRing;
    use super::*;

    fn round_trip(length: usize) -> (Vault, PathBuf, Vec<u8>) {
        let ring = KeyRing::parse(&KeyRing::fresh_text()).unwrap();
        let vault = Vault::new(ring.clone(), ring);
        let clear: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
        let name = format!("sejahtera-sealed-{}-{length}", uuid::Uuid::now_v7());
        let path = std::env::temp_dir().join(name);
        let mut writer = SealedWriter::create(&vault, &path).unwrap();
        clear.chunks(10_007).for_each(|chunk| writer.write(chunk).unwrap());
        writer.finish().unwrap();
        (vault, path, clear)
    }

    #[test]
    fn a_file_of_any_size_comes_back_as_it_was() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17] {
            let (vault, path, clear) = round_trip(length);
            let mut back = Vec::new();
            SealedReader::open(&vault, &path).unwrap().read_to_end(&mut back).unwrap();
            assert!(back == clear, "length {length}");
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_file_that_was_cut_or_changed_does_not_open() {
        let (vault, path, _) = round_trip(3 * PIECE);
        let whole = std::fs::read(&path).unwrap();
        let read_back = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            SealedReader::open(&vault, &path).unwrap().read_to_end(&mut Vec::new())
        };
        assert!(read_back(&whole[..9 + 2 * (PIECE + TAG)]).is_err(), "cut at a piece");
        let mut changed = whole.clone();
        changed[PIECE] ^= 1;
        assert!(read_back(&changed).is_err(), "changed");
        assert!(read_back(&whole).is_ok());
        std::fs::remove_file(path).unwrap();
    }
}
