//! *fill* slots: products from the plan's strategies, as far as the guardrails let them through.
//!
//! `run` takes the products, `telling` says why.

use super::candidates::{Sought, find};
use super::guard::{Gate, Guard, Tally, masks};
use super::run::{Pool, Run, Taken};
use super::telling::{because, explain};
use super::{Decider, Decision, Pick, Place, Reason};
use crate::model::heaviest_first;
use crate::snapshot::plan::{Row, Strategy};
use alloc::{format, vec::Vec};

/// The strategy of a pool: the row's own first, then those of reserved places.
pub(super) fn strategy_of(row: &Row, pool: usize) -> Strategy {
    let own = row.sources.get(pool).map(|(strategy, _)| *strategy);
    own.or_else(|| row.reserve.get(pool - row.sources.len()).map(|(strategy, _)| *strategy))
        .unwrap_or(Strategy::NextItem)
}

/// Fills a slot. The shop's own content stays if fewer products were found than the plan asks for.
pub(super) fn fill<B: AsRef<[u8]>>(
    decider: &mut Decider<'_, B>,
    row: &Row,
    place: &Place<'_>,
    decision: &mut Decision,
) {
    let (model, session) = (decider.model, decider.session);
    let board = &mut *decider.board;
    let history = board.ranked.history(model, session, place.anchor);
    let sold_out: Vec<u32> = board.sold_out.iter().filter_map(|key| model.item(*key)).collect();
    let gate = Gate {
        model,
        row,
        circumstances: &board.circumstances,
        anchor: place.anchor.and_then(|key| model.item(key)),
        history: &history,
        marks: history.iter().fold(0, |marks, step| marks | 1 << (step.item % 64)),
        taken: &board.taken,
        sold_out: &sold_out,
        masked: !sold_out.is_empty() || masks(model.plan(), row),
    };
    let want = usize::from(row.limit) * 2 + 16;
    let sought = Sought { session, anchor: place.anchor, history: &history, seen: row.seen, want };
    let (scratch, ranked, told) = (&mut board.scratch, &mut board.ranked, &mut board.told);
    let mut ask = |strategy| find(model, strategy, &sought, scratch, ranked);
    let pools = core::iter::repeat_with(Pool::default).take(row.sources.len() + row.reserve.len()).collect();
    let taken = Vec::with_capacity(usize::from(row.limit));
    let (tally, refused) = (Tally::default(), Tally::default());
    let mut run = Run { row, gate: &gate, ask: &mut ask, pools, taken, places: 0, tally, refused };
    run.begin();
    run.finish();
    let keep = if row.stickiness > 0 && place.personalised { place.keys } else { &[] };
    if !keep.is_empty() {
        let fresh = core::mem::take(&mut run.taken);
        let of_fresh = core::mem::take(&mut run.tally);
        run.begin();
        let kept = run.keep(keep);
        run.finish();
        let sum = |taken: &[Taken]| taken.iter().map(Taken::score).sum::<i32>().max(0) as u64;
        let better = sum(&fresh) * 1000 > sum(&run.taken) * (1000 + u64::from(row.stickiness));
        let is_kept = |one: &Taken| run.taken.iter().any(|other| (one.item, one.place) == (other.item, other.place));
        if better || kept == 0 || fresh.len() > run.taken.len() || fresh.iter().all(is_kept) {
            (run.taken, run.tally) = (fresh, of_fresh);
        } else {
            (0..kept).for_each(|_| run.tally.add(Guard::Stickiness));
        }
    }
    let Run { mut taken, tally, refused, .. } = run;
    heaviest_first(&mut taken, |one| u32::from(u8::MAX - one.place));
    refused.tell(told);
    tally.tell(told);
    let least = usize::from(row.at_least.max(1));
    if taken.len() < least {
        told.reason(|| {
            let text = format!("{} of the {least} products this slot asks for were found", taken.len());
            Reason::note("no_candidates", &text)
        });
        return;
    }
    decision.personalised = true;
    decision.score = taken.iter().map(Taken::score).sum();
    let strategy = |one: &Taken| one.pool.map(|pool| strategy_of(row, usize::from(pool)));
    let picks = taken.iter().map(|one| Pick { item: one.item, score: one.score(), strategy: strategy(one) });
    decision.items = picks.collect();
    if told.is_asked() {
        explain(model, row, &history, &taken, told);
    }
    decision.because = because(model, session, row, &history, place.anchor, &taken);
}
