//! Long work on a range, done in pieces, that may be left off and gone on with.
//!
//! In: a range, and who says when to leave off. Out: the range done; or how far it came, remembered for the next
//! time. It does not know what is done.

/// Asked after each piece: whether to leave off.
pub(crate) type Pause<'a> = &'a mut dyn FnMut() -> bool;

/// Never leaves off.
pub(super) fn no_pause() -> bool {
    false
}

/// Why something did not grow. It is then as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotGrown {
    /// A limit or the host says no.
    Refused,
    /// It was left off; growing again by the same goes on.
    Paused,
}

/// How far the preparation of the next growth has come.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// The size that was to grow.
    from: usize,
    /// What is prepared from there on; nothing if it is not beyond.
    upto: usize,
    /// What it is prepared with.
    with: u64,
}

impl Pieces {
    /// Nothing is prepared.
    pub(super) const NONE: Self = Self { from: 0, upto: 0, with: 0 };

    /// Does `[from, to)`, with `with`, in pieces, from where the same work was left off.
    ///
    /// # Errors
    /// [`NotGrown::Paused`].
    pub(super) fn run(
        &mut self,
        (from, to): (usize, usize),
        with: u64,
        piece: usize,
        pause: Pause<'_>,
        mut work: impl FnMut(usize, usize),
    ) -> Result<(), NotGrown> {
        let same = self.from == from && self.with == with && self.upto > from;
        let mut at = if same { self.upto.min(to) } else { from };
        // Whatever happens, what is remembered was for this one time.
        *self = Self::NONE;
        while at < to {
            let next = piece.min(to - at);
            work(at, next);
            at += next;
            if at < to && pause() {
                *self = Self { from, upto: at, with };
                return Err(NotGrown::Paused);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn work_goes_on_where_it_was_left_off_if_it_is_the_same() {
        let mut pieces = Pieces::NONE;
        let mut done = Vec::new();
        let mut step = |pieces: &mut Pieces, range, with, pauses: bool| {
            pieces.run(range, with, 4, &mut || pauses, |at, len| done.push((at, len)))
        };
        assert_eq!(step(&mut pieces, (10, 20), 1, true), Err(NotGrown::Paused));
        assert_eq!(step(&mut pieces, (10, 20), 1, true), Err(NotGrown::Paused));
        assert_eq!(step(&mut pieces, (10, 20), 1, true), Ok(()));
        // With another value, or from another place, all of it is done.
        assert_eq!(step(&mut pieces, (20, 30), 1, true), Err(NotGrown::Paused));
        assert_eq!(step(&mut pieces, (20, 26), 2, false), Ok(()));
        assert_eq!(step(&mut pieces, (20, 30), 2, true), Err(NotGrown::Paused));
        assert_eq!(step(&mut pieces, (21, 24), 2, true), Ok(()));
        assert_eq!(step(&mut pieces, (20, 24), 2, true), Ok(()));
        let expected = [(10, 4), (14, 4), (18, 2), (20, 4), (20, 4), (24, 2), (20, 4), (21, 3), (20, 4)];
        assert_eq!(done, expected);
    }
}
