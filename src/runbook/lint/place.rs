//! Where the lines of a script stand in the file; pure, work linear.

use std::cell::OnceCell;
use std::ops::Range;

use crate::diag::LineIndex;
use crate::runbook::model::{Place, Step};
use crate::runbook::shell::scan::expansion_at;

/// The lines of a step's script, looked up when the first is asked for.
pub struct Lines<'a> {
    index: &'a LineIndex<'a>,
    step: &'a Step,
    found: OnceCell<Vec<Range<usize>>>,
}

impl<'a> Lines<'a> {
    /// The lines of the script of `step`.
    pub fn of(index: &'a LineIndex<'a>, step: &'a Step) -> Self {
        Self { index, step, found: OnceCell::new() }
    }

    /// Returns where line `number`, counted from 0, stands in the file; the place of the step when it is empty, or the
    /// file has it in other words.
    pub fn place(&self, number: usize) -> Place {
        let found = self.found.get_or_init(|| find(self.index.text(), self.step));
        let bytes = found.get(number).filter(|bytes| !bytes.is_empty());
        bytes.map_or_else(|| self.step.place.clone(), |bytes| self.index.place(bytes.clone()))
    }

    /// Returns where the variable `name` is expanded on line `number`.
    pub fn expansion(&self, number: usize, name: &str) -> Place {
        let line = self.place(number);
        let text = self.index.text().get(line.bytes.clone()).unwrap_or_default();
        let bytes = text.match_indices('$').find_map(|(at, _)| {
            let rest = text.get(at..).filter(|rest| expansion_at(rest) == Some(name))?;
            let start = line.bytes.start + at;
            Some(start..start + rest.find(name)? + name.len())
        });
        bytes.map_or(line, |bytes| self.index.place(bytes))
    }

    /// Returns where the first line that `is` of a kind stands in the file; the place of the step when none is.
    pub fn first(&self, is: impl Fn(&str) -> bool) -> Place {
        let number = self.step.script.lines().position(is);
        number.map_or_else(|| self.step.place.clone(), |number| self.place(number))
    }
}

/// Returns the bytes of the lines of the script of `step` in `text`, up to the first that is not found. They stand there
/// in their order, behind indents, marks of quotes and prompts.
fn find(text: &str, step: &Step) -> Vec<Range<usize>> {
    let mut at = step.place.bytes.start;
    let block = text.get(at..).unwrap_or_default();
    let fenced = ["```", "~~~"].iter().any(|fence| block.starts_with(fence));
    let mut file = block.split_inclusive('\n').map(|line| {
        at += line.len();
        (at - line.len(), line.trim_end())
    });
    if fenced {
        file.next();
    }
    let wanted = step.script.lines().map(str::trim);
    wanted
        .map_while(|wanted| {
            let (start, line) = file.find(|(_, line)| line.ends_with(wanted))?;
            let end = start + line.len();
            Some(end - wanted.len()..end)
        })
        .collect()
}
