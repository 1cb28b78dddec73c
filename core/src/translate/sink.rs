//! The translator as a sink of the decoder: bodies come in, finished code goes out through a callback.

use super::{Result, TranslateError, Translator, val_type};
use crate::decode::{Sink, SinkError};

impl From<TranslateError> for SinkError {
    fn from(error: TranslateError) -> Self {
        match error {
            TranslateError::OutOfMemory => Self::OutOfMemory,
            other => Self::Unsupported(other.message()),
        }
    }
}

impl wasmparser::FrameStack for Translator<'_> {
    fn current_frame(&self) -> Option<wasmparser::FrameKind> {
        Some(wasmparser::FrameKind::If)
    }
}

impl Sink for Translator<'_> {
    type Error = TranslateError;

    fn begin_body(&mut self, body: usize) -> Result<()> {
        self.body = body;
        self.begin(self.module.func_of_body(body))
    }

    fn locals(&mut self, count: u32, ty: wasmparser::ValType) -> Result<()> {
        self.declare_locals(count, val_type(ty)?)
    }

    fn begin_operators(&mut self) -> Result<()> {
        Self::begin_operators(self)
    }

    fn begin_operator(&mut self, offset: usize) {
        self.offset = offset as u32;
        self.look();
    }

    fn end_body(&mut self) -> Result<()> {
        let finished = self.finish()?;
        (self.output)(self.body, finished)
    }
}
