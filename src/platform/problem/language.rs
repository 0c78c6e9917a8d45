//! The language that a caller reads: Indonesian, unless it would rather read English.

use super::{Bilingual, Code};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};
use std::{
    convert::Infallible,
    future::{Ready, ready},
};

/// A language that texts of ours stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Where nothing else is asked for.
    Indonesian,
    /// Where `Accept-Language` asks for it.
    English,
}

impl Language {
    /// What the headers of a request ask for (RFC 9110, section 12.5.4, by the order of first mention).
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let Some(wanted) = headers.get(header::ACCEPT_LANGUAGE) else { return Self::Indonesian };
        let wanted = wanted.to_str().unwrap_or_default().to_ascii_lowercase();
        let rank = |language: &str| {
            wanted.split(',').enumerate().find_map(|(order, part)| {
                let mut pieces = part.split(';').map(str::trim);
                let tag = pieces.next()?;
                let weight = pieces.find_map(|piece| piece.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
                (weight > 0.0 && tag.split('-').next() == Some(language)).then_some((weight, order))
            })
        };
        let english = match (rank("en"), rank("id")) {
            (Some(_), None) => true,
            (Some((english, first)), Some((indonesian, second))) => {
                english > indonesian || (english - indonesian).abs() < f32::EPSILON && first < second
            }
            _ => false,
        };
        if english { Self::English } else { Self::Indonesian }
    }

    /// As `Content-Language` names it.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Indonesian => "id",
            Self::English => "en",
        }
    }

    /// The text in this language.
    #[must_use]
    pub fn say(self, text: &Bilingual) -> &str {
        match self {
            Self::Indonesian => &text.indonesian,
            Self::English => &text.english,
        }
    }

    /// A kind of refusal in words.
    #[must_use]
    pub const fn title(self, code: &'static Code) -> &'static str {
        match self {
            Self::Indonesian => code.indonesian,
            Self::English => code.english,
        }
    }
}

impl FromRequest for Language {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request.headers())))
    }
}
