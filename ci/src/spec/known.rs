//! The data file of known failures.
//!
//! In: its text, and the failures of a run. Out: what is wrong: a failure that no row names, and a row that names
//! nothing that failed, so that the file cannot outlive its reasons.

use super::Failure;
use std::collections::BTreeSet;

/// The rows of the file: `group/file[:line] reason`, `#` begins a comment.
#[derive(Debug, Default)]
pub struct Known {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    file: String,
    line: Option<usize>,
}

impl Known {
    /// Reads the file's text. A row without a reason is an error.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().enumerate();
        let rows = lines.filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
        Ok(Self { rows: rows.map(|(n, l)| Row::parse(n + 1, l)).collect::<Result<_, _>>()? })
    }

    /// What a run of these groups did that the file does not say, one line each.
    pub fn compare(&self, groups: &[&str], failures: &[Failure]) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut used = BTreeSet::new();
        for failure in failures {
            match self.rows.iter().position(|row| row.names(failure)) {
                Some(row) => drop(used.insert(row)),
                None => wrong.push(failure.to_string()),
            }
        }
        for (n, row) in self.rows.iter().enumerate() {
            let ran = groups.iter().any(|g| row.file.split('/').next() == Some(g));
            if ran && !used.contains(&n) {
                wrong.push(format!("{} passes: take its row out of the known failures", row.file));
            }
        }
        wrong
    }
}

impl Row {
    fn parse(number: usize, text: &str) -> Result<Self, String> {
        let (place, reason) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        if reason.trim().is_empty() {
            return Err(format!("known failures, line {number}: no reason is given"));
        }
        let (file, line) = match place.split_once(':') {
            Some((file, line)) => (file, Some(line)),
            None => (place, None),
        };
        let line = line.map(str::parse).transpose();
        let line = line.map_err(|e| format!("known failures, line {number}: {e}"))?;
        Ok(Self { file: file.to_owned(), line })
    }

    fn names(&self, failure: &Failure) -> bool {
        self.file == failure.file && self.line.is_none_or(|line| line == failure.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(file: &str, line: usize) -> Failure {
        Failure { file: file.to_owned(), line, what: "broke".to_owned() }
    }

    #[test]
    fn a_row_must_be_needed_and_a_failure_must_be_named() {
        let known =
            Known::parse("# why\n\nv1/a.wast:3 later\nv1/b.wast whole file, later\nv2/c.wast later\n")
                .unwrap();
        let failures = [failure("v1/a.wast", 3), failure("v1/b.wast", 9), failure("v1/b.wast", 10)];
        assert!(known.compare(&["v1"], &failures).is_empty());
        assert_eq!(known.compare(&["v1", "v2"], &failures).len(), 1);
        assert_eq!(known.compare(&["v1"], &failures[1..]).len(), 1);
        assert_eq!(known.compare(&["v1"], &[failure("v1/a.wast", 4)]).len(), 3);
    }

    #[test]
    fn a_row_without_a_reason_is_refused() {
        assert!(Known::parse("v1/a.wast:3\n").is_err());
        assert!(Known::parse("v1/a.wast:x why\n").is_err());
    }
}
