//! The command as a person at a shell meets it: words in, text and an exit status out.
//!
//! In: guests written as text, in a folder of each test's own. Out: what the built `ringzero` does with them.

mod errors;
mod grants;
mod inspect;
mod invoke;
mod place;
mod programs;
mod scripts;
