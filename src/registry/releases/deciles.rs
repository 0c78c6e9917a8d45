//! Who moved between deciles, as a table: every cell, also where nobody moved.

use diesel::{QueryableByName, sql_types as sql};
use serde::Serialize;
use utoipa::ToSchema;

/// Deciles that there are, 1 (poorest) to 10.
const DECILES: usize = 10;

/// Households that stood in one decile and now stand in another; none is without a decile.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct DecileMove {
    #[diesel(sql_type = sql::Nullable<sql::SmallInt>)]
    from: Option<i16>,
    #[diesel(sql_type = sql::Nullable<sql::SmallInt>)]
    to: Option<i16>,
    #[diesel(sql_type = sql::BigInt)]
    households: i64,
}

/// Households by decile in this release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ByDecile {
    /// In deciles 1 to 10, in this order.
    #[schema(min_items = 10, max_items = 10, example = json!([310, 54, 12, 3, 1, 0, 0, 0, 1, 0]))]
    to: [i64; DECILES],
    /// Without a decile.
    #[schema(example = 2)]
    to_unknown: i64,
    /// In all: the sum of those eleven.
    #[schema(example = 383)]
    households: i64,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecileRow {
    /// Decile in the other release; `null`, which is the last row, is without one.
    #[schema(example = 1)]
    from: Option<i16>,
    /// Where those households stand now.
    #[serde(flatten)]
    now: ByDecile,
}

/// Households in both releases by decile then (rows) and now (columns): ten by ten, and those without a decile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecileTable {
    /// Deciles 1 to 10 of the other release, and without a decile: eleven rows.
    rows: Vec<DecileRow>,
    /// The sums of the columns; its `households` is `stayed` of the comparison.
    total: ByDecile,
}

impl ByDecile {
    fn add(&mut self, decile: Option<i16>, households: i64) {
        match self.to.get_mut(place(decile)) {
            Some(cell) => *cell += households,
            None => self.to_unknown += households,
        }
        self.households += households;
    }
}

/// Where a decile stands in the order of the table; without one, behind the last.
fn place(decile: Option<i16>) -> usize {
    decile.and_then(|decile| usize::try_from(decile).ok()?.checked_sub(1)).unwrap_or(DECILES)
}

impl DecileTable {
    /// The table of these moves.
    pub(super) fn of(moves: &[DecileMove]) -> Self {
        let deciles = (1..).take(DECILES).map(Some).chain([None]);
        let mut rows: Vec<DecileRow> = deciles.map(|from| DecileRow { from, now: ByDecile::default() }).collect();
        let mut total = ByDecile::default();
        for DecileMove { from, to, households } in moves {
            if let Some(row) = rows.get_mut(place(*from)) {
                row.now.add(*to, *households);
                total.add(*to, *households);
            }
        }
        Self { rows, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_there_and_rows_and_columns_sum_to_the_same() {
        let moved = |from, to, households| DecileMove { from, to, households };
        let moves = [
            moved(Some(1), Some(1), 5),
            moved(Some(1), Some(10), 2),
            moved(Some(10), None, 3),
            moved(None, Some(1), 4),
            moved(None, None, 6),
        ];
        let table = DecileTable::of(&moves);
        assert_eq!(
            table.rows.iter().map(|row| row.from).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(Some).into_iter().chain([None]).collect::<Vec<_>>()
        );
        assert_eq!(table.rows[0].now, ByDecile { to: [5, 0, 0, 0, 0, 0, 0, 0, 0, 2], to_unknown: 0, households: 7 });
        assert_eq!(table.rows[1].now, ByDecile::default());
        assert_eq!(table.rows[9].now, ByDecile { to: [0; 10], to_unknown: 3, households: 3 });
        assert_eq!(table.rows[10].now, ByDecile { to: [4, 0, 0, 0, 0, 0, 0, 0, 0, 0], to_unknown: 6, households: 10 });
        assert_eq!(table.total, ByDecile { to: [9, 0, 0, 0, 0, 0, 0, 0, 0, 2], to_unknown: 9, households: 20 });
    }
}
