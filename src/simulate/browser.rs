//! What a simulated shopper browses with: cookies, a user agent, and requests to the Worker.

use crate::consent;
use crate::origin::client::{Answer, Client};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::Value;
use std::collections::BTreeMap;

/// User agents: those of real browsers, with the word that says what this one is.
const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 simulated-shopper",
    "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0 simulated-shopper",
    "Mozilla/5.0 (Android 15; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0 simulated-shopper",
];

/// One visitor's browser.
pub(super) struct Browser<'a> {
    client: &'a Client,
    /// Address of the Worker, without a slash at its end.
    edge: &'a str,
    agent: &'static str,
    /// The page of another site that led here; empty for none.
    referrer: &'static str,
    campaign: String,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    /// A browser that came to the shop by a campaign of this number.
    pub(super) fn new(client: &'a Client, edge: &'a str, device: usize, referrer: &'static str, campaign: u64) -> Self {
        let cookies = [(consent::COOKIE.to_owned(), "granted".to_owned())].into();
        let campaign = format!("utm_campaign=simulated-{campaign}");
        Self { client, edge, agent: AGENTS[device % AGENTS.len()], referrer, campaign, cookies }
    }

    /// Fetches a page of the shop: its HTML, and whether the visit is held out, as far as the Worker says.
    pub(super) async fn page(&mut self, path: &str) -> Result<(String, Option<bool>), String> {
        let address = format!("{}{path}?{}", self.edge, self.campaign);
        let answer = self.ask(Request::get(address).header(header::ACCEPT, "text/html"), Body::empty()).await?;
        if answer.status != 200 {
            return Err(format!("GET {path}: found status {}, expected 200", answer.status));
        }
        let said = answer.headers.get("slotwise").and_then(|said| said.to_str().ok()).unwrap_or_default();
        let held_out = match said {
            said if said.contains("visit=holdout") => Some(true),
            said if said.contains("visit=treated") => Some(false),
            _ => None,
        };
        Ok((String::from_utf8_lossy(&answer.body).into_owned(), held_out))
    }

    /// Sends events as the page would.
    pub(super) async fn send(&mut self, events: &[Value]) -> Result<(), String> {
        if events.is_empty() {
            return Ok(());
        }
        let address = format!("{}{}/events?{}", self.edge, crate::host::BASE, self.campaign);
        let request = Request::post(address).header(header::CONTENT_TYPE, "application/json");
        let answer = self.ask(request, Body::from(serde_json::json!({ "events": events }).to_string())).await?;
        if answer.status == 202 {
            return Ok(());
        }
        Err(format!(
            "POST events: found status {}, expected 202: {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        ))
    }

    async fn ask(&mut self, request: axum::http::request::Builder, body: Body) -> Result<Answer, String> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header(header::USER_AGENT, self.agent).header(header::COOKIE, cookies.join("; "));
        if !self.referrer.is_empty() {
            request = request.header(header::REFERER, self.referrer);
        }
        let answer = self.client.ask(request.body(body).map_err(|error| error.to_string())?).await?;
        for line in answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let pair = line.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        Ok(answer)
    }
}
