//! The programme that a writing route works on: the caller's own agency's, or it is not there. To work in it (enrol,
//! preview) any areas will do, since the lane keeps to them; to change it the token must cover all of it.

use super::{PROGRAM_IS_WIDER, Program, queries};
use crate::{
    access::permissions::ProgramManager,
    platform::{
        auth::Identity,
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
        let program_id = request.match_info().get("program_id").and_then(|text| text.parse::<Uuid>().ok());
        let db = request.app_data::<Data<Db>>().cloned();
        Box::pin(async move {
            let manager = manager?;
            let program_id = program_id.ok_or_else(|| Problem::from(&codes::NOT_FOUND))?;
            let db = db.ok_or_else(|| Problem::internal("no database"))?;
            let program = db.act(&manager, async |tx| queries::find_of(tx, program_id, &manager.agency).await).await?;
            Ok(Self { manager, program })
        })
    }
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

/// Refuses a caller whose areas do not cover the programme's: what is changed holds in all of them.
///
/// # Errors
/// `program-wider-than-token`.
pub(super) fn refuse_narrower(caller: &Identity, program: &Program) -> Outcome<()> {
    let covered = program.areas.iter().all(|area| area.parse().is_ok_and(|area| caller.covers(&area)));
    if covered { Ok(()) } else { Err(Problem::from(&PROGRAM_IS_WIDER)) }
}
