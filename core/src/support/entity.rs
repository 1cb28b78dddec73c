//! Indices that cannot be mistaken for one another, and vectors keyed by them.

use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ops::{Index, IndexMut};

use super::{OutOfMemory, TryPush};

/// A `u32` index of its own type.
pub(crate) trait Entity: Copy {
    /// From a position. Positions come from decoded modules, whose counts fit in `u32`.
    fn from_index(index: usize) -> Self;
    /// To a position.
    fn index(self) -> usize;
}

/// Declares an [`Entity`].
macro_rules! entity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u32);

        impl $crate::support::Entity for $name {
            #[inline]
            fn from_index(index: usize) -> Self {
                Self(index as u32)
            }

            #[inline]
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}
pub(crate) use entity;

/// A vector keyed by one kind of index.
#[derive(Clone, Debug)]
pub(crate) struct EntityVec<K, V> {
    items: Vec<V>,
    key: PhantomData<K>,
}

impl<K, V> Default for EntityVec<K, V> {
    fn default() -> Self {
        Self { items: Vec::new(), key: PhantomData }
    }
}

impl<K: Entity, V> EntityVec<K, V> {
    pub(crate) fn try_push(&mut self, value: V) -> Result<K, OutOfMemory> {
        let key = K::from_index(self.items.len());
        self.items.try_push(value)?;
        Ok(key)
    }

    pub(crate) fn get(&self, key: K) -> Option<&V> {
        self.items.get(key.index())
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Removes all values, and keeps their room.
    pub(crate) fn clear(&mut self) {
        self.items.clear();
    }

    pub(crate) fn values(&self) -> core::slice::Iter<'_, V> {
        self.items.iter()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (K, &V)> {
        self.items.iter().enumerate().map(|(i, v)| (K::from_index(i), v))
    }
}

impl<K: Entity, V> Index<K> for EntityVec<K, V> {
    type Output = V;

    fn index(&self, key: K) -> &V {
        &self.items[key.index()]
    }
}

impl<K: Entity, V> IndexMut<K> for EntityVec<K, V> {
    fn index_mut(&mut self, key: K) -> &mut V {
        &mut self.items[key.index()]
    }
}
