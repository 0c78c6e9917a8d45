//! Sealing and finding: AES-256-GCM for what is kept, HMAC-SHA-256 for what is looked up by.
//!
//! A sealed value begins with the number of its key, so that keys can be rotated; each value is bound to its
//! use by associated data, so that a sealed KK number put into another table does not open.

use super::problem::Problem;
use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{collections::BTreeMap, fmt};
use zeroize::Zeroizing;

/// A digest by which a number is found.
pub type Digest = [u8; 32];

/// Numbered 256-bit keys; the highest number is the one that writes.
#[derive(Default, Clone)]
pub struct KeyRing(BTreeMap<u16, Zeroizing<[u8; 32]>>);

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({:?})", self.0.keys())
    }
}

/// Why a key ring can't be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `number:base64 of 32 bytes`, separated by commas")]
pub struct NotAKeyRing;

impl KeyRing {
    /// Reads `1:base64,2:base64`.
    ///
    /// # Errors
    /// [`NotAKeyRing`] where a part is malformed or none is there.
    pub fn parse(text: &str) -> Result<Self, NotAKeyRing> {
        let mut keys = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (number, key) = part.split_once(':').ok_or(NotAKeyRing)?;
            let number: u16 = number.parse().map_err(|_| NotAKeyRing)?;
            let bytes = Zeroizing::new(STANDARD.decode(key).map_err(|_| NotAKeyRing)?);
            let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| NotAKeyRing)?;
            keys.insert(number, Zeroizing::new(key));
        }
        if keys.is_empty() { Err(NotAKeyRing) } else { Ok(Self(keys)) }
    }

    /// A fresh ring of one key, in the form that [`KeyRing::parse`] reads.
    #[must_use]
    pub fn fresh_text() -> String {
        format!("1:{}", STANDARD.encode(random_bytes::<32>()))
    }

    fn newest(&self) -> Option<(u16, &[u8; 32])> {
        self.0.last_key_value().map(|(number, key)| (*number, &**key))
    }
}

/// Bytes from the operating system's generator.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    rand::random()
}

/// What a sealed value is for; bound into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A NIK of an individual.
    Nik,
    /// A KK number of a household.
    Kk,
    /// A line of a delivery that could not be loaded.
    SetAsideLine,
    /// The stored answer of an idempotent request.
    StoredAnswer,
    /// An uploaded file.
    File,
    /// A name that somebody typed to log in.
    LoginName,
    /// The shift of a rough count.
    RoughCount,
    /// The code of a receipt.
    ReceiptCode,
    /// The number of an account, or of a card, to which a person's aid goes.
    PayoutAccount,
}

impl Use {
    pub(super) const fn label(self) -> &'static [u8] {
        match self {
            Self::Nik => b"nik",
            Self::Kk => b"kk",
            Self::SetAsideLine => b"set-aside-line",
            Self::StoredAnswer => b"stored-answer",
            Self::File => b"file",
            Self::LoginName => b"login-name",
            Self::RoughCount => b"rough-count",
            Self::PayoutAccount => b"payout-account",
            Self::ReceiptCode => b"receipt-code",
        }
    }
}

/// Holds the keys. Nothing else ever does.
pub struct Vault {
    sealing: BTreeMap<u16, Aes256Gcm>,
    newest_sealing: u16,
    digests: BTreeMap<u16, Hmac<Sha256>>,
    newest_digest: u16,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

const NONCE: usize = 12;

impl Vault {
    /// Takes both rings.
    #[must_use]
    pub fn new(sealing: KeyRing, digests: KeyRing) -> Self {
        Self {
            newest_sealing: sealing.newest().map_or(0, |(number, _)| number),
            newest_digest: digests.newest().map_or(0, |(number, _)| number),
            sealing: sealing.0.iter().map(|(number, key)| (*number, Aes256Gcm::new(&(**key).into()))).collect(),
            digests: digests
                .0
                .iter()
                .filter_map(|(number, key)| Some((*number, Hmac::<Sha256>::new_from_slice(&**key).ok()?)))
                .collect(),
        }
    }

    /// The number of the digest key that writes; directories are keyed by it.
    #[must_use]
    pub fn digest_key(&self) -> i16 {
        i16::try_from(self.newest_digest).unwrap_or(i16::MAX)
    }

    /// The digest by which a number is found.
    #[must_use]
    pub fn digest(&self, purpose: Use, clear: &[u8]) -> Digest {
        let Some(keyed) = self.digests.get(&self.newest_digest) else { return [0; 32] };
        let mut mac = keyed.clone();
        mac.update(purpose.label());
        mac.update(&[0]);
        mac.update(clear);
        mac.finalize().into_bytes().into()
    }

    /// Seals a value: key number 2, nonce 12, ciphertext and tag.
    ///
    /// # Errors
    /// An internal problem where no sealing key is set.
    pub fn seal(&self, purpose: Use, clear: &[u8]) -> Result<Vec<u8>, Problem> {
        let cipher = self.cipher(self.newest_sealing)?;
        let nonce: [u8; NONCE] = random_bytes();
        let sealed = cipher
            .encrypt(&Nonce::from(nonce), Payload { msg: clear, aad: purpose.label() })
            .map_err(|_| Problem::internal("a value could not be sealed"))?;
        let mut out = Vec::with_capacity(2 + NONCE + sealed.len());
        out.extend_from_slice(&self.newest_sealing.to_be_bytes());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what [`Vault::seal`] made.
    ///
    /// # Errors
    /// An internal problem where the key is not there or the value was changed or belongs elsewhere.
    pub fn open(&self, purpose: Use, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let broken = || Problem::internal("a sealed value does not open");
        let (number, rest) = sealed.split_first_chunk::<2>().ok_or_else(broken)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or_else(broken)?;
        let cipher = self.cipher(u16::from_be_bytes(*number))?;
        cipher
            .decrypt(&Nonce::from(*nonce), Payload { msg: ciphertext, aad: purpose.label() })
            .map(Zeroizing::new)
            .map_err(|_| broken())
    }

    /// The cipher that writes, and its number: for files, which are sealed in pieces.
    ///
    /// # Errors
    /// An internal problem where no sealing key is set.
    pub(super) fn newest_cipher(&self) -> Result<(u16, &Aes256Gcm), Problem> {
        Ok((self.newest_sealing, self.cipher(self.newest_sealing)?))
    }

    pub(super) fn cipher(&self, number: u16) -> Result<&Aes256Gcm, Problem> {
        self.sealing.get(&number).ok_or_else(|| Problem::internal(format!("sealing key {number} is not configured")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(sealing: &str) -> Vault {
        Vault::new(KeyRing::parse(sealing).unwrap(), KeyRing::parse(&KeyRing::fresh_text()).unwrap())
    }

    #[test]
    fn what_is_sealed_opens_for_its_use_only() {
        let vault = vault(&KeyRing::fresh_text());
        let sealed = vault.seal(Use::Nik, b"3526011708900003").unwrap();
        assert_eq!(&vault.open(Use::Nik, &sealed).unwrap()[..], b"3526011708900003");
        assert!(vault.open(Use::Kk, &sealed).is_err());
        let mut changed = sealed;
        if let Some(last) = changed.last_mut() {
            *last ^= 1;
        }
        assert!(vault.open(Use::Nik, &changed).is_err());
    }

    #[test]
    fn an_older_key_still_opens() {
        let old = KeyRing::fresh_text();
        let sealed = vault(&old).seal(Use::Kk, b"x").unwrap();
        let both = format!("{old},{}", KeyRing::fresh_text().replacen("1:", "2:", 1));
        let vault = vault(&both);
        assert_eq!(&vault.open(Use::Kk, &sealed).unwrap()[..], b"x");
        assert_eq!(vault.seal(Use::Kk, b"x").unwrap()[..2], [0, 2]);
    }

    #[test]
    fn a_digest_is_hmac_sha_256() {
        // Computed by another hand: printf 'nik\0001' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0b0b… (32 bytes).
        let ring = KeyRing::parse(&format!("1:{}", STANDARD.encode([0x0b; 32]))).unwrap();
        let vault = Vault::new(ring.clone(), ring);
        let hex: String = vault.digest(Use::Nik, b"1").iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "8e1cf0f0765c9e9f2fa41a76dc49133d1961bccedb764858286ff17ec04c6d67");
    }
}
