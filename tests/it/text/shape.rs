//! Cutting and wrapping hold their width for any text and lose nothing they should keep.

use gonogo::text::cut::{cut_end, cut_middle, cut_start, fit, width};
use gonogo::text::wrap::{wrap, wrap_exact};
use proptest::prelude::*;

proptest! {
    #[test]
    fn nothing_is_wider_than_asked(text in "\\PC{0,60}", columns in 0usize..40) {
        for cut in [cut_end(&text, columns), cut_start(&text, columns), cut_middle(&text, columns)] {
            prop_assert!(width(&cut) <= columns, "{cut:?} is wider than {columns}");
        }
        prop_assert!(width(&fit(&text, columns)) <= columns);
    }

    #[test]
    fn exact_wrapping_is_a_partition(text in "[ -~本é]{0,80}", columns in 2usize..20) {
        let lines = wrap_exact(&text, columns);
        prop_assert!(lines.iter().all(|line| width(line) <= columns));
        prop_assert_eq!(lines.concat(), text);
    }

    #[test]
    fn wrapping_loses_only_spaces(text in "[a-z 本\n]{0,80}", columns in 2usize..20) {
        let lines = wrap(&text, columns);
        prop_assert!(lines.iter().all(|line| width(line) <= columns));
        let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(letters(&lines.concat()), letters(&text));
    }
}
