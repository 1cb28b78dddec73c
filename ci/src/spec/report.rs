//! Counts and failures of one group.
//!
//! In: the outcome of each directive. Out: numbers to print and rows to compare with the known failures. The kernel counts by the same source.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What one group came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The group's name.
    pub group: &'static str,
    /// Assertions that hold.
    pub assertions: usize,
    /// Other directives that did what they should: modules, registrations, calls whose result nobody asks for.
    pub others: usize,
    /// What did not.
    pub failures: Vec<Failure>,
}

/// One directive that did not do what it should.
#[derive(Clone, Debug)]
pub struct Failure {
    /// `group/file`.
    pub file: String,
    /// The directive's line from 1, or 0 where the file as a whole failed.
    pub line: usize,
    /// What went wrong.
    pub what: String,
}

impl Report {
    /// An empty report.
    pub fn new(group: &'static str) -> Self {
        Self { group, ..Self::default() }
    }

    /// Notes a directive that did what it should.
    pub fn pass(&mut self, assertion: bool) {
        if assertion {
            self.assertions += 1;
        } else {
            self.others += 1;
        }
    }

    /// Notes a directive that did not.
    pub fn fail(&mut self, file: &str, line: usize, what: String) {
        self.failures.push(Failure { file: format!("{}/{file}", self.group), line, what });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, assertions, others, failures } = self;
        write!(
            f,
            "{group}: {assertions} assertions and {others} other directives pass, {} fail",
            failures.len()
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.file, self.line, self.what)
    }
}
