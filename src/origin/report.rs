//! The lift report: effects of experiments and offers, estimated from the shop's own log.

use crate::context::{Device, Region};
use crate::experiment::{Estimate, Trial};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Effects of experiments and offers.
#[derive(Clone, Debug, Serialize)]
pub struct LiftReport {
    /// Slots with exposures in the log.
    pub slots: Vec<SlotReport>,
}

/// Results of one slot.
#[derive(Clone, Debug, Serialize)]
pub struct SlotReport {
    /// Its name.
    pub slot: String,
    /// Number of visits that saw it.
    pub visits: usize,
    /// Its arms, including `holdout`.
    pub arms: Vec<ArmReport>,
    /// Share of visits without an offer, if the slot makes offers: of all visits, by device, and by region.
    pub without_offer: Vec<(String, usize, f64)>,
}

/// Results of one arm.
#[derive(Clone, Debug, Serialize)]
pub struct ArmReport {
    /// Its name.
    pub arm: String,
    /// Estimated share of visits with an order after the exposure, if every visit got this arm.
    pub orders: Estimate,
    /// The same for add-to-carts.
    pub carts: Estimate,
    /// Lift of orders over the holdout; `None` for the holdout itself, or if there is none.
    pub lift: Option<Estimate>,
}

impl LiftReport {
    /// Computes the report from the trials of a log.
    pub fn of(trials: &[Trial]) -> Self {
        let names: BTreeSet<&str> = trials.iter().map(|trial| trial.slot.as_str()).collect();
        Self { slots: names.into_iter().map(|slot| SlotReport::of(slot, trials)).collect() }
    }

    /// The report as text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let percent = |share: f64| format!("{:.2} %", share * 100.0);
        if self.slots.is_empty() {
            out.push_str("no slot was seen yet: the log holds no slot_exposure\n");
        }
        for slot in &self.slots {
            let _ = writeln!(out, "{}: seen in {} visits", slot.slot, slot.visits);
            for arm in &slot.arms {
                let Estimate { visits, mean, low, high } = arm.orders;
                let carts = percent(arm.carts.mean);
                let (mean, low, high) = (percent(mean), percent(low.max(0.0)), percent(high));
                let _ =
                    write!(out, "  {:16} {visits:>8} visits  orders {mean} ({low} to {high})  carts {carts}", arm.arm);
                if let Some(lift) = arm.lift {
                    let point = |share: f64| format!("{:+.2}", share * 100.0);
                    let (mean, low, high) = (point(lift.mean), point(lift.low), point(lift.high));
                    let _ = write!(out, "  against the holdout {mean} points ({low} to {high})");
                }
                out.push('\n');
            }
            for (group, visits, share) in &slot.without_offer {
                let _ = writeln!(out, "  no offer to {} of {visits} visits, {group}", percent(*share));
            }
        }
        out
    }
}

impl SlotReport {
    fn of(slot: &str, trials: &[Trial]) -> Self {
        let own: Vec<&Trial> = trials.iter().filter(|trial| trial.slot == slot).collect();
        let mut by_arm: BTreeMap<&str, Vec<&Trial>> = BTreeMap::new();
        for trial in &own {
            by_arm.entry(&trial.arm).or_default().push(trial);
        }
        let estimate = |trials: &[&Trial], goal: fn(&Trial) -> bool| {
            Estimate::of(trials.iter().map(|trial| (trial.propensity, f64::from(u8::from(goal(trial))))))
        };
        let held_out = by_arm.get("holdout").and_then(|trials| estimate(trials, |trial| trial.ordered));
        let arm = |(arm, trials): (&str, &[&Trial])| {
            let orders = estimate(trials, |trial| trial.ordered)?;
            let lift = held_out.filter(|_| arm != "holdout").map(|held_out| orders.less(&held_out));
            Some(ArmReport { arm: arm.to_owned(), orders, carts: estimate(trials, |trial| trial.carted)?, lift })
        };
        let arms = by_arm.iter().filter_map(|(name, trials)| arm((name, trials))).collect();
        Self { slot: slot.to_owned(), visits: own.len(), arms, without_offer: without_offer(&own) }
    }
}

/// Share of treated visits without an offer: of all, by device, and by region.
fn without_offer(trials: &[&Trial]) -> Vec<(String, usize, f64)> {
    if !trials.iter().any(|trial| trial.of_offers) {
        return Vec::new();
    }
    let treated: Vec<&&Trial> = trials.iter().filter(|trial| trial.arm != "holdout").collect();
    let share = |name: String, within: &dyn Fn(&Trial) -> bool| {
        let group: Vec<_> = treated.iter().filter(|trial| within(trial)).collect();
        let without = group.iter().filter(|trial| trial.choice.is_empty()).count();
        (!group.is_empty()).then(|| (name, group.len(), without as f64 / group.len() as f64))
    };
    let devices = Device::ALL.map(|device| share(format!("on a {}", device.word()), &|trial| trial.device == device));
    let regions = Region::ALL.map(|region| share(format!("region {}", region.word()), &|trial| trial.region == region));
    let all = share("all".into(), &|_| true);
    [all].into_iter().chain(devices).chain(regions).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(arm: &str, choice: &str, device: Device, region: Region, ordered: bool) -> Trial {
        let propensity = if arm == "holdout" { 1000 } else { 4500 };
        let (slot, arm, choice) = ("home.offer".into(), arm.into(), choice.into());
        Trial { slot, arm, choice, of_offers: true, propensity, device, region, ordered, carted: false }
    }

    #[test]
    fn offers_are_reported_by_device_and_region_and_arms_against_the_holdout() {
        let mut trials = Vec::new();
        for at in 0..100 {
            let (device, region) =
                if at % 4 == 0 { (Device::Phone, Region::Asia) } else { (Device::Desktop, Region::Europe) };
            trials.push(trial("none", "", device, region, at % 10 == 0));
            // On phones the offer never comes.
            let made = if device == Device::Phone { "" } else { "free_delivery" };
            trials.push(trial("offer", made, device, region, at % 5 == 0));
            trials.push(trial("holdout", "", device, region, at % 10 == 0));
        }
        let report = LiftReport::of(&trials);
        let slot = &report.slots[0];
        let without =
            |group: &str| slot.without_offer.iter().find(|(name, ..)| name == group).map(|(.., share)| *share);
        assert_eq!(without("all"), Some(0.625), "the holdout is not asked");
        assert_eq!((without("on a phone"), without("on a desktop")), (Some(1.0), Some(0.5)));
        assert_eq!((without("region asia"), without("region africa")), (Some(1.0), None));
        let offer = slot.arms.iter().find(|arm| arm.arm == "offer").unwrap();
        let lift = offer.lift.unwrap();
        assert!((lift.mean - 0.1).abs() < 1e-9 && lift.low > 0.0, "{lift:?}");
        assert!(slot.arms.iter().find(|arm| arm.arm == "holdout").unwrap().lift.is_none());
        assert!(report.text().contains("no offer to 100.00 % of 50 visits, on a phone"), "{}", report.text());
    }
}
