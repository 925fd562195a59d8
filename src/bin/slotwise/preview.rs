//! `slotwise preview`: decides every slot for one visit and prints the reasons, or a link that shows the result in the shop.
//!
//! A link is signed with the shop's secret key. Otherwise anybody could make links that show a shop with chosen contents.

use super::open;
use super::outcome::Outcome;
use ed25519_dalek::Signer;
use slotwise::decide::{Decider, Overrides, Place};
use slotwise::event::ItemKey;
use slotwise::origin::key;
use slotwise::plan;
use slotwise::preview::{Force, Preview};
use slotwise::session::Session;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Shows what a visit would get, slot by slot, and why
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Published folder or snapshot file
    #[arg(long, value_name = "DIR")]
    published: PathBuf,
    /// Plan to use instead of the snapshot's
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Visit: a token, or a JSON file {"url":"…","events":[…]}. Default: a visit before its first event
    #[arg(long, value_name = "TOKEN or FILE")]
    session: Option<String>,
    /// Product that the page is about
    #[arg(long, value_name = "ID")]
    item: Option<String>,
    /// What the page is about besides: a category's path, or the words of a search.
    #[arg(long, value_name = "TEXT", default_value = "")]
    about: String,
    /// Decides this slot only
    #[arg(long, value_name = "SLOT")]
    slot: Option<String>,
    /// What the slot shows now: category paths or product ids to put in order
    #[arg(long, num_args = 1.., value_name = "KEY", requires = "slot")]
    keys: Vec<String>,
    /// Time of the decision, in seconds since 1970. Default: now
    #[arg(long, value_name = "SECONDS")]
    at: Option<u64>,
    /// Forces an arm of a slot's experiment
    #[arg(long, value_name = "SLOT=ARM", value_parser = pair)]
    arm: Vec<(String, String)>,
    /// Forces a variant or an offer of a slot
    #[arg(long, value_name = "SLOT=VARIANT", value_parser = pair)]
    show: Vec<(String, String)>,
    /// Prints JSON instead of text
    #[arg(long, conflicts_with = "link")]
    json: bool,
    /// Prints a link instead: this page of the shop with what is forced. Visits through it never count
    #[arg(long, value_name = "URL", requires = "key")]
    link: Option<String>,
    /// Secret key of `slotwise keygen`; it signs the link
    #[arg(long, value_name = "FILE", requires = "link")]
    key: Option<PathBuf>,
    /// Hours until the link expires
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=720))]
    hours: u32,
}

/// Parses `SLOT=NAME`.
fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(slot, name)| !slot.is_empty() && !name.is_empty());
    pair.map(|(slot, name)| (slot.into(), name.into())).ok_or_else(|| format!("found \"{text}\", expected SLOT=NAME"))
}

pub(crate) fn run(args: &Args) -> Outcome {
    let model = open::model(&args.published)?;
    let model = match &args.plan {
        Some(path) => {
            let plan = plan::read_for(path, &model)?;
            model.replan(plan)?
        }
        None => model,
    };
    let now_ms = match args.at {
        Some(secs) => secs * 1000,
        None => SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64,
    };
    let session = args.session.as_deref().map(|given| open::session(given, now_ms)).transpose()?;
    let forced = forced(args, &model)?;
    let expires = (now_ms / 1000) as u32 + args.hours * 3600;
    if let (Some(url), Some(path)) = (&args.link, &args.key) {
        let body = Preview { expires, forced, session: session.map(|session| session.to_token()) }.body();
        let signature = key::secret(path)?.sign(&Preview::message(&body)).to_bytes();
        let joint = if url.contains('?') { '&' } else { '?' };
        println!("{url}{joint}{}={}", Preview::PARAMETER, Preview::link(&body, &signature));
        return Ok(());
    }
    let session = session.unwrap_or_else(|| Session::begin(slotwise::context::Context::default(), now_ms));
    let preview = (!forced.is_empty()).then_some(Preview { expires, forced, session: None });
    let overrides = Overrides { preview, sold_out: Vec::new() };
    let anchor = args.item.as_deref().map(ItemKey::from_id);
    let mut decider = Decider::new(&model, &session, now_ms).with_overrides(overrides);
    let known = || model.plan().slots.iter().map(|slot| slot.name.as_str());
    let names: Vec<&str> = args.slot.as_deref().map_or_else(|| known().collect(), |slot| vec![slot]);
    let keys: Vec<&str> = args.keys.iter().map(String::as_str).collect();
    let mut decisions = Vec::new();
    let mut page = "";
    for name in names {
        // `home.hero` and `home.row` are on one page, where no product appears twice; `product.similar` is on another.
        let kind = name.split('.').next().unwrap_or_default();
        if kind != page {
            decider.turn_page();
            page = kind;
        }
        let place = Place { anchor, about: &args.about, keys: &keys, ..Place::default() };
        let Some(decision) = decider.explain(name, &place) else {
            let known: Vec<&str> = known().collect();
            return Err(format!("the plan has no slot \"{name}\", expected one of {}", known.join(", ")).into());
        };
        decisions.push(decision);
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&decisions)?);
        return Ok(());
    }
    let mut out = String::new();
    for decision in &decisions {
        open::describe(decision, &model, &mut out);
        out.push('\n');
    }
    print!("{out}");
    Ok(())
}

/// The forced arms and variants. Every name must be in the plan: a link with a typing error would show nothing special, and
/// nobody would notice.
fn forced(args: &Args, model: &slotwise::model::Model<Vec<u8>>) -> Result<Vec<(String, Force)>, String> {
    use slotwise::snapshot::plan::Fill;
    let arms = args.arm.iter().map(|(slot, arm)| (slot, Force::Arm(arm.clone())));
    let shows = args.show.iter().map(|(slot, variant)| (slot, Force::Variant(variant.clone())));
    let mut all = Vec::new();
    for (name, force) in arms.chain(shows) {
        let Some(slot) = model.plan().slot(name) else {
            let known: Vec<&str> = model.plan().slots.iter().map(|slot| slot.name.as_str()).collect();
            return Err(format!("the plan has no slot \"{name}\", expected one of {}", known.join(", ")));
        };
        let (wanted, known): (&String, Vec<&str>) = match &force {
            Force::Arm(arm) => (arm, slot.arms.iter().map(|arm| arm.name.as_str()).collect()),
            Force::Variant(variant) => {
                let of = |fill: &'_ Fill| -> Vec<usize> {
                    if let Fill::Offers(offers) = fill {
                        offers.iter().map(|at| usize::from(*at)).collect()
                    } else {
                        Vec::new()
                    }
                };
                let offers = slot.arms.iter().flat_map(|arm| of(&arm.fill));
                let mut names: Vec<&str> = offers.map(|at| model.plan().offers[at].name.as_str()).collect();
                for arm in &slot.arms {
                    if let Fill::Choose(choose) = &arm.fill {
                        names.extend(choose.variants.iter().map(|variant| variant.name.as_str()));
                        names.push(&choose.default);
                    }
                }
                (variant, names)
            }
            Force::Nothing => continue,
        };
        if !known.contains(&wanted.as_str()) {
            return Err(format!("slot \"{name}\" has no \"{wanted}\", expected one of {}", known.join(", ")));
        }
        all.push((name.clone(), force));
    }
    Ok(all)
}
