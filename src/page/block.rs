//! The data block at a page's end: the cards and rows that the browser needs for this page's products.
//!
//! A browser begins with little, and fetches the rest while the visitor looks. The edge has it all, and knows what the page
//! shows. So it puts the products of this page, and those that fit next, into the page, and the first click needs no fetch.
//!
//! The block is a script of a type that no browser runs, so it is not shown, and a strict content security policy does not
//! forbid it. Its content is base64url, which holds no letter that HTML reads.

use super::PACK;
use crate::base64;
use crate::model::Model;
use crate::shard::pack;
use crate::snapshot::ItemIndex;
use alloc::vec::Vec;

/// Room for cards and for rows, in bytes. With the frame around them, and a third for base64, a block takes less than six
/// kilobytes.
const CARDS: usize = 2600;
const ROWS: usize = 1400;

/// Writes the block behind `out`: of the items that are named first, as many as there is room for; nothing if there are none.
/// Cards are also in the page's languages (`sets` of columns).
pub(super) fn write<B: AsRef<[u8]>>(
    model: &Model<B>,
    carded: Vec<ItemIndex>,
    sets: &[usize],
    rowed: Vec<ItemIndex>,
    out: &mut Vec<u8>,
) {
    let localised = |item| sets.iter().map(|set| pack::localised_len(model, *set, item)).sum::<usize>();
    let carded = first(carded, CARDS, &|item| pack::card_len(model, item) + localised(item));
    let rowed = first(rowed, ROWS, &|item| pack::row_len(model, item));
    if carded.is_empty() {
        return;
    }
    let id = model.id().short();
    let pack = base64::encode(&pack::for_page(model, &carded, sets, &rowed));
    for text in ["<script type=\"text/plain\" ", PACK, "=\"", &id, "\">", &pack, "</script>"] {
        out.extend_from_slice(text.as_bytes());
    }
}

/// The first of some items, each once, as many as have room, in ascending order.
fn first(items: Vec<ItemIndex>, mut room: usize, len: &dyn Fn(ItemIndex) -> usize) -> Vec<ItemIndex> {
    let mut taken: Vec<ItemIndex> = Vec::new();
    for item in items {
        let place = pack::place(&taken, item);
        if taken.get(place) != Some(&item) {
            let len = len(item);
            if len > room {
                break;
            }
            room -= len;
            taken.insert(place, item);
        }
    }
    taken
}
