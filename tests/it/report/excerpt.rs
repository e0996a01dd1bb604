//! Gathering the two ends of an output.

use gonogo::report::{Excerpt, Gather};
use proptest::prelude::*;

#[test]
fn a_short_output_is_all_head() {
    let mut gather = Gather::new(4, 4);
    gather.push(0, b"abcde");
    gather.push(5, b"fg");
    assert_eq!(gather.finish(), Excerpt { head: b"abcdefg".to_vec(), tail: Vec::new(), left_out: 0 });
}

#[test]
fn a_long_output_keeps_its_ends() {
    let mut gather = Gather::new(3, 2);
    gather.push(0, b"abcdefgh");
    assert_eq!(gather.finish(), Excerpt { head: b"abc".to_vec(), tail: b"gh".to_vec(), left_out: 3 });
}

#[test]
fn what_was_never_stored_counts_as_left_out() {
    let mut gather = Gather::new(10, 4);
    gather.push(0, b"abc");
    gather.push(1000, b"yz");
    assert_eq!(gather.finish(), Excerpt { head: b"abc".to_vec(), tail: b"yz".to_vec(), left_out: 997 });
}

#[test]
fn a_start_that_is_missing_is_left_out() {
    let mut gather = Gather::new(10, 4);
    gather.push(7, b"yz");
    assert_eq!(gather.finish(), Excerpt { head: Vec::new(), tail: b"yz".to_vec(), left_out: 7 });
}

proptest! {
    #[test]
    fn any_split_gives_the_same_ends(bytes in prop::collection::vec(any::<u8>(), 0..200), cuts in prop::collection::vec(1..50_usize, 0..20), head in 0..40_usize, tail in 0..40_usize) {
        let mut gather = Gather::new(head, tail);
        let mut sparing = Gather::new(head, tail);
        let mut rest = bytes.as_slice();
        let mut offset = 0;
        for cut in cuts.into_iter().chain([usize::MAX]) {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            gather.push(offset, piece);
            if sparing.shows(offset, piece.len() as u64, bytes.len() as u64) {
                sparing.push(offset, piece);
            }
            offset += piece.len() as u64;
            rest = after;
        }
        let found = gather.finish();
        prop_assert_eq!(&sparing.finish(), &found);
        prop_assert_eq!(found.head.len() as u64 + found.left_out + found.tail.len() as u64, bytes.len() as u64);
        prop_assert!(bytes.starts_with(&found.head) && bytes.ends_with(&found.tail));
        if found.left_out > 0 {
            prop_assert_eq!((found.head.len(), found.tail.len()), (head, tail));
        }
    }
}
