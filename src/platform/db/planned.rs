//! Plans that are made once: a statement that is written out whole (`sql_query`) is otherwise planned each time it is
//! sent, which for one that writes many tables takes longer than running it for a few rows.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// Rows up to which one plan serves all.
const FEW: usize = 64;

/// Rows beyond which reading all of a year or a batch takes less time than looking each up.
pub const MANY: usize = 1_000;

/// A statement for so many rows. That of a few keeps its plan with the connection; one of many is planned for its own
/// size, since what is best for ten rows is not for a regency.
#[derive(Debug, Clone, Copy)]
pub struct PlannedFor<Q> {
    rows: usize,
    query: Q,
}

/// The statement, planned for so many rows. Its text must be a constant: every other text would be kept, too.
pub const fn planned_for<Q>(rows: usize, query: Q) -> PlannedFor<Q> {
    PlannedFor { rows, query }
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for PlannedFor<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.query.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(self.rows <= FEW)
    }
}

impl<Q> QueryId for PlannedFor<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for PlannedFor<Q> {
    type SqlType = Q::SqlType;
}
