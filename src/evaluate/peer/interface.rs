//! What every peer can be asked.

use super::scratch::Scratch;

/// A fitted method.
pub trait Peer: Sync {
    /// Fills `out` with the `limit` best next items after `prefix` (oldest first), best first. Of equal scores the
    /// lower item number leads.
    fn recommend(&self, prefix: &[u32], limit: usize, scratch: &mut Scratch, out: &mut Vec<u32>);
}
