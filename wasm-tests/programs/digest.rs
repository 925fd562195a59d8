//! `digest FROM TO` prints how many random triples these models make, and a digest of all their decisions: what
//! the same triples in workerd and Chromium are compared with.

#[path = "../triples.rs"]
mod triples;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<u32> = std::env::args().skip(1).map(|word| word.parse()).collect::<Result<_, _>>()?;
    let [from, to] = words[..] else { return Err("expected FROM TO".into()) };
    println!("{}", triples::digest(from..to));
    Ok(())
}
