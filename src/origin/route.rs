//! The addresses behind `/_slotwise/`: what the origin and the edge answer, and how.
//!
//! One table. The origin's server takes its paths from it, and `slotwise reference` prints it for the manual. The edge's
//! dispatcher is TypeScript (`js/src/edge_own.ts`); a test compares its addresses with this table.

/// One address.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Route {
    /// `GET` (and `HEAD`) or `POST`.
    pub method: &'static str,
    /// The path, with parts that vary in braces.
    pub path: &'static str,
    /// Whether the origin answers it.
    pub origin: bool,
    /// Whether the edge answers it.
    pub edge: bool,
    /// What it is for.
    pub purpose: &'static str,
    /// The request body; empty where there is none.
    pub request: &'static str,
    /// The answer when all is well.
    pub answer: &'static str,
    /// Other status codes.
    pub refusals: &'static str,
    /// How long an answer may be cached.
    pub caching: &'static str,
}

/// The manifest: the small signed file that names the current snapshot.
pub const MANIFEST: Route = Route {
    method: "GET",
    path: "/_slotwise/manifest",
    origin: true,
    edge: true,
    purpose: "Names the current snapshot, its root and its patches. Edge and browser fetch it, compare the sequence number and \
              verify the signature.",
    request: "",
    answer: "200 with the manifest as text: one line of JSON, then a line with key id and signature for each of one or two \
             keys. 304 if the ETag is known.",
    refusals: "404 at the origin if nothing was published; 503 at the edge before its first snapshot.",
    caching: "no-cache, with an ETag",
};

/// A snapshot by its hash.
pub const SNAPSHOT: Route = Route {
    method: "GET",
    path: "/_slotwise/snapshot/{id}",
    origin: true,
    edge: true,
    purpose: "The bytes of a snapshot. The id is their SHA-256 in 64 hexadecimal digits.",
    request: "",
    answer: "200 with the bytes, compressed with gzip for clients that read it. 304 if the ETag is known.",
    refusals: "404 if there is no such snapshot; 500 if the origin's copy is damaged.",
    caching: "public, one year, immutable",
};

/// A root or shard by its hash.
pub const SHARD: Route = Route {
    method: "GET",
    path: "/_slotwise/shard/{name}",
    origin: true,
    edge: true,
    purpose: "The bytes of a root, or of a shard that a browser fetches when it needs it. The name is the first half of their \
              SHA-256 in 32 hexadecimal digits.",
    request: "",
    answer: "200 with the bytes, compressed with gzip for clients that read it. 304 if the ETag is known.",
    refusals: "404 if there is no such shard.",
    caching: "public, one year, immutable",
};

/// A patch by its hash.
pub const PATCH: Route = Route {
    method: "GET",
    path: "/_slotwise/patch/{name}",
    origin: true,
    edge: true,
    purpose: "The bytes of a patch, which makes the current snapshot from an older one. The name is the first half of their \
              SHA-256 in 32 hexadecimal digits.",
    request: "",
    answer: "200 with the bytes, compressed with gzip for clients that read it. 304 if the ETag is known.",
    refusals: "404 if there is no such patch.",
    caching: "public, one year, immutable",
};

/// Live prices and stock.
pub const OVERLAY: Route = Route {
    method: "GET",
    path: "/_slotwise/overlay",
    origin: true,
    edge: true,
    purpose: "Live prices and stock, which edge and browser lay over the snapshot.",
    request: "",
    answer: "200 with the bytes: a signature of 64 bytes, and what it signs. 304 if the ETag is known.",
    refusals: "404 if the shop publishes none.",
    caching: "no-cache, with an ETag; at the edge public, for five seconds",
};

/// Live prices and stock from the shop's backend.
pub const FACTS: Route = Route {
    method: "POST",
    path: "/_slotwise/overlay",
    origin: true,
    edge: false,
    purpose: "Takes live prices and stock from the shop's backend, and lays them over those published before.",
    request: "{\"products\":[{\"product\":\"…\",\"price\":…,\"usual_price\":…,\"stock\":\"in\",\"hidden\":false}]} as \
              application/json, at most 20,000 products; with the header slotwise-signature, made with the intake key",
    answer: "200 with {\"sequence\":…,\"products\":…,\"bytes\":…}: the facts are on disk, and every host has them within \
             its interval.",
    refusals: "400 for a row that cannot be read: then none is taken; 401 without a valid signature, or with one that was \
               used; 404 from an origin without --overlay-key; 413 for more than an overlay holds; 415 for another \
               content type; 503 if the disk refuses.",
    caching: "no-store",
};

/// Beacons.
pub const EVENTS: Route = Route {
    method: "POST",
    path: "/_slotwise/events",
    origin: true,
    edge: true,
    purpose: "Takes events. The edge delivers them to the origin, through a Queue if one is bound, and then updates the \
              visitor's cookie where consent allows it. The origin appends them to its log.",
    request: "{\"events\":[{\"name\":\"view_item\",\"params\":{\"items\":[{\"item_id\":\"…\"}]},\"event_id\":\"…\",\
              \"time_ms\":…}]} as application/json: at most 200 events, and 64 kB at the edge",
    answer: "202 with {\"accepted\":1,\"ignored\":0,\"refused\":{\"price\":1}}; the origin adds \"repeated\", events that its log \
             already holds. 202 means that the accepted events are on the origin's disk, or in the edge's Queue.",
    refusals: "400 for a body that is no such JSON; 401 from the origin without a valid signature; 403 for a page of another \
               site; 413 for a body that is too long, unread; 415 for another content type; 429 with Retry-After for a \
               client over the rate limit; 503 with Retry-After if the events are stored nowhere: send them again, with \
               the same event_id.",
    caching: "no-store",
};

/// Decisions as JSON.
pub const DECIDE: Route = Route {
    method: "POST",
    path: "/_slotwise/decide",
    origin: false,
    edge: true,
    purpose: "Decides for a caller that is not a page: an app, an e-mail, a server-rendered shop. Stores nothing.",
    request: "A question as application/json, at most 64 kB; {} asks for every slot. GET takes it as q, in base64url. With \
              {\"questions\":[…]} at most 100 of them.",
    answer: "200 with decisions, relevance, intent scores and the token of the visit; {\"answers\":[…]} for several. Without \
             a snapshot the decisions are empty.",
    refusals: "400 for a body that is no JSON object, and for a field that is unknown, of a wrong type or too long; 401 for a \
               wrong signature, and for what needs one; 404 for a slot that the plan does not have; 403, 413, 415 and 429 as \
               for events.",
    caching: "no-store; of a GET private, no-cache, with an ETag",
};

/// Products in mails.
pub const MAIL: Route = Route {
    method: "GET",
    path: "/_slotwise/mail/{slot}",
    origin: false,
    edge: true,
    purpose: "Shows a slot's products in a mail: {slot}.html is a table, {slot}/1.jpg the picture of the first product, and \
              {slot}/1/link its page.",
    request: "token, items and lang in the query, and last s, their signature with the secret DECIDE_KEY.",
    answer: "200 with HTML; 302 to the picture or to the page.",
    refusals: "401 for a wrong signature; 404 without DECIDE_KEY, and for a slot that the plan does not have.",
    caching: "no-store",
};

/// Health.
pub const HEALTH: Route = Route {
    method: "GET",
    path: "/_slotwise/health",
    origin: true,
    edge: true,
    purpose: "Says which snapshot is in use, what became of events, and at the edge what went wrong last.",
    request: "",
    answer: "200 with {\"ok\":true,\"snapshot\":\"…\",\"problem\":null,\"events\":{…}}; the origin adds the manifest's \
             \"sequence\", \"age_s\", \"max_age_s\" and \"canary\".",
    refusals: "503 with \"ok\":false and a sentence in \"problem\" if the published manifest cannot be read or trusted, or is past \
               its age limit.",
    caching: "no-store",
};

/// Every address.
pub const ROUTES: [Route; 10] = [MANIFEST, SNAPSHOT, SHARD, PATCH, OVERLAY, FACTS, EVENTS, DECIDE, MAIL, HEALTH];
