//! Whether a new snapshot is worse than the one in use, by the visits that tried it.
//!
//! A canary is a snapshot that a share of the visits uses. Who uses it is drawn like an arm, so the two groups of visits
//! differ by chance alone, and the difference of their outcomes is the snapshot's. Anybody can write an exposure into the
//! log: one counts only if its snapshot is the one that its bucketing key draws, and if the plan of that snapshot draws
//! its arm.
//!
//! The comparison may be made as often as one likes, every night say. An ordinary interval would then be wrong far more
//! often than it says. The interval here is a confidence [sequence]: the chance that it is ever wrong is at most 5 %. It is
//! about 1.6 times as wide as an ordinary one.

use super::outcome::{Goal, Tally, cap};
use super::plans::Plans;
use super::source;
use super::statistics::sequence;
use crate::decide::is_canary;
use crate::log::LogExposure;
use std::collections::HashSet;

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Canary<'a> {
    /// Id of the snapshot in use, 64 hexadecimal digits.
    pub current: &'a str,
    /// Id of the canary's snapshot.
    pub canary: &'a str,
    /// Share of the visits that use the canary, in ten-thousandths.
    pub share: u16,
    /// Since when it is out, in milliseconds since 1970.
    pub since_ms: u64,
}

/// By what rule a canary is promoted or withdrawn.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Fewest visits of the canary.
    pub minimum: u64,
    /// By how much the canary may be worse, as a part of what the visits of the snapshot in use come to.
    pub margin: f64,
}

/// The two groups of visits, compared.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// What is compared.
    pub goal: Goal,
    /// Visits of the snapshot in use.
    pub current: Tally,
    /// Visits of the canary.
    pub canary: Tally,
    /// Share of the visits that should have used the canary, in ten-thousandths.
    pub share: u16,
    /// Exposures of the two snapshots that do not count.
    pub left_out: u64,
}

/// What the rule says.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The canary is not worse than the margin allows.
    Promote,
    /// The canary is worse, or its visits go missing.
    Withdraw,
    /// It cannot be said yet.
    Wait,
}

impl Comparison {
    /// Compares the visits of a log. A visit counts once, by its first exposure that counts.
    pub fn of(exposures: &[LogExposure], plans: &Plans, tried: Canary<'_>, goal: Goal) -> Self {
        let mut known = HashSet::new();
        let (mut visits, mut left_out) = (Vec::new(), 0);
        for exposure in exposures.iter().filter(|exposure| exposure.time_ms >= tried.since_ms) {
            let shown = exposure.shown.snapshot.0.as_str();
            if shown != tried.current && shown != tried.canary {
                continue;
            }
            let drawn = plans.draw_again(exposure).ok();
            let own = |seed| is_canary(tried.canary, tried.share, seed) == (shown == tried.canary);
            match drawn.filter(|drawn| own(drawn.seed)) {
                Some(drawn) if known.insert(exposure.visit) => {
                    visits.push(((drawn.seed, exposure.time_ms), shown == tried.canary, exposure));
                }
                Some(_) => {}
                None => left_out += 1,
            }
        }
        let sources: Vec<(u16, u64)> = visits.iter().map(|(source, ..)| *source).collect();
        let bought = visits.iter().filter(|(.., exposure)| exposure.ordered);
        let cap = cap(bought.map(|(.., exposure)| exposure.revenue_cents));
        let outcome = |exposure: &LogExposure| match goal {
            Goal::Order => f64::from(u8::from(exposure.ordered)),
            Goal::Cart => f64::from(u8::from(exposure.carted)),
            Goal::Click => f64::from(u8::from(exposure.clicked)),
            Goal::Revenue => exposure.revenue_cents.min(cap) as f64 / 100.0,
        };
        let (mut current, mut canary) = (Tally::default(), Tally::default());
        for ((_, is_canary, exposure), counts) in visits.into_iter().zip(source::counting(&sources)) {
            if counts {
                if is_canary { &mut canary } else { &mut current }.add(outcome(exposure));
            }
            left_out += u64::from(!counts);
        }
        Self { goal, current, canary, share: tried.share, left_out }
    }

    /// The difference of the means, canary less current: lower bound, estimate and upper bound. The interval is
    /// tightest at about the rule's minimum of visits.
    pub fn difference(&self, rule: Rule) -> (f64, f64, f64) {
        let mean = self.canary.mean() - self.current.mean();
        let deviation = (self.canary.variance(self.goal) + self.current.variance(self.goal)).sqrt();
        let visits = self.canary.visits.min(self.current.visits).max(1) as f64;
        let width = deviation * sequence::errors(visits, rule.minimum as f64);
        (mean - width, mean, mean + width)
    }

    /// What the rule says, and why.
    pub fn verdict(&self, rule: Rule) -> (Verdict, String) {
        let Self { current, canary, .. } = self;
        let share = f64::from(self.share) / 10_000.0;
        let (expected, found) = ((current.visits + canary.visits) as f64 * share, canary.visits as f64);
        // Four standard deviations, and a fifth: hosts take some time to fetch a new manifest.
        let missing = expected - found > (4.0 * (expected * (1.0 - share)).sqrt()).max(expected / 5.0);
        if expected >= rule.minimum as f64 && missing {
            return (
                Verdict::Withdraw,
                format!(
                    "{} visits used the canary, expected about {expected:.0} by its share; its pages fail to say what they show",
                    canary.visits
                ),
            );
        }
        if canary.visits.min(current.visits) < rule.minimum {
            let why = format!(
                "{} visits used the canary and {} the snapshot in use, expected at least {} of each",
                canary.visits, current.visits, rule.minimum
            );
            return (Verdict::Wait, why);
        }
        let (low, _, high) = self.difference(rule);
        // Nothing came in: the variance of revenue is unknown, and 0 is no estimate of it.
        if !self.goal.is_rate() && (current.sum == 0.0 || canary.sum == 0.0) {
            return (Verdict::Wait, "no visit of one of the two brought revenue".into());
        }
        let (scale, unit) = if self.goal.is_rate() { (100.0, "points") } else { (1.0, "a visit") };
        let points = |difference: f64| format!("{:+.2}", difference * scale);
        let interval = format!("the difference is {} to {} {unit}", points(low), points(high));
        let margin = -rule.margin * current.mean();
        if high < 0.0 {
            (Verdict::Withdraw, format!("{interval}: the canary is worse"))
        } else if low > margin {
            (Verdict::Promote, format!("{interval}: at worst {} is allowed", points(margin)))
        } else {
            // The width falls with the root of the visits.
            let needed = canary.visits as f64 * ((high - low) / 2.0 / margin).powi(2);
            let more = if margin < 0.0 {
                format!("; about {needed:.0} visits of the canary would tell")
            } else {
                String::new()
            };
            (Verdict::Wait, format!("{interval}, and {} is allowed at worst{more}", points(margin)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Chance;

    const RULE: Rule = Rule { minimum: 1_000, margin: 0.1 };

    fn comparison(canary: (u64, u64), current: (u64, u64)) -> Comparison {
        let tally = |(visits, reached): (u64, u64)| Tally { visits, sum: reached as f64, squares: reached as f64 };
        Comparison { goal: Goal::Order, current: tally(current), canary: tally(canary), share: 5_000, left_out: 0 }
    }

    #[test]
    fn a_worse_canary_is_withdrawn_an_equal_one_promoted_and_a_young_one_waits() {
        let verdict = |canary, current| comparison(canary, current).verdict(RULE).0;
        assert_eq!(verdict((900, 90), (1_100, 100)), Verdict::Wait);
        assert_eq!(verdict((20_000, 1_000), (20_000, 2_000)), Verdict::Withdraw);
        assert_eq!(verdict((40_000, 4_000), (40_000, 4_000)), Verdict::Promote);
        assert_eq!(verdict((2_000, 200), (2_000, 200)), Verdict::Wait, "too few to exclude a tenth less");
        assert_eq!(verdict((2_000, 0), (2_000, 0)), Verdict::Wait, "no order at all says nothing");
        assert_eq!(verdict((1_100, 110), (20_000, 2_000)), Verdict::Withdraw, "nine of ten of its visits are missing");
    }

    /// In how many of 400 pairs of equal groups, looked at after every 250 visits of each, the interval is ever wrong.
    fn wrong(goal: Goal, mut outcome: impl FnMut() -> f64) -> u32 {
        let mut wrong = 0;
        for _ in 0..400 {
            let mut trial = Comparison { goal, ..comparison((0, 0), (0, 0)) };
            let mut was_wrong = false;
            for _ in 0..60 {
                for tally in [&mut trial.canary, &mut trial.current] {
                    (0..250).for_each(|_| tally.add(outcome()));
                }
                let (low, _, high) = trial.difference(RULE);
                was_wrong |= trial.canary.visits >= RULE.minimum && (low > 0.0 || high < 0.0);
            }
            wrong += u32::from(was_wrong);
        }
        wrong
    }

    #[test]
    fn looking_every_day_is_wrong_in_at_most_one_of_twenty_trials() {
        let mut chance = Chance::new(7);
        let orders = wrong(Goal::Order, || f64::from(u8::from(chance.uniform() < 0.1)));
        // Revenue is 0 for most visits and has a long tail.
        let revenue = wrong(Goal::Revenue, || if chance.uniform() < 0.1 { -40.0 * chance.uniform().ln() } else { 0.0 });
        assert!(orders <= 20 && revenue <= 20, "{orders} and {revenue} of 400");
    }

    #[test]
    fn a_canary_whose_visits_spend_less_is_withdrawn_although_as_many_buy() {
        let mut trial = Comparison { goal: Goal::Revenue, ..comparison((0, 0), (0, 0)) };
        for at in 0..40_000 {
            let bought = f64::from(u8::from(at % 10 == 0));
            trial.current.add(bought * 50.0);
            trial.canary.add(bought * 30.0);
        }
        assert_eq!(trial.verdict(RULE).0, Verdict::Withdraw, "{}", trial.verdict(RULE).1);
        trial.canary = trial.current;
        assert_eq!(trial.verdict(RULE).0, Verdict::Promote, "{}", trial.verdict(RULE).1);
        trial.canary = Tally { sum: 0.0, squares: 0.0, ..trial.canary };
        assert_eq!(trial.verdict(RULE).0, Verdict::Wait, "{}", trial.verdict(RULE).1);
    }

    #[test]
    fn the_interval_holds_what_it_is_about() {
        let (low, mean, high) = comparison((10_000, 1_000), (10_000, 1_100)).difference(RULE);
        assert!((mean + 0.01).abs() < 1e-12 && low < mean && mean < high);
        let ordinary = 1.96 * (0.1 * 0.9 / 1e4 + 0.11 * 0.89 / 1e4_f64).sqrt();
        assert!((1.3..2.0).contains(&((high - mean) / ordinary)), "{}", (high - mean) / ordinary);
    }
}
