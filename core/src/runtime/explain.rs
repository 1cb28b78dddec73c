//! What the compiler makes of a function, for people.
//!
//! In: a module and one of its functions. Out: texts, bytes, and the list of what was improved. Nothing here runs.

use alloc::string::String;
use alloc::vec::Vec;

use super::compiled::{of_compiler, settings};
use super::{Error, Module};
use crate::jit::{self, explain};
use crate::support::TryPush;
use crate::vm::ModuleCode;
use crate::wasm::FuncIndex;

/// A function after each pass of the compiler. The forms are for people: they change from version to version.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// Values and blocks (SSA), folded, numbered and hoisted.
    pub front: String,
    /// Machine instructions on virtual registers, block by block.
    pub lowered: String,
    /// The same on registers and slots, with the moves, stores and loads that came to it.
    pub allocated: String,
    /// The machine's bytes, filled up to a multiple of 16, with constants behind them. Distances to other functions
    /// are not filled in.
    pub code: Vec<u8>,
    /// What was done to make the code better, in the order in which
    /// [`Config::limit_improvements`](super::Config::limit_improvements) counts it.
    pub improvements: Vec<Improvement>,
}

/// How a search for a wrong improvement ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstWrong {
    /// Nothing is wrong with everything improved.
    Nothing,
    /// It is wrong though nothing is improved: the fault is elsewhere.
    NoImprovement,
    /// It is wrong from this improvement on.
    Found {
        /// The function's index in the module.
        function: u32,
        /// Its place among the function's improvements, from 1: with one less it is right.
        count: u32,
        /// What it is.
        improvement: Improvement,
    },
}

/// A step that makes code better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Improvement {
    /// What it does, in words.
    pub name: &'static str,
    /// The offset in the module of the operator that it was for; 0 where it is for the function as a whole.
    pub offset: u32,
}

impl Module {
    /// What the compiler makes of a function, by its index in the module, pass by pass: as this module's engine would
    /// compile it with everything at load, whatever runs it. Cost: that of compiling it, and as much memory as the texts have.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) if there is no such function, or it is imported;
    /// [`Category::Decode`](super::Category::Decode) if it cannot be compiled here;
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn explain(&self, function: u32) -> Result<Explanation, Error> {
        let ModuleCode { info, bytes, type_ids, .. } = &**self.code();
        let known = (function as usize) < info.functions.len();
        let body = known.then(|| info.body_index(FuncIndex(function))).flatten();
        let body = body.ok_or_else(|| Error::misuse(format_args!("function {function} has no body here")))?;
        let settings = settings(self.engine(), info)?;
        let jit::Explained { front, lowered, allocated, code, improvements: steps } =
            explain(info, bytes, type_ids, &settings, body).map_err(of_compiler)?;
        let mut improvements = Vec::new();
        for (what, offset) in steps {
            improvements.try_push(Improvement { name: what.name(), offset })?;
        }
        Ok(Explanation { front, lowered, allocated, code, improvements })
    }

    /// Finds the first improvement of the compiler that makes what this module does wrong. `is_wrong` loads it again
    /// with an engine like this module's, but for [`Config::limit_improvements`](super::Config::limit_improvements) with the two numbers it is
    /// given, runs it, and judges. Cost: that, some 20 times: the logarithms of the number of functions, and of improvements
    /// in one of them.
    ///
    /// # Errors
    /// Those of `is_wrong`, and as [`explain`](Self::explain).
    pub fn first_wrong(
        &self,
        mut is_wrong: impl FnMut(u32, u32) -> Result<bool, Error>,
    ) -> Result<FirstWrong, Error> {
        let info = &self.code().info;
        let (mut right, mut wrong) = (info.imported.functions, info.functions.len() as u32);
        if !is_wrong(wrong, 0)? {
            return Ok(FirstWrong::Nothing);
        }
        if is_wrong(right, 0)? {
            return Ok(FirstWrong::NoImprovement);
        }
        // With all functions before `right` improved it is right, with all before `wrong` it is not.
        while wrong - right > 1 {
            let middle = right + (wrong - right) / 2;
            *(if is_wrong(middle, 0)? { &mut wrong } else { &mut right }) = middle;
        }
        let function = right;
        let improvements = self.explain(function)?.improvements;
        let (mut right, mut wrong) = (0, improvements.len() as u32);
        while wrong - right > 1 {
            let middle = right + (wrong - right) / 2;
            *(if is_wrong(function, middle)? { &mut wrong } else { &mut right }) = middle;
        }
        let improvement = improvements.get(right as usize).copied();
        Ok(improvement.map_or(FirstWrong::NoImprovement, |improvement| FirstWrong::Found {
            function,
            count: wrong,
            improvement,
        }))
    }
}
