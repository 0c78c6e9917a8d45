//! The caller as a handler meets it: checked once a token, then remembered by the worker until it ends.

use super::{Claims, Role, TokenKeys};
use crate::platform::{
    problem::{Outcome, Problem, codes},
    region_code::RegionCode,
    request::{peer_of, request_id_of},
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web::Data};
use chrono::Utc;
use std::{
    cell::RefCell,
    collections::HashMap,
    fmt::Write,
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
    /// The lane as PostgreSQL is told it, at the head of a transaction.
    #[must_use]
    pub fn lane_statements(&self) -> String {
        let areas = self.areas.iter().map(RegionCode::pattern).collect::<Vec<_>>().join(",");
        let mut sql = String::with_capacity(160);
        for (name, value) in
            [("role", self.role.as_str()), ("agency", &self.agency), ("areas", &format!("{{{areas}}}"))]
        {
            // SET takes no parameters. Role and areas are typed; the agency comes from our own rows. Who asks is not told:
            // no policy needs it, and callers of one lane may share a flight.
            let _ = write!(sql, "SET LOCAL app.{name} = '{}';", value.replace('\'', "''"));
        }
        sql
    }

    /// Whether the region lies within the areas.
    #[must_use]
    pub fn covers(&self, region: &RegionCode) -> bool {
        self.areas.iter().any(|area| region.is_within(area))
    }
}

/// A caller with a valid token, and the request it came by. Permissions are types around it
/// (`access::permissions`); a route takes one of those, not this.
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

    /// The same caller, for what can't be only tried: a lookup is made whether or not one says that it is a trial.
    #[must_use]
    pub fn for_real(&self) -> Self {
        Self { dry_run: false, ..self.clone() }
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

impl FromRequest for Principal {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read(request: &HttpRequest) -> Outcome<Principal> {
    let refuse = || Problem::from(&codes::UNAUTHENTICATED);
    let keys = request.app_data::<Data<TokenKeys>>().ok_or_else(|| Problem::internal("no token keys"))?;
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let token = headers.next().and_then(|value| value.to_str().ok()).and_then(bearer).ok_or_else(refuse)?;
    if headers.next().is_some() {
        return Err(refuse());
    }
    let (identity, lane) = identity_of(token, keys)?;
    Ok(Principal {
        identity,
        lane,
        request_id: request_id_of(request),
        peer: peer_of(request),
        dry_run: is_dry_run(request.query_string())?,
    })
}

/// Whether the address asks to try only. Whatever is not plainly `true` or `false`, once, is refused: somebody who means
/// to try must not find that it was done.
///
/// # Errors
/// `malformed-request`.
pub fn is_dry_run(query: &str) -> Outcome<bool> {
    let mut asked =
        query.split('&').filter(|part| part.to_ascii_lowercase().replace("%5f", "_").starts_with("dry_run"));
    let wanted = match asked.next() {
        None | Some("dry_run=false") => Ok(false),
        Some("dry_run=true") => Ok(true),
        Some(_) => Err(()),
    };
    match (wanted, asked.next()) {
        (Ok(wanted), None) => Ok(wanted),
        _ => {
            Err(Problem::from(&codes::MALFORMED)
                .detail("dry_run harus true atau false", "dry_run must be true or false"))
        }
    }
}

/// The token of `Bearer …`; the scheme's name has no case (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
