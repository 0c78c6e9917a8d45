//! Households (keluarga) and individuals (individu) as the active release describes them.

pub mod answer;
mod columns;
pub mod listing;
pub mod lock;
pub mod reading;
pub mod routes;
pub mod succession;

use crate::platform::problem::codes::codes;

codes! {
    /// It was there in a former release; `successors` says what it became.
    HOUSEHOLD_GONE = 410 "household-gone", "Keluarga ini tidak ada lagi di wilayah Anda pada rilis aktif; `successors` menyebut keluarga penerusnya, bila diketahui.", "The active release no longer has this household in your areas; `successors` names the households that it became, where that is known.",
        because "Rilis aktif tidak lagi memuat keluarga ini: bergabung, terpecah, pindah, atau tidak dikirim lagi." / "The active release no longer has this household: it was merged or split, has moved, or was not delivered again.",
        mend "Pakai household_id dalam successors, bila ada." / "Use the household_id in successors, where there is one.";
}
