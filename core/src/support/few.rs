//! Lists of which most have one item, or none.
//!
//! In: items. Out: items by position. The first needs no allocation.

use alloc::vec::Vec;

use super::OutOfMemory;

/// A list that only grows.
#[derive(Debug)]
pub(crate) struct Few<T> {
    first: Option<T>,
    more: Vec<T>,
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self { first: None, more: Vec::new() }
    }
}

impl<T> Few<T> {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    /// The item at a position.
    #[inline]
    pub(crate) fn get(&self, position: usize) -> Option<&T> {
        match position.checked_sub(1) {
            None => self.first.as_ref(),
            Some(position) => self.more.get(position),
        }
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(&self.more)
    }

    /// Makes sure that one more [`push`](Self::try_push) cannot fail.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn try_reserve_one(&mut self) -> Result<(), OutOfMemory> {
        if self.first.is_none() {
            return Ok(());
        }
        self.more.try_reserve(1).map_err(|_| OutOfMemory)
    }

    /// Appends an item.
    ///
    /// # Errors
    /// [`OutOfMemory`]; the list is then unchanged.
    pub(crate) fn try_push(&mut self, item: T) -> Result<(), OutOfMemory> {
        self.try_reserve_one()?;
        match &mut self.first {
            first @ None => *first = Some(item),
            Some(_) => self.more.push(item),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_in_the_order_in_which_they_came() {
        let mut few = Few::default();
        assert_eq!((few.len(), few.get(0)), (0, None));
        for item in 0..5 {
            few.try_push(item * 10).unwrap();
            assert_eq!((few.len(), few.get(item), few.get(item + 1)), (item + 1, Some(&(item * 10)), None));
        }
        assert!(few.iter().eq(&[0, 10, 20, 30, 40]));
    }
}
