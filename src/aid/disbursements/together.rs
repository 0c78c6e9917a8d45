//! The hot path: single payments that wait together are recorded together, in one transaction for each lane, with their
//! answers, their traces and one commit. It carries those that nothing stands against; whoever is refused, repeats a
//! request or waits for a household that somebody holds is served alone, by the same rules ([`recording`]).

use super::{
    NewDisbursement,
    queries::{self, Enrolled},
    recording::{self, Asked, Held},
};
use crate::platform::{
    auth::Principal,
    config::Settings,
    db::{Db, Tx},
    gather::{Flight, Gatherer, Group},
    idempotency::{Answer, IdempotencyKey, Keyed, Told, together as keys},
    json::ValidJson,
    problem::Outcome,
    vault::Vault,
};
use std::{collections::HashSet, sync::Arc};
use uuid::Uuid;

/// Single payments, each with its key.
pub struct Payments;

/// One of them.
pub struct Question {
    keyed: Keyed,
    payment: NewDisbursement,
}

/// What they travel on.
pub struct Counter {
    db: Db,
    vault: Arc<Vault>,
}

/// Records a payment together with others; none where it is to be recorded alone.
///
/// # Errors
/// `busy` where too many wait.
pub async fn record(
    payments: &Gatherer<Payments>,
    caller: &Principal,
    key: &IdempotencyKey,
    asked: &ValidJson<NewDisbursement>,
) -> Outcome<Option<Told>> {
    if caller.dry_run {
        return Ok(None);
    }
    let keyed = Keyed::new(caller, key, &asked.bytes);
    let answer = payments.ask(caller, Question { keyed, payment: asked.value.clone() }).await?;
    Ok(answer.map(Told::first))
}

impl Flight for Payments {
    type Question = Question;
    type Answer = Option<Answer>;
    type Connection = Counter;
    /// A flight writes much more than it asks: while one is in the air, another is judged.
    const SPREADS: bool = true;

    async fn connect(settings: &Settings) -> Outcome<Counter> {
        Ok(Counter { db: Db::new(&settings.database_url, 1)?, vault: settings.vault.clone() })
    }

    async fn fly(counter: &mut Counter, groups: Vec<Group<Question, Option<Answer>>>) -> Outcome<()> {
        for group in groups {
            let answers = counter.pay(&group).await;
            for (asked, answer) in group.waiting.into_iter().zip(answers) {
                // A caller that hung up meanwhile takes no answer; sent again, the request gets it.
                let _ = asked.reply.send(Ok(answer));
            }
        }
        Ok(())
    }
}

impl Counter {
    async fn pay(&self, group: &Group<Question, Option<Answer>>) -> Vec<Option<Answer>> {
        let callers: Vec<&Principal> = group.waiting.iter().map(|asked| &asked.caller).collect();
        let paid = self.db.act_together(&callers, async |tx| pay_first_ones(tx, &self.vault, group).await).await;
        paid.unwrap_or_else(|problem| {
            log::debug!("payments that waited together go alone: {problem}");
            vec![None; group.waiting.len()]
        })
    }
}

/// Pays those that are the first of their keys, and answers them.
async fn pay_first_ones(
    tx: &mut Tx,
    vault: &Vault,
    group: &Group<Question, Option<Answer>>,
) -> Outcome<Vec<Option<Answer>>> {
    let keyed: Vec<(&Principal, &Keyed)> =
        group.waiting.iter().map(|asked| (&asked.caller, &asked.question.keyed)).collect();
    let firsts = keys::first_ones(tx, &keyed).await?;
    let actors: Vec<String> = group.waiting.iter().map(|asked| asked.caller.actor()).collect();
    let (places, asked): (Vec<usize>, Vec<Asked<'_>>) = (0..)
        .zip(group.waiting.iter().zip(&actors))
        .zip(firsts)
        .filter(|(_, is_first)| *is_first)
        .map(|((place, (asked, actor)), _)| (place, Asked { payment: &asked.question.payment, actor }))
        .unzip();
    let mut held = recording::hold(tx, &asked).await?;
    leave_one_of_a_family(tx, &mut held).await?;
    let recorded = recording::record(tx, &held).await?;

    let mut answers: Vec<Option<Answer>> = vec![None; group.waiting.len()];
    for ((place, payment), recorded) in places.into_iter().zip(&held.to).zip(recorded) {
        if let (Some(payment), Ok(disbursement), Some(asked)) = (payment, recorded, group.waiting.get(place)) {
            tx.trace_of(&asked.caller, payment.trace());
            answers[place] = Some(Answer::created(&disbursement)?);
        }
    }
    let first = keyed.iter().zip(&answers);
    let stored: Vec<_> =
        first.filter_map(|(&(caller, keyed), answer)| Some((caller, keyed, answer.as_ref()?))).collect();
    keys::store(tx, vault, &stored).await?;
    Ok(answers)
}

/// Two payments of a programme to one family are not judged at once: the second must see the first.
async fn leave_one_of_a_family(tx: &mut Tx, held: &mut Held<'_>) -> Outcome<()> {
    let households: Vec<Uuid> = held.to.iter().flatten().map(|payment| payment.to.household_id).collect();
    let kin = queries::kin(tx, &households).await?;
    let mut taken = HashSet::new();
    for place in &mut held.to {
        let Some(Enrolled { household_id, program_id, .. }) = place.as_ref().map(|payment| &payment.to) else {
            continue;
        };
        let family = kin.get(household_id).into_iter().flatten().chain([household_id]);
        let family: Vec<(Uuid, Uuid)> = family.map(|&household| (*program_id, household)).collect();
        if family.iter().any(|one| taken.contains(one)) {
            *place = None;
        } else {
            taken.extend(family);
        }
    }
    Ok(())
}
