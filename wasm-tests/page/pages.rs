//! Pages to try the scanner on: html5lib's documents, pages made of random pieces, and well-formed nested ones.
#![allow(dead_code, reason = "each test uses its part")]

use std::fs;
use std::path::{Path, PathBuf};

/// The documents of html5lib's tokenizer and tree construction tests; `None` where they are not on this machine.
///
/// They are looked for beside the checkout, and in the folder that `HTML5LIB_TESTS` names.
pub(crate) fn documents() -> Option<Vec<Vec<u8>>> {
    let folder = html5lib()?;
    let mut all = Vec::new();
    for file in files(&folder.join("tree-construction"), "dat") {
        let text = String::from_utf8_lossy(&fs::read(&file).expect("a readable file")).into_owned();
        for test in text.split("#data\n").skip(1) {
            if !test.contains("#document-fragment") && !test.contains("#script-off") {
                all.push(test.as_bytes()[..test.find("\n#errors").unwrap_or(0)].to_vec());
            }
        }
    }
    for file in files(&folder.join("tokenizer"), "test") {
        let tests: serde_json::Value =
            serde_json::from_slice(&fs::read(&file).expect("a readable file")).expect("JSON");
        for test in tests["tests"].as_array().into_iter().flatten() {
            if test["initialStates"].is_null() && test["doubleEscaped"].is_null() {
                all.push(test["input"].as_str().unwrap_or_default().as_bytes().to_vec());
            }
        }
    }
    Some(all)
}

fn html5lib() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("HTML5LIB_TESTS") {
        return Some(folder.into());
    }
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/html5lib-tests/html5lib-tests.tar.gz");
    if !archive.exists() {
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("html5lib-tests");
    if !folder.join("h5/tokenizer").exists() {
        fs::create_dir_all(&folder).expect("a folder for the documents");
        let words = [archive.as_os_str(), "-C".as_ref(), folder.as_os_str()];
        let unpacked = std::process::Command::new("tar").arg("-xzf").args(words).status().expect("the program tar");
        assert!(unpacked.success(), "tar does not unpack {}", archive.display());
    }
    Some(folder.join("h5"))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder of html5lib's")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    found.sort();
    found
}

/// Numbers that look like chance (Vigna, `SplitMix64`).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) as usize % bound
    }

    pub(crate) fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// Pieces that fit together badly.
const PIECES: &[&str] = &[
    "<div>",
    "</div>",
    "<div data-slotwise=a>",
    "<DIV DATA-SLOTWISE='b'>",
    "<div/data-slotwise=\"c\">",
    "<p>",
    "</p>",
    "text",
    " ",
    "<",
    ">",
    "\"",
    "'",
    "<!--",
    "-->",
    "--!>",
    "-",
    "<!-->",
    "<!--->",
    "<!doctype html>",
    "<?x",
    "</",
    "</>",
    "</ x>",
    "<![CDATA[",
    "]]>",
    "<svg>",
    "</svg>",
    "<path/>",
    "<math>",
    "</math>",
    "<mi>",
    "</mi>",
    "<title>",
    "</title>",
    "<script>",
    "</script>",
    "<script ",
    "</script ",
    "<style>",
    "</style >",
    "<textarea>",
    "</textarea>",
    "<noscript>",
    "</noscript>",
    "<template>",
    "</template>",
    "<foreignObject>",
    "</foreignObject>",
    "<img src=x>",
    "<a href=\"a>b\">",
    "<a href='<b>'>",
    "<a b=c/>",
    "<a =x>",
    "<a b\"c>",
    "<a b = 'c'd>",
    "<br>",
    "</br>",
    "<section data-slotwise=s>",
    "</section>",
    "</SECTION\n>",
    "<a\tb\n=\r'",
    "<xmp>",
    "</xmp>",
    "<iframe>",
    "</iframe>",
    "=",
    "/",
    "<li data-key=1>",
    "</li>",
    "<font color=a>",
    "<font>",
    "<desc>",
    "</desc>",
    "é",
    "<a é=\"ü\">",
    "<ul>",
    "</ul>",
    "<li data-slotwise=l>",
    "<table>",
    "</table>",
    "<tr>",
    "<td>",
    "</td>",
    "</tr>",
    "<td data-slotwise=t>",
    "<select>",
    "<option>",
    "</select>",
    "<p data-slotwise=p>",
    "<b>",
    "</b>",
    "</a>",
    "<dl>",
    "<dt>",
    "<dd data-slotwise=d>",
    "</dl>",
    "<button>",
    "</button>",
    "<form>",
    "</form>",
    "<h1>",
    "</h2>",
    "<i data-because=a>",
    "</i>",
    "<template data-card>",
    "<x-y/>",
    "<annotation-xml encoding=text/html>",
    "<ruby>",
    "<rt>",
    "</ruby>",
    "<tbody>",
    "<option data-slotwise=o>",
    "<svg/>",
    "</p data-x>",
    "<body>",
    "</body>",
    "<hr>",
];

/// A page of up to `most` pieces.
pub(crate) fn random(chance: &mut Chance, most: usize) -> String {
    (0..=chance.below(most)).map(|_| chance.of(PIECES)).collect()
}

/// A well-formed page with slots of every kind, some nested, in markup as shops write it: end tags left out where
/// they may be, icons, comments, scripts, odd quoting.
pub(crate) fn shop(chance: &mut Chance) -> String {
    let mut page = String::from("<!doctype html><html><head><meta charset=utf-8><title>a<b</title></head><body>");
    for _ in 0..=chance.below(4) {
        block(chance, 0, &mut page);
    }
    page.push_str("</body></html>");
    page
}

fn inline(chance: &mut Chance, out: &mut String) {
    out.push_str(chance.of(&[
        "text",
        " &amp; ",
        "<br>",
        "<b>bold <i>both</i></b>",
        "<img src=\"a.png\" alt='>'>",
        "<svg viewBox='0 0 1 1'><g><path d=\"M0 0\"/></g><use href=#x /></svg>",
        "<!-- a > comment -->",
        "<a href=/x?a=1&b>link</a>",
        "<em data-because=home.row>words</em>",
        "<script>if (a</b/) '<div>'</script>",
        "<select><option>a<option selected>b</select>",
        "<input disabled value=\"</div>\">",
        "<span\n class=x\t>é</span>",
        "<math><mi>x</mi><mo>+</mo></math>",
        "<textarea><p></textarea>",
    ]));
}

fn block(chance: &mut Chance, depth: usize, out: &mut String) {
    let marks = ["", "", " class=a", " data-slotwise=home.row", " data-slotwise='home.hero' data-item=7"];
    let mark = chance.of(&marks);
    match chance.below(if depth > 3 { 3 } else { 10 }) {
        0 => inline(chance, out),
        1 => {
            *out += &format!("<p{mark}>");
            inline(chance, out);
            out.push_str(chance.of(&["</p>", "</P >", ""]));
            // A paragraph without an end tag ends before the next block.
            out.push_str("<hr>");
        }
        2 => slot(chance, depth, out),
        3 => {
            *out += &format!("<ul{mark}>");
            for _ in 0..=chance.below(3) {
                *out += &format!("<li{}>", chance.of(&["", " data-key=a", " data-slotwise=tour.li", " data-key='b'"]));
                inner(chance, depth, out);
                out.push_str(chance.of(&["</li>", "", "\n"]));
            }
            out.push_str("</ul>");
        }
        4 => {
            out.push_str("<table><tbody>");
            for _ in 0..=chance.below(2) {
                *out += &format!("<tr{}><td{mark}>", chance.of(&["", " data-slotwise=tour.tr"]));
                inner(chance, depth, out);
                out.push_str(chance.of(&["</td></tr>", "</td>", "<th>x</tr>", "<td>"]));
            }
            out.push_str("</table>");
        }
        5 => {
            *out += &format!("<dl><dt>t<dd{mark}>");
            inner(chance, depth, out);
            out.push_str(chance.of(&["<dt>u</dl>", "</dd></dl>", "</dl>"]));
        }
        6 => slot(chance, depth, out),
        _ => {
            let name = chance.of(&["div", "section", "article", "main", "nav", "x-card", "span", "h2"]);
            *out += &format!("<{name}{mark}>");
            if name == "h2" || name == "span" {
                inline(chance, out)
            } else {
                inner(chance, depth, out)
            }
            *out += &format!("</{name}>");
        }
    }
}

fn inner(chance: &mut Chance, depth: usize, out: &mut String) {
    for _ in 0..chance.below(3) {
        block(chance, depth + 1, out);
    }
}

/// A slot as the contract has it.
fn slot(chance: &mut Chance, depth: usize, out: &mut String) {
    let (name, item) =
        (chance.of(&["home.row", "home.hero", "tour.order"]), chance.of(&["", " data-item=\"1004856\""]));
    *out += &format!("<section data-slotwise=\"{name}\"{item}>");
    for _ in 0..=chance.below(4) {
        out.push_str(chance.of(&["", "\n  ", "<!-- shop -->", "<h2 data-because=home.row>Why</h2>"]));
        let (open, close) = chance.of_pair(&[
            ("<template data-card><article data-item=\"\"><a data-field=url href=#>x</a></article>", "</template>"),
            ("<div data-variant=welcome>", "</div>"),
            ("<template data-variant='smartphone'><div>", "</div></template>"),
            ("<article data-item=1>", "</article>"),
            ("<div data-key=electronics.smartphone>", "</div>"),
            ("<div data-key=\"computers\">", "</div>"),
        ]);
        out.push_str(open);
        if open.starts_with("<div") {
            inner(chance, depth + 1, out)
        } else {
            inline(chance, out)
        }
        out.push_str(close);
    }
    out.push_str("</section>");
}

impl Chance {
    fn of_pair<'a>(&mut self, pairs: &[(&'a str, &'a str)]) -> (&'a str, &'a str) {
        pairs[self.below(pairs.len())]
    }
}
