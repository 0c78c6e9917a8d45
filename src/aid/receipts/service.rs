//! Opening a receipt, which issues it the first time, and asking whether one holds.

use super::{
    NO_RECEIPT, Receipt, Validity,
    code::ReceiptCode,
    queries::{self, Payment, Slip},
    words::in_words,
};
use crate::{
    aid::disbursements::DisbursementState,
    platform::{
        audit,
        auth::Role,
        db::{Db, Tx},
        outbox::Event,
        problem::{Outcome, Problem},
        vault::{Use, Vault},
    },
    registry::releases::active,
};
use serde_json::json;
use uuid::Uuid;

/// The receipt of a payment; its number and code are made when it is first opened, and kept.
///
/// # Errors
/// `not-found`; `no-receipt` where nothing was paid, and for the auditor also where none was issued.
pub async fn open(tx: &mut Tx, vault: &Vault, disbursement_id: Uuid) -> Outcome<Receipt> {
    let payment = queries::payment(tx, disbursement_id).await?;
    let trace = audit::Entry {
        individual_ids: payment.individual_id.into_iter().collect(),
        ..audit::Entry::households("receipt.read", vec![payment.household_id])
    };
    tx.trace(trace.purpose(&payment.program_code));
    let none = || NO_RECEIPT.with("state", payment.state);
    let paid_on = payment.paid_on.filter(|_| was_paid(payment.state)).ok_or_else(none)?;
    let slip = match queries::issued(tx, &payment).await? {
        Some(slip) => slip,
        // Who only audits changes nothing.
        None if tx.caller()?.role == Role::Auditor => return Err(none()),
        None => issue(tx, vault, &payment).await?,
    };
    let bytes = vault.open(Use::ReceiptCode, &slip.sealed_code)?;
    let code =
        ReceiptCode::from_bytes(&bytes).ok_or_else(|| Problem::internal("a receipt's code has another length"))?;
    let beneficiary = match active::current(tx).await? {
        Some(release_id) => queries::beneficiary(tx, &payment, release_id).await?,
        None => None,
    };
    let region = queries::regions_of(tx, &payment.village_code).await?.join(", ");
    Ok(Receipt {
        number: format!("KW-{}-{:08}", payment.fiscal_year, slip.number),
        code: code.printed(),
        valid: payment.state == DisbursementState::Paid,
        state: payment.state,
        disbursement_id,
        program_code: payment.program_code,
        program_name: payment.program_name,
        agency_code: payment.agency_code,
        agency_name: payment.agency_name,
        period: payment.period,
        amount_in_words: in_words(payment.amount_idr),
        amount_idr: payment.amount_idr,
        paid_on,
        proof_reference: payment.proof_reference,
        beneficiary,
        village_code: payment.village_code,
        region,
        release_id: payment.release_id,
        release: payment.release,
        decile: payment.decile,
        issued_at: slip.issued_at,
    })
}

/// Whether it stands, or stood: what was taken back since has a receipt, which says so.
const fn was_paid(state: DisbursementState) -> bool {
    matches!(state, DisbursementState::Paid | DisbursementState::Reversed | DisbursementState::Returned)
}

async fn issue(tx: &mut Tx, vault: &Vault, payment: &Payment) -> Outcome<Slip> {
    let code = ReceiptCode::random();
    let sealed = vault.seal(Use::ReceiptCode, &code.bytes())?;
    let digest = (vault.digest_key(), vault.digest(Use::ReceiptCode, &code.bytes()));
    let actor = tx.caller()?.actor();
    let Some(slip) = queries::issue(tx, payment, &sealed, digest, &actor).await? else {
        // Somebody else opened it at the same time.
        let theirs = queries::issued(tx, payment).await?;
        return theirs.ok_or_else(|| Problem::internal("a receipt was issued and is not there"));
    };
    let told = json!({ "disbursement_id": payment.disbursement_id, "state": payment.state });
    let event = Event::new("receipt.issued", payment.disbursement_id, told);
    tx.emit(event.of_agency(&payment.agency_code).on_household(payment.household_id));
    Ok(slip)
}

/// Whether the receipt of a code holds. What is no code at all is looked for like one that nobody has, so that neither the
/// answer nor the time it takes tells them apart.
///
/// # Errors
/// `busy` where no connection is to be had.
pub async fn validity(db: &Db, vault: &Vault, text: &str) -> Outcome<Validity> {
    let code = ReceiptCode::parse(text).unwrap_or_else(ReceiptCode::random);
    let (key, digest) = (vault.digest_key(), vault.digest(Use::ReceiptCode, &code.bytes()));
    let standing = db.act_as_service(async |tx| queries::standing(tx, key, digest).await).await?;
    let valid = standing.is_some();
    let (paid_on, agency) = standing.map(|standing| (standing.paid_on, standing.agency)).unzip();
    Ok(Validity { valid, paid_on, agency })
}
