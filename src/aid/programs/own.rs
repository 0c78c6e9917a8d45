//! The programme that a writing route works on: the caller's own agency's, or it is not there. To work in it (enrol,
//! preview) any areas will do, since the lane keeps to them; to change it the token must cover all of it.

use super::{PROGRAM_IS_WIDER, Program, queries};
use crate::{
    access::permissions::{EnrolmentReviewer, ProgramManager},
    platform::{
        auth::{Identity, Principal, Role},
        db::Db,
        problem::{Outcome, Problem, codes},
    },
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use futures::future::LocalBoxFuture;
use uuid::Uuid;

/// A programme manager together with the programme of the path's `program_id`, which their agency runs. Another
/// agency's programme answers 404, as an unknown one does.
#[derive(Debug, Clone)]
pub struct OwnProgram {
    /// Who calls.
    pub manager: ProgramManager,
    /// The programme as it stood when the request came in; what is decided on it is read again under a lock.
    pub program: Program,
}

impl FromRequest for OwnProgram {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Outcome<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let manager = ProgramManager::from_request(request, payload).into_inner();
        let request = request.clone();
        Box::pin(async move {
            let manager = manager?;
            let program = program_of_path(&request, &manager).await?;
            Ok(Self { manager, program })
        })
    }
}

/// A programme whose standing enrolments may be held against its rule: one's own agency's, or any for the auditor.
#[derive(Debug, Clone)]
pub struct ProgramInReview {
    /// Who calls.
    pub reviewer: EnrolmentReviewer,
    /// The programme.
    pub program: Program,
}

impl FromRequest for ProgramInReview {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Outcome<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reviewer = EnrolmentReviewer::from_request(request, payload).into_inner();
        let request = request.clone();
        Box::pin(async move {
            let reviewer = reviewer?;
            let program = program_of_path(&request, &reviewer).await?;
            Ok(Self { reviewer, program })
        })
    }
}

/// The programme that the path names, if it is the caller's agency's, or the caller the auditor.
async fn program_of_path(request: &HttpRequest, caller: &Principal) -> Outcome<Program> {
    let program_id = request.match_info().get("program_id").and_then(|text| text.parse::<Uuid>().ok());
    let program_id = program_id.ok_or_else(|| Problem::from(&codes::NOT_FOUND))?;
    let db = request.app_data::<Data<Db>>().ok_or_else(|| Problem::internal("no database"))?;
    db.act(caller, async |tx| match caller.role {
        Role::Auditor => queries::find(tx, program_id).await,
        _ => queries::find_of(tx, program_id, &caller.agency).await,
    })
    .await
}

/// An [`OwnProgram`] that may be changed: the token's areas cover the programme's.
#[derive(Debug, Clone)]
pub struct WholeProgram(pub OwnProgram);

impl std::ops::Deref for WholeProgram {
    type Target = OwnProgram;
    fn deref(&self) -> &OwnProgram {
        &self.0
    }
}

impl FromRequest for WholeProgram {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Outcome<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let own = OwnProgram::from_request(request, payload);
        Box::pin(async move {
            let own = own.await?;
            refuse_narrower(&own.manager, &own.program)?;
            Ok(Self(own))
        })
    }
}

impl Program {
    /// Whether the caller's areas cover the programme's.
    #[must_use]
    pub fn is_covered_by(&self, caller: &Identity) -> bool {
        self.areas.iter().all(|area| area.parse().is_ok_and(|area| caller.covers(&area)))
    }
}

/// Refuses a caller whose areas do not cover the programme's: what is changed holds in all of them.
///
/// # Errors
/// `program-wider-than-token`.
pub(super) fn refuse_narrower(caller: &Identity, program: &Program) -> Outcome<()> {
    if program.is_covered_by(caller) { Ok(()) } else { Err(Problem::from(&PROGRAM_IS_WIDER)) }
}
