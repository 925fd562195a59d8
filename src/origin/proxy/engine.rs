//! The engine's thread: it holds the models and the pages under way.
//!
//! A model belongs to one thread, because pages share it without counting atomically. Requests are answered by others, so they
//! send chunks there and wait for the bytes that have to go out. One chunk of a page is under way at a time.
//!
//! Invariant: a panic in the engine ends the page it came from and no other. The rest of that page passes as it is.

use crate::front::{Page as Decided, Snapshots};
use crate::model::Model;
use crate::origin::overlay;
use crate::origin::proxy::asked::Asked;
use crate::origin::publish::{self, Folder, PublishError};
use crate::page::{Fit, Fitter};
use crate::snapshot::manifest::key_bytes;
use crate::snapshot::{Manifest, Release};
use axum::body::Bytes;
use ed25519_dalek::VerifyingKey;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How often the published folder is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// A page of the shop's that has come.
pub(super) struct Arrived {
    /// Its path, without a query.
    pub(super) path: String,
    pub(super) asked: Asked,
    pub(super) content_type: String,
    pub(super) caching: String,
    /// Body of a preview link; empty if the shop's key did not sign it.
    pub(super) forced: Option<Vec<u8>>,
    pub(super) now_ms: u64,
}

/// What becomes of a page.
pub(super) struct Begun {
    /// Changes of its headers; see [`Decided::headers`].
    pub(super) headers: String,
    /// The page, if its bytes have to go through [`Fitting::feed`].
    pub(super) fitting: Option<Fitting>,
    /// Whether the manifest switches off its path.
    pub(super) is_off: bool,
}

enum Task {
    Begin(Box<Arrived>, oneshot::Sender<Begun>),
    /// A chunk of a page; `None` is its end.
    Feed(u64, Option<Bytes>, oneshot::Sender<(Bytes, usize)>),
    Leave(u64),
}

/// A page that is being fitted, as the request's thread has it.
pub(super) struct Fitting {
    number: u64,
    tasks: Sender<Task>,
    /// What came in and has not gone out.
    held: Vec<u8>,
    works: bool,
}

impl Fitting {
    /// The bytes that have to go out after a chunk, or at the end of the page.
    pub(super) async fn feed(&mut self, chunk: Option<Bytes>) -> Bytes {
        self.held.extend_from_slice(chunk.as_deref().unwrap_or_default());
        if self.works {
            let (reply, answer) = oneshot::channel();
            let sent = self.tasks.send(Task::Feed(self.number, chunk, reply));
            if let (Ok(()), Ok((out, held))) = (sent, answer.await) {
                self.held.drain(..self.held.len().saturating_sub(held));
                return out;
            }
            self.works = false;
        }
        std::mem::take(&mut self.held).into()
    }

    /// What came in and has not gone out, of a page that broke off.
    pub(super) fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.held).into()
    }
}

impl Drop for Fitting {
    fn drop(&mut self) {
        // The thread may have ended.
        let _ = self.tasks.send(Task::Leave(self.number));
    }
}

/// What requests ask of the plan before a page has come.
struct Told {
    keeps_rows: AtomicBool,
    is_cold: AtomicBool,
}

/// The engine's thread.
pub(super) struct Engine {
    tasks: std::sync::Mutex<Sender<Task>>,
    told: Arc<Told>,
}

impl Engine {
    /// Starts the thread. It reads what a folder publishes under one of these keys.
    pub(super) fn start(published: &Path, keys: &[[u8; 32]]) -> std::io::Result<Self> {
        let (tasks, queue) = channel();
        // Before the first snapshot the careful answers.
        let told = Arc::new(Told { keeps_rows: true.into(), is_cold: true.into() });
        let (folder, keys, shared, own) = (published.to_owned(), keys.to_vec(), Arc::clone(&told), tasks.clone());
        let run = move || {
            Thread { folder, keys, told: shared, held: None, looked: None, said: String::new() }.run(&queue, &own);
        };
        std::thread::Builder::new().name("engine".into()).spawn(run)?;
        Ok(Self { tasks: tasks.into(), told })
    }

    /// Whether the plan keeps next-item rows to hosts of the shop's, as far as is known.
    pub(super) fn keeps_rows(&self) -> bool {
        self.told.keeps_rows.load(Ordering::Relaxed)
    }

    /// Whether a page can be fitted to a visit that has not begun, as far as is known.
    pub(super) fn is_cold(&self) -> bool {
        self.told.is_cold.load(Ordering::Relaxed)
    }

    /// What becomes of a page; `None` if there is no snapshot to decide with.
    pub(super) async fn begin(&self, arrived: Arrived) -> Option<Begun> {
        let (reply, answer) = oneshot::channel();
        let tasks = self.tasks.lock().ok()?.clone();
        tasks.send(Task::Begin(Box::new(arrived), reply)).ok()?;
        answer.await.ok()
    }
}

/// What is published, opened.
struct Held {
    manifest: Manifest,
    snapshots: Snapshots,
    /// The overlay's file as it was laid last.
    overlay: Vec<u8>,
}

struct Thread {
    folder: PathBuf,
    keys: Vec<[u8; 32]>,
    told: Arc<Told>,
    held: Option<Held>,
    looked: Option<Instant>,
    /// The last complaint, which is not repeated every second.
    said: String,
}

impl Thread {
    fn run(&mut self, queue: &Receiver<Task>, own: &Sender<Task>) {
        let mut pages: HashMap<u64, (Fitter, Fit<Vec<u8>>)> = HashMap::new();
        self.look();
        let mut number = 0;
        for task in queue {
            match task {
                Task::Begin(arrived, reply) => {
                    number += 1;
                    let decided = catch_unwind(AssertUnwindSafe(|| self.decide(*arrived)));
                    let Ok(Some((Decided { fit, headers }, is_off))) = decided else { continue };
                    let fits = fit.is_some();
                    pages.extend(fit.map(|fit| (number, fit)));
                    let fitting = fits.then(|| Fitting { number, tasks: own.clone(), held: Vec::new(), works: true });
                    // Who asked may have left. Then the page leaves with the answer.
                    let _ = reply.send(Begun { headers, fitting, is_off });
                }
                Task::Feed(number, chunk, reply) => {
                    let Some(page) = pages.get_mut(&number) else { continue };
                    match catch_unwind(AssertUnwindSafe(|| feed(page, chunk))) {
                        Ok(out) => drop(reply.send(out)),
                        Err(_) => drop(pages.remove(&number)),
                    }
                }
                Task::Leave(number) => drop(pages.remove(&number)),
            }
        }
    }

    /// What becomes of a page, and whether that is because its path is switched off.
    fn decide(&mut self, arrived: Arrived) -> Option<(Decided, bool)> {
        self.look();
        let Held { manifest, snapshots, .. } = self.held.as_ref()?;
        let Arrived { path, asked, content_type, caching, forced, now_ms } = arrived;
        manifest.age(now_ms).ok()?;
        if manifest.is_off(&path) {
            let headers = "+server-timing: slotwise;desc=\"edge off\"".into();
            return Some((Decided { fit: None, headers }, true));
        }
        Some((snapshots.page(&asked, &content_type, &caching, forced, now_ms), false))
    }

    /// Goes on with what is published now, if the last look is a while ago. On any error all stays.
    fn look(&mut self) {
        if self.looked.is_some_and(|looked| looked.elapsed() < EVERY) {
            return;
        }
        self.looked = Some(Instant::now());
        let said = self.sync().err().map(|error| error.to_string()).unwrap_or_default();
        if said != self.said && !said.is_empty() {
            eprintln!("slotwise: going on as before: {said}");
        }
        self.said = said;
    }

    fn sync(&mut self) -> Result<(), PublishError> {
        let folder = Folder::to_read(&self.folder);
        let manifest = publish::manifest(&folder, Some(&self.keys))?.manifest;
        if self.held.as_ref().is_none_or(|held| held.manifest.sequence < manifest.sequence) {
            let model = self.opened(&folder, &manifest.current)?;
            let canary = match &manifest.canary {
                Some(canary) => Some((self.opened(&folder, &canary.release)?, canary.share)),
                None => None,
            };
            let keeps_rows = model.plan().rows_at_edge;
            let snapshots = Snapshots { model, canary, published_ms: manifest.published_ms };
            self.told.keeps_rows.store(keeps_rows, Ordering::Relaxed);
            self.told.is_cold.store(snapshots.is_cold(), Ordering::Relaxed);
            self.held = Some(Held { manifest, snapshots, overlay: Vec::new() });
        }
        self.lay();
        Ok(())
    }

    /// A snapshot: the one that is open already, or one of the folder's.
    fn opened(&self, folder: &Folder, release: &Release) -> Result<Rc<Model<Vec<u8>>>, PublishError> {
        let id = release.id()?;
        let known = self.held.as_ref().map(|held| &held.snapshots);
        let canary = known.and_then(|known| known.canary.as_ref()).map(|(model, _)| model);
        let open = known.map(|known| &known.model).into_iter().chain(canary).find(|model| model.id() == id);
        open.map_or_else(|| Ok(Rc::new(publish::open_release(folder, release)?)), |model| Ok(Rc::clone(model)))
    }

    /// Lays live prices and stock over the snapshots. A file that is wrong changes nothing.
    fn lay(&mut self) {
        let Some(Held { manifest, snapshots, overlay: laid }) = &mut self.held else { return };
        let file = std::fs::read(self.folder.join(overlay::FILE)).unwrap_or_default();
        let key =
            manifest.overlay_key.as_deref().and_then(|key| key_bytes::<32>(key, "the overlay key", "32 bytes").ok());
        let Some(key) = key.and_then(|key| VerifyingKey::from_bytes(&key).ok()) else { return };
        if file == *laid {
            return;
        }
        if let Some(found) = overlay::open(&file, &key) {
            for model in std::iter::once(&snapshots.model).chain(snapshots.canary.iter().map(|(model, _)| model)) {
                model.lay(Some(found.clone()));
            }
        }
        *laid = file;
    }
}

/// The bytes that go out after a chunk, and how many are held.
fn feed((fitter, fit): &mut (Fitter, Fit<Vec<u8>>), chunk: Option<Bytes>) -> (Bytes, usize) {
    let out = match chunk {
        Some(chunk) => {
            fitter.feed(&chunk, fit);
            if fitter.is_same(chunk.len()) { chunk } else { Bytes::copy_from_slice(fitter.ready()) }
        }
        None => {
            fitter.end(fit);
            Bytes::copy_from_slice(fitter.ready())
        }
    };
    (out, fitter.held())
}
