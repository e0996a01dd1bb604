//! "Did you mean": the known word nearest to a mistyped one; pure, imports nothing.

/// Returns the word of `known` nearest to `typed`, if it is near enough to be meant: at most a third of the letters
/// differ (at least one may). Of equally near words the first by the alphabet is returned.
#[must_use]
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are no slips of the finger, and the table grows with the square of the length.
    if typed.len() > 64 {
        return None;
    }
    let typed: Vec<char> = typed.to_lowercase().chars().collect();
    let allowed = (typed.len() / 3).max(1);
    let near = known.into_iter().filter(|word| word.len() <= 64);
    near.map(|word| (distance(&typed, word), word))
        .filter(|&(d, word)| d <= allowed && d < word.chars().count().max(typed.len()))
        .min()
        .map(|(_, word)| word)
}

/// Returns the sentence that proposes the nearest word, for [`Diagnostic::help`](super::Diagnostic::help).
#[must_use]
pub fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(typed, known).map(|word| format!("did you mean `{word}`?"))
}

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours cost one each.
fn distance(typed: &[char], word: &str) -> usize {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let mut older: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=word.len()).collect();
    for (i, &a) in typed.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, &b) in word.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&row, j) + usize::from(a != b)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && typed.get(i - 1) == Some(&b) && word.get(j - 1) == Some(&a);
            if swapped && a != b {
                best = best.min(at(&older, j - 1) + 1);
            }
            next.push(best);
        }
        older = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(typed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["capture", "confirm", "once", "on", "needs"];
        assert_eq!(nearest("captrue", known), Some("capture"));
        assert_eq!(nearest("Confrm", known), Some("confirm"));
        assert_eq!(nearest("onec", known), Some("once"));
        assert_eq!(nearest("zzz", known), None);
        assert_eq!(nearest("xy", known), None);
        assert_eq!(nearest(&"a".repeat(10_000), known), None);
    }
}
