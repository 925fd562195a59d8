//! Published methods, run beside ours on the same data.
//!
//! Each method has one file with the reference to its paper. All of them are fitted from the same click log and asked
//! through the same [`Peer`] interface, so that a difference in figures is a difference between methods. The
//! neighbourhood methods share one inverted index and one search for neighbours: those are what their run time is made
//! of, and a comparison of run times is only fair if every method has the fast version.

mod click_log;
mod decay;
mod interface;
mod item_knn;
mod item_rows;
mod neighbours;
mod pop;
mod rule;
mod scratch;
mod session_index;
mod spop;
mod stan;
mod sums;
mod sweep;
mod v_sknn;
mod vmis_knn;

use std::fmt::Display;
use std::sync::Arc;

use click_log::ClickLog;
pub use interface::Peer;
pub use scratch::Scratch;
use session_index::SessionIndex;
use sweep::Validation;

/// Validation prefixes a sweep scores each setting on: enough for the choice, few enough to sweep every method within a
/// minute.
const VALIDATION_PREFIXES: usize = 2_000;

/// A peer with the parameters a sweep on validation prefixes chose.
pub struct Fitted {
    /// The name the method goes by in tables.
    pub name: &'static str,
    /// The parameters chosen, written for a reader; empty for a method without any.
    pub parameters: String,
    /// The method, fitted on the whole training log.
    pub peer: Box<dyn Peer>,
}

impl Fitted {
    fn new(name: &'static str, parameters: &impl Display, peer: impl Peer + 'static) -> Self {
        Self { name, parameters: parameters.to_string(), peer: Box::new(peer) }
    }
}

/// Fits every peer: parameters are swept on `tail` (the last sessions of the training log) with models fitted on `head`,
/// then each method is fitted anew on both.
pub fn all(head: &[Vec<u32>], tail: &[Vec<u32>], items: usize) -> Vec<Fitted> {
    let validation = Validation::of(tail, VALIDATION_PREFIXES, items);
    let log = ClickLog::new(&[head, tail], items);
    let mut fitted =
        vec![Fitted::new("pop", &"", pop::Pop::fit(&log)), Fitted::new("s_pop", &"", spop::SessionPop::fit(&log))];
    fitted.extend(row_methods(&ClickLog::new(&[head], items), &log, &validation));
    let part = Arc::new(SessionIndex::new(&[head], items));
    fitted.extend(neighbour_methods(&part, &Arc::new(SessionIndex::new(&[head, tail], items)), &validation));
    fitted
}

/// The methods that answer from one stored row of the last item.
fn row_methods(part: &ClickLog, whole: &ClickLog, validation: &Validation) -> [Fitted; 2] {
    let item_knn = item_knn::sweep(part, validation);
    let rules = rule::sweep(part, validation);
    [
        Fitted::new("item_knn", &item_knn, item_knn::ItemKnn::fit(whole, item_knn)),
        Fitted::new("sequential_rules", &rules, rule::SequentialRules::fit(whole, rules)),
    ]
}

/// The methods that search for neighbouring sessions as they are asked.
fn neighbour_methods(part: &Arc<SessionIndex>, whole: &Arc<SessionIndex>, validation: &Validation) -> [Fitted; 3] {
    let vmis = vmis_knn::sweep(part, validation);
    let v_sknn = v_sknn::sweep(part, validation);
    let stan = stan::sweep(part, validation);
    [
        Fitted::new("vmis_knn", &vmis, vmis_knn::VmisKnn::new(Arc::clone(whole), vmis)),
        Fitted::new("v_sknn", &v_sknn, v_sknn::VSknn::new(Arc::clone(whole), v_sknn)),
        Fitted::new("stan", &stan, stan::Stan::new(Arc::clone(whole), stan)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_answers_a_known_item_and_survives_an_unknown_one() {
        let head = vec![vec![1, 2, 3], vec![1, 2], vec![2, 3], vec![1, 2, 3]];
        let fitted = all(&head, &[vec![1, 2], vec![2, 3, 1]], 5);
        let (mut scratch, mut out) = (Scratch::new(5), Vec::new());
        for method in &fitted {
            method.peer.recommend(&[1], 3, &mut scratch, &mut out);
            assert!(out.contains(&2), "{} gave {out:?}", method.name);
            method.peer.recommend(&[4], 3, &mut scratch, &mut out);
            assert!(out.len() <= 3 && !out.contains(&0), "{} gave {out:?}", method.name);
            method.peer.recommend(&[], 3, &mut scratch, &mut out);
            assert!(out.is_empty() || out[0] == 2, "{} gave {out:?}", method.name);
        }
        assert_eq!(fitted.len(), 7);
    }

    #[test]
    fn an_answer_does_not_depend_on_the_question_before() {
        let head = vec![vec![1, 2, 3], vec![1, 4], vec![4, 3], vec![2, 1, 3]];
        for method in all(&head, &[vec![1, 4], vec![2, 3]], 5) {
            let (mut used, mut first, mut second) = (Scratch::new(5), Vec::new(), Vec::new());
            method.peer.recommend(&[4, 3], 4, &mut used, &mut first);
            method.peer.recommend(&[1, 2], 4, &mut used, &mut first);
            method.peer.recommend(&[1, 2], 4, &mut Scratch::new(5), &mut second);
            assert_eq!(first, second, "{}", method.name);
        }
    }
}
