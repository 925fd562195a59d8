//! What a page asks the page engine, by number, and the flags of the answers.
//!
//! Names would have to be compiled into the engine and compared on every call. `js/src/contract.ts` has the same
//! numbers; `js/src/engine.ts` asks with them and `browser::Engine` answers.
//!
//! Invariant: numbers are those of one build. Page engine and scripts are shipped together, so they may change.

macro_rules! asked {
    ($($(#[$doc:meta])* $id:ident $name:literal;)*) => {
        /// What can be asked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum Asked { $($(#[$doc])* $id),* }

        impl Asked {
            /// Everything that can be asked with its name in `contract.ts`, in order of number.
            pub const ALL: [(&'static str, Self); [$($name),*].len()] = [$(($name, Self::$id)),*];
            /// The same without the names, which no engine carries.
            const PLAIN: [Self; Self::ALL.len()] = [$(Self::$id),*];
        }
    };
}

asked! {
    /// To go on with the visit of a token, or to begin one: minutes ahead of UTC, the bytes of the token; user
    /// agent, referrer, URL, time zone.
    Begin "BEGIN";
    /// To remember an event: time stated in milliseconds (two numbers, 0 for none), percent scrolled, seconds of
    /// attention, exposure (0 none, 1 of the shop's own, 2 personalised, 3 opened once a visit), number of items and whether each is on sale;
    /// name, slot and choice of an exposure, id and category path of each item. Answered by 1, time, the bytes
    /// of the token and of the digests before and after, and where it begins a visit source, device, region, campaign, landing
    /// page, hour and weekday. By 0 alone for a name the engine does not use.
    Track "TRACK";
    /// To decide a page: number of places, number of languages, for each place
    /// whether it is personalised (1) and decided ahead (2) with the place of its language above (bits 2 up), and how many keys
    /// it has; languages, then name, product, subject and keys of each.
    Decide "DECIDE";
    /// What the visit seems to be after.
    Intent "INTENT";
    /// How relevant products are: their number; their ids.
    Rank "RANK";
    /// To show none of these: their number; their ids.
    SoldOut "SOLD_OUT";
    /// To forget the visit.
    Forget "FORGET";
    /// The bytes of the token.
    Token "TOKEN";
    /// What the plan names: whether a slot counts as soon as it is in the page (1) and whether rows stay at the edge (2); slots
    /// with their arms, and each arm's variants or all offers; locales with their texts in the shop's own words.
    Names "NAMES";
    /// What cards show: number of products; language; ids. Answered by every field of each.
    Cards "CARDS";
    /// What is known of products at the moment: their number; their ids. Answered for each by whether its price is known (1) and
    /// whether it may not be shown (2); price and usual price as cards show them.
    Live "LIVE";
    /// Whether the visit gets a snapshot that is being tried out: its share of visits in ten-thousandths; its id. Answered by
    /// 1 or 0.
    Canary "CANARY";
    /// The bytes of the names of the shards to fetch, the most useful first.
    Wanted "WANTED";
}

impl Asked {
    /// What the number stands for.
    pub(crate) fn of(number: u32) -> Option<Self> {
        Self::PLAIN.get(number as usize).copied()
    }
}

/// Flags of a decision in an answer.
#[derive(Debug)]
pub struct Flag;

impl Flag {
    /// The plan knows the slot, so that a decision follows.
    pub const THERE: i32 = 1;
    /// The engine puts something there.
    pub const PERSONALISED: i32 = 2;
    /// Seeing it counts.
    pub const COUNTS: i32 = 4;
    /// A variant or an offer follows.
    pub const CHOICE: i32 = 8;
    /// Words for the shopper follow.
    pub const BECAUSE: i32 = 16;
    /// The slot opens only when the visitor is about to leave.
    pub const EXIT: i32 = 32;
    /// Shards are under way that could change it.
    pub const PARTIAL: i32 = 64;
    /// Stands for a number that is not known.
    pub const UNKNOWN: i32 = i32::MIN;
}
