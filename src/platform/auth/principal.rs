//! The caller as a handler meets it: checked once a token, then remembered by the worker until it ends.

use super::{Claims, Role, TokenKeys, lane};
use crate::platform::{
    problem::{Outcome, Problem, codes},
    query::dry_run_of,
    region_code::RegionCode,
    request::{only_header, peer_of, request_id_of},
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web::Data};
use chrono::Utc;
use std::{
    cell::RefCell,
    collections::HashMap,
    future::{Ready, ready},
    sync::Arc,
};
use uuid::Uuid;

/// Who a token stands for, and the lane that follows from it.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `user:…` or `client:…`.
    pub subject: String,
    /// The natural person; none for a system.
    pub person: Option<Uuid>,
    /// Role.
    pub role: Role,
    /// Agency's code.
    pub agency: String,
    /// Areas; what lies in none of them is not there.
    pub areas: Vec<RegionCode>,
    /// The officer for whom a system acts.
    pub acting_for: Option<String>,
}

impl Identity {
    /// The lane that follows from role, agency and areas ([`lane::statements`]).
    #[must_use]
    pub fn lane_statements(&self) -> String {
        lane::statements(self.role.as_str(), &self.agency, &self.areas)
    }

    /// Whether the region lies within the areas.
    #[must_use]
    pub fn covers(&self, region: &RegionCode) -> bool {
        self.areas.iter().any(|area| region.is_within(area))
    }
}

/// A caller with a valid token, and the request it came by. Not an extractor: a route takes a permission, a type
/// around it (`access::permissions`), or [`AnyCaller`], which says that every role may.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Who.
    pub identity: Arc<Identity>,
    /// The lane's statements, made once a token.
    pub lane: Arc<str>,
    /// Names this request in log and audit.
    pub request_id: Uuid,
    /// From where.
    pub peer: Arc<str>,
    /// The request only tries: all of the work is done, and none of it stays but the trace of what was read.
    pub dry_run: bool,
}

impl std::ops::Deref for Principal {
    type Target = Identity;
    fn deref(&self) -> &Identity {
        &self.identity
    }
}

impl Principal {
    /// A caller that is no request: a job that goes on with the lane of who asked.
    #[must_use]
    pub fn resumed(identity: Identity, request_id: Uuid) -> Self {
        Self {
            lane: identity.lane_statements().into(),
            identity: Arc::new(identity),
            request_id,
            peer: "job".into(),
            dry_run: false,
        }
    }

    /// The caller of what can't be only tried: it tells something whether or not one says that it is a trial.
    ///
    /// # Errors
    /// `no-trial`.
    pub fn in_earnest(&self) -> Outcome<&Self> {
        if self.dry_run { Err(Problem::from(&codes::NO_TRIAL)) } else { Ok(self) }
    }

    /// The natural person who acts.
    ///
    /// # Errors
    /// `forbidden` for a system: a machine never approves.
    pub fn person(&self) -> Outcome<Uuid> {
        self.person.ok_or_else(|| {
            Problem::from(&codes::FORBIDDEN).detail(
                "Hanya orang yang dapat melakukan ini, bukan sistem.",
                "Only a person can do this, not a system.",
            )
        })
    }

    /// As audit and steps name the actor: the officer where a system acts for one.
    #[must_use]
    pub fn actor(&self) -> String {
        match &self.acting_for {
            Some(officer) => format!("{}/{officer}", self.subject),
            None => self.subject.clone(),
        }
    }
}

struct Known {
    identity: Arc<Identity>,
    lane: Arc<str>,
    ends: i64,
}

thread_local! {
    /// Tokens that this worker has checked. A signature costs more than all else of a small read.
    static CHECKED: RefCell<HashMap<Box<str>, Known>> = RefCell::new(HashMap::new());
}

/// More tokens than a worker remembers; then it forgets all and begins again.
const REMEMBERED: usize = 4096;

fn identity_of(token: &str, keys: &TokenKeys) -> Outcome<(Arc<Identity>, Arc<str>)> {
    let now = Utc::now().timestamp();
    let known = CHECKED.with_borrow(|checked| {
        checked.get(token).filter(|known| known.ends > now).map(|known| (known.identity.clone(), known.lane.clone()))
    });
    if let Some(known) = known {
        return Ok(known);
    }
    let claims = keys.check(token)?;
    let ends = claims.exp;
    let identity = Arc::new(identity_from(claims));
    let lane: Arc<str> = identity.lane_statements().into();
    CHECKED.with_borrow_mut(|checked| {
        if checked.len() >= REMEMBERED {
            checked.clear();
        }
        checked.insert(token.into(), Known { identity: identity.clone(), lane: lane.clone(), ends });
    });
    Ok((identity, lane))
}

fn identity_from(claims: Claims) -> Identity {
    Identity {
        subject: claims.sub,
        person: claims.person,
        role: claims.role,
        agency: claims.agency,
        areas: claims.areas,
        acting_for: claims.act.map(|actor| actor.sub),
    }
}

/// Every role may.
#[derive(Debug, Clone)]
pub struct AnyCaller(pub Principal);

impl std::ops::Deref for AnyCaller {
    type Target = Principal;
    fn deref(&self) -> &Principal {
        &self.0
    }
}

impl FromRequest for AnyCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Principal::of(request).map(Self))
    }
}

impl Principal {
    /// The caller of this request, by its one `Authorization` header.
    ///
    /// # Errors
    /// `unauthenticated`; `invalid-fields` where `dry_run` is misspelt.
    pub fn of(request: &HttpRequest) -> Outcome<Self> {
        let refuse = || Problem::from(&codes::UNAUTHENTICATED);
        let keys = request.app_data::<Data<TokenKeys>>().ok_or_else(|| Problem::internal("no token keys"))?;
        let authorization = only_header(request, &header::AUTHORIZATION).map_err(|_| refuse())?;
        let token = authorization.and_then(bearer).ok_or_else(refuse)?;
        let (identity, lane) = identity_of(token, keys)?;
        Ok(Self {
            identity,
            lane,
            request_id: request_id_of(request),
            peer: peer_of(request),
            dry_run: dry_run_of(request)?,
        })
    }
}

/// The token of `Bearer …`; the scheme's name has no case (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
