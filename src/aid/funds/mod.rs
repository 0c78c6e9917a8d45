//! Funds and budgets (sumber dana, anggaran): what a programme's money comes from. How much there is, and what became of
//! it, is what the ledger says; what was granted, and each revision, is an entry with its legal basis.

pub mod programs;
pub mod queries;
pub mod requests;
pub mod routes;
pub mod service;

pub use requests::{BudgetFilter, FundFilter, NewBudget, NewEntry, NewFund};

use crate::{
    access::agencies::UNKNOWN_AGENCY,
    aid::{
        ledger::{Account, AccountKind},
        programs::FundSource,
    },
    platform::{
        problem::{codes::codes, constraints},
        rupiah::Rupiah,
    },
    schema::{budget_entries, budgets, funds},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

codes! {
    /// The fund's code is taken.
    FUND_EXISTS = 409 "fund-exists", "Kode sumber dana sudah dipakai.", "A fund with this code exists already.",
        because "Kode itu dipakai sumber dana lain, mungkin dari perangkat daerah lain." / "Another fund has this code, perhaps another agency's.",
        mend "Pilih kode lain, misalnya dengan tahun anggarannya." / "Choose another code, such as one with its fiscal year.";
    /// The agency has a budget of this line and year.
    BUDGET_EXISTS = 409 "budget-exists", "Mata anggaran itu sudah tercatat untuk tahun anggaran ini.", "A budget of this line stands already for the fiscal year.",
        because "Perangkat daerah Anda sudah mencatat mata anggaran (line) itu untuk tahun yang sama." / "Your agency has recorded that budget line for the same year.",
        mend "Tambahkan revisi pada anggaran itu (POST …/entries), atau pakai mata anggaran lain." / "Enter a revision of that budget (POST …/entries), or use another line.";
    /// A fund gives more than it has left.
    FUND_EXHAUSTED = 409 "fund-exhausted", "Sisa sumber dana tidak mencukupi.", "The fund does not have that much left.",
        because "Jumlah anggaran yang diminta melebihi sisa sumber dana yang belum dibagi." / "The budget asks for more than the fund has not yet given.",
        mend "Lihat available_idr sumber dananya; kurangi anggaran lain atau catat revisi sumber dana." / "See the fund's available_idr; reduce another budget, or enter a revision of the fund.";
    /// A budget gives more than it has left.
    BUDGET_EXHAUSTED = 409 "budget-exhausted", "Sisa anggaran tidak mencukupi.", "The budget does not have that much left.",
        because "Jumlahnya melebihi sisa anggaran (available_idr); tidak ada satu pun yang dicatat." / "The amount is beyond what the budget has left (available_idr); nothing of it was recorded.",
        mend "Lihat GET /v1/budgets/{budget_id}; catat revisi anggaran, pilih anggaran lain, atau kurangi daftarnya." / "See GET /v1/budgets/{budget_id}; enter a revision, choose another budget, or shorten the list.";
    /// A managed programme pays from a budget, and it is not plain from which.
    BUDGET_REQUIRED = 422 "budget-required", "Anggaran (budget_id) wajib disebut: program ini punya beberapa, atau belum punya untuk tahun anggaran itu.", "budget_id is required: the programme has several budgets, or none yet for that fiscal year.",
        because "Program yang dikelola di sini dibayar dari satu anggaran pada tahun anggaran periodenya." / "A programme that is managed here pays from one budget of its period's fiscal year.",
        mend "Lihat GET /v1/programs/{program_id}/budgets dan sebut salah satunya; bila kosong, buat anggaran dan hubungkan." / "See GET /v1/programs/{program_id}/budgets and name one; where it is empty make a budget and link it.";
    /// The budget is none that the programme may draw on for the period.
    UNKNOWN_BUDGET = 422 "unknown-budget", "Anggaran itu bukan milik program ini untuk tahun anggaran periodenya.", "The budget is none of this programme's for the period's fiscal year.",
        because "Anggaran tidak terhubung dengan program, untuk tahun lain, atau programnya hanya dilaporkan (reported)." / "The budget is not linked to the programme, is another year's, or the programme is only reported.",
        mend "Lihat GET /v1/programs/{program_id}/budgets." / "See GET /v1/programs/{program_id}/budgets.";
    /// The money of a reported programme runs through other books.
    PROGRAM_IS_REPORTED = 409 "program-is-reported", "Program ini hanya dilaporkan; uangnya tidak dibukukan di sini.", "The programme is only reported: its money is not kept in these books.",
        because "Hanya program yang dikelola (managed) yang memakai anggaran di sini." / "Only a managed programme draws on budgets here.",
        mend "Tidak perlu apa-apa: pembayaran program yang dilaporkan dicatat tanpa anggaran." / "Nothing needs to be done: payments of a reported programme are recorded without a budget.";
}

/// What the database's constraints say in our words.
pub const CONSTRAINTS: constraints::Table = &[
    ("funds_code_key", &FUND_EXISTS),
    ("budgets_line_key", &BUDGET_EXISTS),
    ("fund_not_overdrawn", &FUND_EXHAUSTED),
    ("fund_shared_with_known_agencies", &UNKNOWN_AGENCY),
    ("budget_not_overdrawn", &BUDGET_EXHAUSTED),
];

/// Where money comes from, for one fiscal year.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = funds)]
pub struct Fund {
    /// Id.
    pub fund_id: Uuid,
    /// Code, unique across agencies.
    #[schema(example = "APBD-2026")]
    pub code: String,
    /// Name.
    #[schema(example = "APBD Kabupaten Bangkalan 2026")]
    pub name: String,
    /// Who bears the cost.
    pub source: FundSource,
    /// The budget year.
    #[schema(example = 2026)]
    pub fiscal_year: i16,
    /// Who keeps it.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// Further agencies whose budgets may draw on it.
    #[schema(example = json!(["dinkes"]))]
    pub shared_with: Vec<String>,
    /// The owning system's own id for it.
    #[schema(example = "SIPD-2026-01")]
    pub external_reference: Option<String>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

/// A fund with its sums.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FundWithSums {
    /// The fund.
    #[serde(flatten)]
    pub fund: Fund,
    /// What it was granted, with all revisions; null for an agency that it is only shared with.
    #[schema(value_type = Option<i64>, example = 5_000_000_000_i64)]
    pub amount_idr: Option<Rupiah>,
    /// What no budget was given yet.
    #[schema(value_type = Option<i64>, example = 1_250_000_000)]
    pub available_idr: Option<Rupiah>,
}

impl FundWithSums {
    /// The fund as its accounts tell it.
    #[must_use]
    pub fn of(fund: Fund, accounts: &[Account]) -> Self {
        let of_kind = |kind| accounts.iter().find(|account| account.fund_id == fund.fund_id && account.kind == kind);
        let amount_idr = of_kind(AccountKind::Source).map(|source| Rupiah(-source.balance().0));
        Self { amount_idr, available_idr: of_kind(AccountKind::Fund).map(Account::balance), fund }
    }
}

/// What an agency may spend of a fund: a line of its DPA.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = budgets)]
pub struct Budget {
    /// Id.
    pub budget_id: Uuid,
    /// The fund that it draws on.
    pub fund_id: Uuid,
    /// The budget year, the fund's.
    #[schema(example = 2026)]
    pub fiscal_year: i16,
    /// Whose budget.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// The budget line in the agency's DPA (kode rekening).
    #[schema(example = "1.06.05.2.02.0004/5.4.02.01")]
    pub line: String,
    /// Name.
    #[schema(example = "Bantuan sosial tunai lansia")]
    pub name: String,
    /// The owning system's own id for it.
    #[schema(example = "SIPD-2026-0117")]
    pub external_reference: Option<String>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

/// A budget with its sums: what it was given is the sum of all others.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BudgetWithSums {
    /// The budget.
    #[serde(flatten)]
    pub budget: Budget,
    /// What it was given, with all revisions.
    #[schema(example = 900_000_000)]
    pub amount_idr: Rupiah,
    /// What it may still promise.
    #[schema(example = 450_000_000)]
    pub available_idr: Rupiah,
    /// Promised to beneficiaries.
    #[schema(example = 120_000_000)]
    pub committed_idr: Rupiah,
    /// With payment partners.
    #[schema(example = 30_000_000)]
    pub in_transit_idr: Rupiah,
    /// Paid out.
    #[schema(example = 300_000_000)]
    pub delivered_idr: Rupiah,
    /// Spent on goods and services that were delivered.
    #[schema(example = 0)]
    pub goods_idr: Rupiah,
}

impl BudgetWithSums {
    /// The budget as its accounts tell it.
    #[must_use]
    pub fn of(budget: Budget, accounts: &[Account]) -> Self {
        let own = || accounts.iter().filter(|account| account.budget_id == Some(budget.budget_id));
        let sum = |kind| Rupiah(own().filter(|account| account.kind == kind).map(|account| account.balance().0).sum());
        Self {
            amount_idr: Rupiah(own().map(|account| account.balance().0).sum()),
            available_idr: sum(AccountKind::Budget),
            committed_idr: sum(AccountKind::Committed),
            in_transit_idr: sum(AccountKind::InTransit),
            delivered_idr: sum(AccountKind::Delivered),
            goods_idr: sum(AccountKind::Goods),
            budget,
        }
    }
}

/// What a fund or budget was given, or a revision of it.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = budget_entries)]
pub struct Entry {
    /// Id.
    pub entry_id: Uuid,
    /// The fund.
    pub fund_id: Uuid,
    /// The budget; none of an entry of the fund itself.
    pub budget_id: Option<Uuid>,
    /// Rupiah given; taken back where it is below zero.
    #[schema(example = 900_000_000)]
    pub amount_idr: Rupiah,
    /// The regulation or document that it stands on.
    #[schema(example = "Perda 7/2025 tentang APBD 2026")]
    pub legal_basis: String,
    /// Why.
    #[schema(example = "Pergeseran ke bantuan lansia")]
    pub reason: Option<String>,
    /// Who entered it.
    #[schema(example = "user:siti.manajer")]
    pub entered_by: String,
    /// When.
    pub entered_at: DateTime<Utc>,
}
