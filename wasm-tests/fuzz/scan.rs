//! Any page, cut anywhere: the input's first two bytes say where its chunks end, the rest is the page.
#![no_main]

#[path = "../page/fuzz.rs"]
mod fuzz;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some(([every, first], html)) = data.split_first_chunk::<2>().map(|(head, html)| (*head, html)) else {
        return;
    };
    let first = usize::from(first).min(html.len());
    let cuts: Vec<usize> = (first..html.len()).step_by(usize::from(every).max(1)).collect();
    fuzz::check(html, &cuts);
});
