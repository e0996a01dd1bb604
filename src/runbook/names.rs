//! Identity: ids of boxes by what they say and where they stand, names that are given, and who refers to whom; pure.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::walk::Draft;

/// Returns the generated id of every box: `b-` and ten hex digits of the hash of its heading path, its parents'
/// texts, its text and its ordinal among equals.
///
/// The document's title is no part of it: it often carries a version. Where it stands in the file is not either.
pub fn generated(draft: &Draft) -> Vec<String> {
    let mut digests: Vec<[u8; 32]> = Vec::with_capacity(draft.boxes.len());
    let mut ordinals: HashMap<[u8; 32], u64> = HashMap::new();
    let mut taken = HashSet::new();
    let mut ids = Vec::with_capacity(draft.boxes.len());
    for item in &draft.boxes {
        let mut hash = Sha256::new();
        match item.parent.and_then(|p| digests.get(p)) {
            // The parent's digest stands for the path down to it.
            Some(parent) => part(&mut hash, b'p', parent),
            None => {
                let phase = draft.phases.get(item.phase).filter(|p| !p.implicit);
                part(&mut hash, b'h', phase.map(|p| p.title.as_str()).unwrap_or_default().as_bytes());
            }
        }
        for label in &item.path {
            part(&mut hash, b'l', label.as_bytes());
        }
        part(&mut hash, b't', item.text.as_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        digests.push(digest);
        let ordinal = ordinals.entry(digest).or_insert(0);
        // Ten digits can collide; the next ordinal will not.
        loop {
            let mut hash = Sha256::new();
            part(&mut hash, b'd', &digest);
            part(&mut hash, b'o', &ordinal.to_be_bytes());
            *ordinal += 1;
            let id = hash.finalize().iter().take(5).map(|b| format!("{b:02x}")).collect::<String>();
            if taken.insert(id.clone()) {
                ids.push(format!("b-{id}"));
                break;
            }
        }
    }
    ids
}

/// Feeds a part with its kind and length, so that no two sequences of parts read the same.
fn part(hash: &mut Sha256, kind: u8, bytes: &[u8]) {
    hash.update([kind]);
    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(bytes);
}

/// Returns the boxes that can never be signed because they wait for each other, given for every box the boxes it
/// waits for; also those that stand between two such circles.
pub fn circles(waits: &[Vec<usize>]) -> HashSet<usize> {
    let mut left: HashSet<usize> = (0..waits.len()).collect();
    let mut waited: Vec<Vec<usize>> = vec![Vec::new(); waits.len()];
    for (from, targets) in waits.iter().enumerate() {
        for &to in targets {
            if let Some(list) = waited.get_mut(to) {
                list.push(from);
            }
        }
    }
    // Peel off what waits for nothing, then what nothing waits for.
    peel(waits, &waited, &mut left);
    peel(&waited, waits, &mut left);
    left
}

fn peel(out: &[Vec<usize>], back: &[Vec<usize>], left: &mut HashSet<usize>) {
    let open = |node: usize, left: &HashSet<usize>| {
        out.get(node).map_or(0, |targets| targets.iter().filter(|&t| left.contains(t)).count())
    };
    let mut degree: Vec<usize> = (0..out.len()).map(|node| open(node, left)).collect();
    let mut free: Vec<usize> = left.iter().copied().filter(|&n| degree.get(n) == Some(&0)).collect();
    while let Some(node) = free.pop() {
        left.remove(&node);
        for &before in back.get(node).into_iter().flatten() {
            if let Some(count) = degree.get_mut(before).filter(|_| left.contains(&before)) {
                *count -= 1;
                if *count == 0 {
                    free.push(before);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_and_chains_are_not() {
        assert!(circles(&[vec![1], vec![2], vec![]]).is_empty());
        assert_eq!(circles(&[vec![1], vec![0], vec![0], vec![3, 3]]), HashSet::from([0, 1, 3]));
        assert!(circles(&[vec![1, 1], vec![]]).is_empty());
    }
}
