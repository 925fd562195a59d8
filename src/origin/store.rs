//! The demo store: its pages, pictures and files. A shop of one's own has its own server; this one
//! renders the templates in `www` from the snapshot's catalogue.

use super::PublishError;
use crate::event::ItemKey;
use crate::model::{Model, category_label};
use crate::page::price;
use minijinja::{Environment, Error, Value, context, path_loader};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The store, ready to be asked for pages.
pub(super) struct Store {
    model: Model<Vec<u8>>,
    pages: Environment<'static>,
    pictures: Environment<'static>,
    shapes: HashMap<String, String>,
    dist: PathBuf,
    /// Items of each category, by category number.
    shelves: Vec<Vec<u32>>,
    public_key: String,
    consent: String,
}

/// A built file.
pub(super) struct Asset {
    /// Its content type.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
    /// Whether the bytes are brotli.
    pub brotli: bool,
}

impl Store {
    pub(super) fn open(
        folder: &Path,
        model: Model<Vec<u8>>,
        public_key: String,
        consent: String,
    ) -> Result<Self, PublishError> {
        let shapes_at = folder.join("pictures/shapes.json");
        let text = std::fs::read_to_string(&shapes_at).map_err(|error| PublishError::file(&shapes_at, error))?;
        let shapes = serde_json::from_str(&text).map_err(|error| PublishError::file(&shapes_at, error.into()))?;
        let mut pages = Environment::new();
        pages.set_loader(path_loader(folder.join("templates")));
        let mut pictures = Environment::new();
        pictures.set_loader(path_loader(folder.join("pictures")));
        let mut shelves = vec![Vec::new(); model.names().categories.len()];
        for item in 0..model.len() as u32 {
            shelves[usize::from(model.item_category(item))].push(item);
        }
        Ok(Self { model, pages, pictures, shapes, dist: folder.join("dist"), shelves, public_key, consent })
    }

    /// A page by its path, and whether there is one there.
    pub(super) fn page(&self, path: &str) -> Result<(bool, String), Error> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let found = match parts[..] {
            [""] => Some(("home.html", self.home())),
            ["tour"] => Some(("tour.html", self.home())),
            ["category", key] => self.category(key).map(|context| ("category.html", context)),
            ["product", id] => self.model.item(ItemKey::from_id(id)).map(|item| ("product.html", self.product(item))),
            ["cart"] => {
                Some(("cart.html", context! { bestsellers => self.cards(&self.model.lists().bestsellers, 12) }))
            }
            _ => None,
        };
        let (name, own) = found.clone().unwrap_or(("not_found.html", context! {}));
        let shared = context! {
            public_key => self.public_key,
            consent => self.consent,
            path => path,
            nav => self.biggest(10),
        };
        let html = self.pages.get_template(name)?.render(context! { ..own, ..shared })?;
        Ok((found.is_some(), html))
    }

    /// A product picture: the shape of the category's longest known prefix, in the colourway `n`.
    pub(super) fn picture(&self, category: &str, file: &str) -> Result<String, Error> {
        let n: u32 = file.trim_end_matches(".svg").parse().unwrap_or(0) % 12;
        let mut prefix = category;
        let shape = loop {
            match (self.shapes.get(prefix), prefix.rsplit_once('.')) {
                (Some(shape), _) => break shape.as_str(),
                (None, Some((parent, _))) => prefix = parent,
                (None, None) => break self.shapes.get("").map_or("parcel", String::as_str),
            }
        };
        self.pictures.get_template(&format!("{shape}.svg"))?.render(context! { n, hue => n * 30 })
    }

    /// A built file, compressed by the build where the browser takes `brotli` and the file is worth it.
    pub(super) async fn asset(&self, path: &str, brotli: bool) -> Option<Asset> {
        let kind = match path.rsplit('.').next()? {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "wasm" => "application/wasm",
            "svg" => "image/svg+xml",
            "map" => "application/json",
            _ => return None,
        };
        if path.split('/').any(|part| part == ".." || part.is_empty()) {
            return None;
        }
        if brotli && let Ok(bytes) = tokio::fs::read(self.dist.join(format!("{path}.br"))).await {
            return Some(Asset { kind, bytes, brotli });
        }
        let bytes = tokio::fs::read(self.dist.join(path)).await.ok()?;
        Some(Asset { kind, bytes, brotli: false })
    }

    fn home(&self) -> Value {
        let lists = self.model.lists();
        context! {
            bestsellers => self.cards(&lists.bestsellers, 12),
            trending => self.cards(&lists.trending, 12),
            fresh => self.cards(&lists.new_arrivals, 12),
            categories => self.biggest(12),
        }
    }

    /// A category with all its children, the most wanted first.
    fn category(&self, key: &str) -> Option<Value> {
        let inside = |path: &str| path == key || path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        let numbers: Vec<usize> =
            (0..self.shelves.len()).filter(|number| inside(&self.model.names().categories[*number])).collect();
        let mut items: Vec<u32> = Vec::new();
        for number in &numbers {
            items.extend(&self.model.lists().category_bestsellers[*number]);
        }
        let all: Vec<u32> = numbers.iter().flat_map(|number| self.shelves[*number].iter().copied()).collect();
        items.extend(all.iter().filter(|item| !items.contains(item)).copied().collect::<Vec<_>>());
        let count = all.len();
        let root = key.split('.').next().unwrap_or_default();
        let related: Vec<Value> = (0..self.shelves.len())
            .filter(|number| {
                !numbers.contains(number) && self.model.names().categories[*number].split('.').next() == Some(root)
            })
            .map(|number| self.tile(number, number))
            .take(6)
            .collect();
        (count > 0).then(|| {
            let label = category_label(key);
            context! {
                category => context! { key, label, url => format!("/category/{key}"), image => format!("/pictures/{key}/3.svg"), count },
                items => self.cards(&items, 48),
                related,
            }
        })
    }

    fn product(&self, item: u32) -> Value {
        let lists = self.model.lists();
        let category = usize::from(self.model.item_category(item));
        let others =
            lists.category_bestsellers[category].iter().chain(&self.shelves[category]).chain(&lists.bestsellers);
        let mut similar: Vec<u32> = Vec::new();
        for other in others.filter(|other| **other != item) {
            if similar.len() < 12 && !similar.contains(other) {
                similar.push(*other);
            }
        }
        context! {
            item => self.card(item),
            similar => self.cards(&similar, 12),
            bestsellers => self.cards(&lists.bestsellers, 12),
        }
    }

    /// The categories with most products, those left out whose name is only a number.
    fn biggest(&self, limit: usize) -> Vec<Value> {
        let worded =
            |number: &usize| self.model.names().categories[*number].bytes().any(|byte| byte.is_ascii_alphabetic());
        let mut numbers: Vec<usize> = (0..self.shelves.len()).filter(worded).collect();
        numbers.sort_by_key(|number| std::cmp::Reverse(self.shelves[*number].len()));
        numbers.into_iter().take(limit).enumerate().map(|(at, number)| self.tile(number, at)).collect()
    }

    fn tile(&self, number: usize, colour: usize) -> Value {
        let key = &self.model.names().categories[number];
        let image = format!("/pictures/{key}/{}.svg", colour % 12);
        context! { key, label => category_label(key), url => format!("/category/{key}"), image, count => self.shelves[number].len() }
    }

    fn cards(&self, items: &[u32], limit: usize) -> Vec<Value> {
        items.iter().take(limit).map(|item| self.card(*item)).collect()
    }

    fn card(&self, item: u32) -> Value {
        let product = self.model.product(item);
        let key = &product.category;
        context! {
            id => product.id,
            title => product.title,
            brand => product.brand,
            price => price(product.price_cents, &self.model.meta().currency),
            price_cents => product.price_cents,
            image => product.image,
            url => product.url,
            category => context! { key, label => category_label(key), url => format!("/category/{key}") },
        }
    }
}
