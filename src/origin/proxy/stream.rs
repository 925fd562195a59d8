//! A page's bytes on their way: unpacked if the shop has packed them, completed with slots, fitted, sent.
//!
//! A page goes out as it comes; only what the engine or a search holds waits. A visitor who leaves ends the work for the page,
//! and a page that the shop breaks off breaks off here too, after all that has come.

use super::engine::Fitting;
use super::insert::Inserter;
use axum::body::{Body, Bytes};
use flate2::write::GzDecoder;
use http_body::Frame;
use http_body_util::BodyExt;
use std::io::{Error, ErrorKind, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Longest pause in the middle of a page.
const PAUSE: Duration = Duration::from_mins(1);
/// Chunks that wait for a slow visitor.
const WAITING: usize = 4;
/// Packed bytes that are unpacked at a time: they may become a thousand times as many.
const STEP: usize = 1024;

/// What happens to a page's bytes, in this order.
pub(super) struct Steps {
    pub(super) is_packed: bool,
    pub(super) inserter: Option<Inserter>,
    pub(super) fitting: Option<Fitting>,
}

/// The body that a page becomes.
pub(super) fn through(body: Body, steps: Steps) -> Body {
    let (to, from) = channel(WAITING);
    tokio::spawn(async move {
        let leaves = to.clone();
        tokio::select! {
            () = pump(body, steps, to) => {}
            () = leaves.closed() => {}
        }
    });
    Body::new(Chunks(from))
}

type Sent = Result<Bytes, Error>;

/// A body of chunks that others send.
struct Chunks(Receiver<Sent>);

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.0.poll_recv(context).map(|sent| sent.map(|sent| sent.map(Frame::data)))
    }
}

/// Sends a page to its end. A visitor who has left ends it early.
async fn pump(body: Body, mut steps: Steps, to: Sender<Sent>) {
    if let Err(error) = pumped(body, &mut steps, &to).await {
        let rest = steps.fitting.as_mut().map(Fitting::rest).unwrap_or_default();
        if !rest.is_empty() {
            let _ = to.send(Ok(rest)).await;
        }
        let _ = to.send(Err(error)).await;
    }
}

async fn pumped(mut body: Body, steps: &mut Steps, to: &Sender<Sent>) -> Result<(), Error> {
    let mut unpacker = steps.is_packed.then(|| GzDecoder::new(Vec::new()));
    loop {
        let frame = tokio::time::timeout(PAUSE, body.frame()).await.map_err(|_| Error::from(ErrorKind::TimedOut))?;
        let Some(frame) = frame else { break };
        // Trailers speak of other bytes.
        let Ok(chunk) = frame.map_err(Error::other)?.into_data() else { continue };
        let Some(unpacker) = &mut unpacker else {
            steps.send(Some(chunk), to).await?;
            continue;
        };
        for part in chunk.chunks(STEP) {
            unpacker.write_all(part)?;
            steps.send(Some(std::mem::take(unpacker.get_mut()).into()), to).await?;
        }
    }
    if let Some(unpacker) = unpacker {
        steps.send(Some(unpacker.finish()?.into()), to).await?;
    }
    steps.send(None, to).await
}

impl Steps {
    /// Sends what goes out after a chunk, or at the page's end.
    async fn send(&mut self, chunk: Option<Bytes>, to: &Sender<Sent>) -> Result<(), Error> {
        let mut ready = Vec::new();
        match &mut self.inserter {
            Some(inserter) => ready.push(inserter.feed(chunk.as_deref())),
            None => ready.extend(chunk.clone()),
        }
        if let Some(fitting) = &mut self.fitting {
            for part in &mut ready {
                *part = fitting.feed(Some(std::mem::take(part))).await;
            }
            if chunk.is_none() {
                ready.push(fitting.feed(None).await);
            }
        }
        for part in ready.into_iter().filter(|part| !part.is_empty()) {
            to.send(Ok(part)).await.map_err(|_| Error::from(ErrorKind::BrokenPipe))?;
        }
        Ok(())
    }
}
