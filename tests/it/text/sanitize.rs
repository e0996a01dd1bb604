//! Nothing dangerous leaves `sanitize`, and nothing legitimate is changed by it.

use gonogo::text::sanitize::hazard;
use gonogo::text::{sanitize, sanitize_block};
use proptest::prelude::*;

#[test]
fn hazards_become_visible() {
    assert_eq!(sanitize("a\u{1b}[31m\0b\r\n\t"), "a␛[31m␀b␍␊␉");
    assert_eq!(sanitize("x\u{202e}y\u{2066}z"), "x⟨U+202E⟩y⟨U+2066⟩z");
    assert_eq!(sanitize("rm\u{200b} -rf \u{feff}/"), "rm⟨U+200B⟩ -rf ⟨U+FEFF⟩/");
    assert_eq!(sanitize("\u{7f}\u{85}\u{9b}\u{e0041}"), "␡⟨U+0085⟩⟨U+009B⟩⟨U+E0041⟩");
    assert_eq!(sanitize_block("a\r\n\tb\rc"), "a\n    b␍c");
    assert_eq!(sanitize_block("ab\tc"), "ab  c");
}

#[test]
fn legitimate_text_is_untouched() {
    for text in [
        "Smoke test AR & EN",
        "إصدار جديد للتطبيق",
        "本番環境",
        "naïve e\u{301}",
        "⚠\u{fe0f} 1\u{fe0f}\u{20e3}",
        "می\u{200c}خواهم",
    ] {
        assert_eq!(sanitize(text), text);
    }
    // A joiner between Latin letters shapes nothing: it only hides.
    assert_eq!(sanitize("pay\u{200d}pal"), "pay⟨U+200D⟩pal");
}

proptest! {
    #[test]
    fn no_control_or_bidi_character_survives(text in any::<String>()) {
        let shown = sanitize(&text);
        prop_assert!(!shown.chars().any(|c| c.is_control()));
        let joins = ['\u{200c}', '\u{200d}', '\u{fe0e}', '\u{fe0f}'];
        let left = shown.chars().find(|&c| hazard(c).is_some() && !joins.contains(&c));
        prop_assert_eq!(left, None);
        prop_assert_eq!(sanitize(&shown), shown.clone());
    }

    #[test]
    fn a_block_keeps_its_lines(text in "[a-z\t\n\u{202e}]{0,80}") {
        prop_assert_eq!(sanitize_block(&text).matches('\n').count(), text.matches('\n').count());
    }
}
