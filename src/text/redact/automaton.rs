//! All secrets in one automaton (Aho and Corasick, 1975): one step a byte, however many secrets there are.
//!
//! Invariant: the state after some bytes is the longest end of them with which a secret begins, so its depth tells how
//! far back a secret that is not over yet can reach. Imports nothing.

use std::hint::black_box;

/// The state in which no secret has begun.
pub(super) const ROOT: u32 = 0;

/// A state.
#[derive(Clone, Copy, Default)]
struct Node {
    /// The byte that leads here.
    byte: u8,
    /// Bytes from the root to here.
    depth: u32,
    /// Where to go on when no child fits.
    fail: u32,
    /// First child; the root's are in a table of their own.
    child: u32,
    /// Next child of the same parent.
    sibling: u32,
    /// Length of the longest secret that ends here, 0 for none.
    ends: u32,
    /// Which secret that is.
    secret: u32,
}

/// See the module.
pub(super) struct Automaton {
    nodes: Vec<Node>,
    root: [u32; 256],
    /// For 6, 4 and 2 bits, which values are the first bits of some secret.
    begins: [u64; 3],
}

impl Automaton {
    /// Returns the automaton of these secrets; empty ones are left out.
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut made = Self { nodes: vec![Node::default()], root: [ROOT; 256], begins: [0; 3] };
        for (index, secret) in secrets.into_iter().enumerate() {
            made.insert(secret, u32::try_from(index).unwrap_or(u32::MAX));
        }
        made.link();
        made
    }

    /// Returns the state after one more byte.
    #[inline]
    pub(super) fn step(&self, state: u32, byte: u8) -> u32 {
        if state == ROOT { self.child(ROOT, byte) } else { self.step_from(state, byte) }
    }

    fn step_from(&self, mut state: u32, byte: u8) -> u32 {
        loop {
            let next = self.child(state, byte);
            if next != ROOT || state == ROOT {
                return next;
            }
            state = self.node(state).fail;
        }
    }

    /// Returns how many bytes a secret that is not over yet has come to at most.
    pub(super) fn depth(&self, state: u32) -> usize {
        self.node(state).depth as usize
    }

    /// Returns the length of the longest secret that ends in `state`, and which it is.
    pub(super) fn ends(&self, state: u32) -> Option<(usize, u32)> {
        let node = self.node(state);
        (node.ends > 0).then_some((node.ends as usize, node.secret))
    }

    /// Returns whether a secret may begin with the lowest `width` (6, 4 or 2) bits of `bits`.
    pub(super) fn may_begin(&self, bits: u8, width: u8) -> bool {
        let [six, four, two] = self.begins;
        let (table, mask) = match width {
            6 => (six, 63),
            4 => (four, 15),
            _ => (two, 3),
        };
        table >> (bits & mask) & 1 == 1
    }

    fn node(&self, state: u32) -> Node {
        self.nodes.get(state as usize).copied().unwrap_or_default()
    }

    #[inline]
    fn child(&self, state: u32, byte: u8) -> u32 {
        if state == ROOT {
            return self.root.get(byte as usize).copied().unwrap_or(ROOT);
        }
        let mut child = self.node(state).child;
        while child != ROOT {
            let node = self.node(child);
            if node.byte == byte {
                break;
            }
            child = node.sibling;
        }
        child
    }

    fn insert(&mut self, secret: &[u8], index: u32) {
        if let Some(first) = secret.first() {
            let [six, four, two] = &mut self.begins;
            *six |= 1 << (first >> 2);
            *four |= 1 << (first >> 4);
            *two |= 1 << (first >> 6);
        }
        let mut state = ROOT;
        for byte in secret {
            let next = self.child(state, *byte);
            state = if next == ROOT { self.add(state, *byte) } else { next };
        }
        if let Some(node) = self.nodes.get_mut(state as usize)
            && state != ROOT
            && node.ends == 0
        {
            (node.ends, node.secret) = (node.depth, index);
        }
    }

    fn add(&mut self, parent: u32, byte: u8) -> u32 {
        // More than four thousand million bytes of secrets do not fit into a run.
        let made = u32::try_from(self.nodes.len()).unwrap_or(ROOT);
        let depth = self.node(parent).depth + 1;
        let mut sibling = ROOT;
        if parent == ROOT {
            if let Some(slot) = self.root.get_mut(byte as usize) {
                *slot = made;
            }
        } else if let Some(node) = self.nodes.get_mut(parent as usize) {
            sibling = std::mem::replace(&mut node.child, made);
        }
        self.nodes.push(Node { byte, depth, sibling, ..Node::default() });
        made
    }

    /// Finds where each state goes on when no child fits, level by level.
    fn link(&mut self) {
        let mut level: Vec<u32> = self.root.iter().copied().filter(|state| *state != ROOT).collect();
        while !level.is_empty() {
            let mut next = Vec::new();
            for state in level {
                let fail = self.node(self.node(state).fail);
                if let Some(node) = self.nodes.get_mut(state as usize)
                    && node.ends == 0
                {
                    (node.ends, node.secret) = (fail.ends, fail.secret);
                }
                let mut child = self.node(state).child;
                while child != ROOT {
                    let Node { byte, sibling, .. } = self.node(child);
                    let fail = self.step(self.node(state).fail, byte);
                    if let Some(node) = self.nodes.get_mut(child as usize) {
                        node.fail = fail;
                    }
                    next.push(child);
                    child = sibling;
                }
            }
            level = next;
        }
    }
}

impl Drop for Automaton {
    fn drop(&mut self) {
        self.nodes.fill(Node::default());
        // Memory that is given back holds no secret; the compiler may not leave the line above out.
        black_box(&self.nodes);
    }
}
