//! Beacons and questions: events come in, the session's cookie and decisions go out.

use super::asker::Asker;
use super::product::write_products;
use super::read;
use crate::base64;
use crate::context::{Context, key_of};
use crate::decide::{Decider, Decision, DecisionReport, Overrides, Place, relevance};
use crate::event::{ItemKey, RawEvent};
use crate::front::Visitor;
use crate::host::{EventsAnswer, js};
use crate::intent::{IntentReport, explain_intent, intent};
use crate::json;
use crate::model::Model;
use crate::session::Session;
use crate::shard::pack;
use alloc::{rc::Rc, string::String, vec::Vec};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[derive(Serialize)]
struct Taken<'a> {
    answer: EventsAnswer,
    cookie: Option<String>,
    events: &'a [RawEvent],
}

#[derive(Serialize)]
struct Entered {
    token: String,
    cookie: Option<String>,
    allowed: bool,
    bot: bool,
}

#[derive(Serialize)]
struct Answer {
    decisions: Vec<DecisionReport>,
    /// Relevance of the question's `rank`, in its order.
    relevance: Vec<u32>,
    intent: Option<IntentReport>,
    token: String,
    /// Bucketing key of the visit, which the exposures of these decisions state.
    seed: u16,
    /// A pack with the cards of the products that were decided, as base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    cards: Option<String>,
}

/// Most products whose cards an answer holds.
const MOST_CARDS: usize = 200;

/// Takes a beacon, a parsed object. Returns as JSON the answer to its sender, and where consent allows the cookie that
/// remembers its events, and the events to be delivered to the origin's log.
#[wasm_bindgen]
pub fn take(asker: &Asker, beacon: &JsValue, now_ms: f64) -> Option<String> {
    let now = now_ms as u64;
    let (mut events, refused) = read::events(beacon, now);
    // The page may have put the events into its own token and linked them already.
    let applied = js::get(beacon, "applied").is_truthy();
    let (cookie, kept) = Visitor::of(asker, now).observe(&mut events, applied, asker, now);
    let answer = EventsAnswer::new(events.len(), refused);
    json::text(&Taken { answer, cookie, events: if kept { &events } else { &[] } })
}

/// The visit behind a request to a server of the shop's own (`js/src/server.ts`), with the events of `more` and, where the
/// visit begins, its context. Returns as JSON its token, the cookie that stores it if it may be stored, and what keeps a page from
/// being personalised.
#[wasm_bindgen]
pub fn enter(asker: &Asker, more: &JsValue, now_ms: f64) -> Option<String> {
    let now = now_ms as u64;
    let mut visitor = Visitor::from(asker, read::context(&js::get(more, "context")), now);
    if visitor.allowed {
        for mut event in read::events(more, now).0 {
            visitor.session.observe_raw(&mut event, now);
        }
    }
    let cookie = visitor.cookie(asker);
    let Visitor { session, allowed, bot, .. } = visitor;
    json::text(&Entered { token: session.to_token(), cookie, allowed, bot })
}

/// A slot of a question.
struct Asked {
    name: String,
    anchor: Option<ItemKey>,
    about: String,
    lang: String,
    keys: Vec<String>,
    /// Whether the engine has put there what the slot shows.
    personalised: bool,
}

impl Asked {
    fn read(object: &JsValue) -> Self {
        let item_id = js::text(object, "item_id");
        let anchor = (!item_id.is_empty()).then(|| ItemKey::from_id(&item_id));
        let [name, about, lang] = ["slot", "about", "lang"].map(|name| js::text(object, name));
        let personalised = js::get(object, "personalised").is_truthy();
        Self { name, anchor, about, lang, keys: js::texts(object, "keys"), personalised }
    }
}

/// The visit a question is about: its token or the cookie, plus the events in the question; where it came from is what
/// the question says, or else the request.
fn visit(asker: &Asker, question: &JsValue, now: u64) -> Session {
    let mut session = Visitor::of(asker, now).session;
    let token = js::text(question, "token");
    // This address is no page a visit could begin on.
    let stated = read::context(&js::get(question, "context"));
    let context = || stated.unwrap_or(Context { landing: 0, ..session.context() });
    if !token.is_empty() || session.is_empty() {
        // A mail is about a visit of hours or days ago, which would be over by now.
        let kept = Session::from_token(&token);
        session = match kept {
            Some(kept) if js::get(question, "ended").is_truthy() => kept,
            kept => Session::resume(kept, now, context),
        };
    }
    for mut event in read::events(question, now).0 {
        session.observe_raw(&mut event, now);
    }
    session
}

/// Answers a question where there is no snapshot: with the visit, and nothing decided.
#[wasm_bindgen]
pub fn undecided(asker: &Asker, question: &JsValue, now_ms: f64) -> Option<String> {
    let session = visit(asker, question, now_ms as u64);
    let (token, seed) = (session.to_token(), session.seed());
    json::text(&Answer { decisions: Vec::new(), relevance: Vec::new(), intent: None, token, seed, cards: None })
}

/// Decides for a caller that is no page: an app, a mail, a server-rendered store. Reasons and what the guardrails did are
/// told where the question says `"explain": true`. `model` picks the snapshot of a visit. `None` for a slot the plan does not have. Nothing is stored.
pub(super) fn decide<'a>(
    model: impl FnOnce(&Session) -> &'a Rc<Model<Vec<u8>>>,
    asker: &Asker,
    question: &JsValue,
    now: u64,
) -> Option<String> {
    let session = visit(asker, question, now);
    let model = model(&session);
    let token = session.to_token();
    // One slot, several that stand on one page, or every slot of the plan.
    let one = Asked::read(question);
    let mut slots = js::list(question, "slots", Asked::read);
    let all = one.name.is_empty() && slots.is_empty();
    let must = !one.name.is_empty();
    if must {
        slots = alloc::vec![one];
    }
    let ids = |name| js::texts(question, name).iter().map(|id| ItemKey::from_id(id)).collect::<Vec<_>>();
    let segments = js::texts(question, "segments").iter().map(|name| key_of(name)).collect();
    let overrides = Overrides { preview: None, sold_out: ids("sold_out") };
    let decider = Decider::new(Rc::clone(model), session, now);
    let mut decider = decider.with_segments(segments).with_overrides(overrides);
    let explained = js::get(question, "explain").is_truthy();
    let mut decisions = Vec::new();
    // The language of the whole question; a slot may have another.
    let lang = js::text(question, "lang");
    let locale = model.plan().locale(&lang);
    if all && explained {
        decisions = decider.explain_all(locale);
    } else if all {
        let named = |decision: &Decision| {
            DecisionReport::of(decision, model, &Place { locale, ..Place::default() }, None).with_prices(model, now)
        };
        decisions = decider.decide_all().iter().map(named).collect();
    }
    let mut locales = alloc::vec![locale];
    for Asked { name, anchor, about, lang, keys, personalised } in &slots {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let locale = if lang.is_empty() { locale } else { model.plan().locale(lang) };
        locales.push(locale);
        let place =
            Place { anchor: *anchor, about, keys: &keys, personalised: *personalised, locale, ..Place::default() };
        decisions.extend(if explained {
            decider.explain(name, &place)
        } else {
            let named = |decision| DecisionReport::of(&decision, model, &place, None).with_prices(model, now);
            decider.decide(name, &place).map(named)
        });
    }
    if decisions.is_empty() && must {
        return None;
    }
    let (session, ranked) = (decider.session(), ids("rank"));
    let relevance = relevance(model, session, &ranked);
    let intent = if explained { explain_intent(model, session) } else { intent(model, session) };
    let cards = js::get(question, "cards").is_truthy().then(|| cards(model, &decisions, &locales));
    let mut products = None;
    if js::get(question, "products").is_truthy() {
        let out = products.insert(String::from(",\"products\":"));
        write_products(model, &decisions, &ranked, &decider.leaning(), locale, out);
    }
    let seed = session.seed();
    let mut answer = json::text(&Answer { decisions, relevance, intent: Some(intent), token, seed, cards })?;
    if let Some(products) = products {
        answer.pop();
        answer += &products;
        answer.push('}');
    }
    Some(answer)
}

/// What a page needs to show the products of decisions: their cards, also in other languages (`locales` of the plan). A page
/// has few products at hand, and the shards that hold these would be many times as large.
fn cards(model: &Model<Vec<u8>>, decisions: &[DecisionReport], locales: &[usize]) -> String {
    let picks = decisions.iter().flat_map(|decision| &decision.items);
    let mut items = Vec::new();
    for pick in picks.take(MOST_CARDS) {
        let place = pack::place(&items, pick.item);
        if items.get(place) != Some(&pick.item) {
            items.insert(place, pick.item);
        }
    }
    // Set 0 is the default language, which every card has.
    let mut sets: Vec<usize> = Vec::new();
    for locale in locales {
        let set = usize::from(model.plan().columns(*locale));
        if set > 0 && !sets.contains(&set) {
            sets.push(set);
        }
    }
    base64::encode(&pack::for_page(model, &items, &sets, &[]))
}
