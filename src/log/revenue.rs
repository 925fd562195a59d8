//! What the orders after an exposure were worth.
//!
//! The shop's own rows say what was paid. What a stranger posts as a price is not believed: the products of such an order have
//! the price that the catalogue has, and each counts once.

use super::catalogue::Item;
use super::event::LogEvent;
use super::exposure::LogExposure;
use super::visit::Visit;
use crate::event::EventKind;
use std::collections::HashMap;

/// Tells each exposure what the orders after it were worth. `sales` are the purchases of the shop's own rows: number of the
/// visit, time in milliseconds, and worth in hundredths.
pub(super) fn tell(
    exposures: &mut [LogExposure],
    sessions: &[(Visit, Vec<LogEvent>)],
    sales: &[(usize, u64, u64)],
    items: &[Item],
) {
    let mut by_visit: HashMap<u32, Vec<(u64, u64)>> = HashMap::new();
    for (visit, time_ms, cents) in sales {
        by_visit.entry(*visit as u32).or_default().push((*time_ms, *cents));
    }
    for (visit, events) in sessions.iter().filter(|(visit, _)| visit.is_strangers) {
        let bought = events.iter().filter(|event| event.kind == EventKind::Purchase);
        for (event, item) in bought.filter_map(|event| Some((event, event.item?))) {
            let cents = u64::from(items[item.index()].price_cents);
            by_visit.entry(visit.number).or_default().push((event.time_ms, cents));
        }
    }
    for exposure in exposures.iter_mut().filter(|exposure| exposure.ordered) {
        let orders = by_visit.get(&exposure.visit).map_or(&[][..], Vec::as_slice);
        let after = orders.iter().filter(|(time_ms, _)| *time_ms >= exposure.time_ms);
        exposure.revenue_cents = after.map(|(_, cents)| cents).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::RawExposure;
    use crate::log::ItemNumber;

    #[test]
    fn the_shops_own_rows_are_believed_and_strangers_pay_the_catalogues_price() {
        let bought = |time_ms| LogEvent::of_item(time_ms, ItemNumber::new(0), EventKind::Purchase);
        let look = LogEvent::of_item(1, ItemNumber::new(0), EventKind::ViewItem);
        let visit = |number, is_strangers| Visit { number, is_strangers, ..Visit::default() };
        let sessions = [(visit(0, false), vec![bought(5)]), (visit(1, true), vec![look, bought(5), bought(20)])];
        let exposure =
            |at: usize, time_ms| LogExposure::of(&sessions[at].0, &sessions[at].1, time_ms, RawExposure::default());
        let mut exposures = [exposure(0, 2), exposure(1, 2), exposure(1, 10), exposure(1, 30)];
        let items = [Item { price_cents: 300, ..Item::default() }];
        tell(&mut exposures, &sessions, &[(0, 5, 1250), (0, 1, 99)], &items);
        assert_eq!(exposures.map(|exposure| exposure.revenue_cents), [1250, 600, 300, 0]);
    }
}
