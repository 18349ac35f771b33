//! State that the whole process shares, by its type: caches and settings of subjects that the request context does not know.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// One value of each type. Clones share them.
#[derive(Clone, Default)]
pub struct SharedState(Arc<RwLock<HashMap<TypeId, Box<dyn Any + Send + Sync>>>>);

impl SharedState {
    /// The value of a type; its default, from now on, where none was set.
    pub fn get<T: Default + Clone + Send + Sync + 'static>(&self) -> T {
        let key = TypeId::of::<T>();
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known.get(&key).and_then(|value| value.downcast_ref::<T>()) {
            return value.clone();
        }
        drop(known);
        let mut values = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let value = values.entry(key).or_insert_with(|| Box::new(T::default()));
        value.downcast_ref::<T>().cloned().unwrap_or_default()
    }

    /// Sets the value of a type.
    pub fn set<T: Clone + Send + Sync + 'static>(&self, value: T) {
        let mut values = self.0.write().unwrap_or_else(PoisonError::into_inner);
        values.insert(TypeId::of::<T>(), Box::new(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_one_value_of_each_type() {
        let state = SharedState::default();
        let first: Arc<str> = state.get();
        let other = state.clone();
        assert!(Arc::ptr_eq(&first, &other.get::<Arc<str>>()), "the default is kept");
        other.set(7_u32);
        other.set::<Arc<str>>("set".into());
        assert_eq!((state.get::<u32>(), &*state.get::<Arc<str>>()), (7, "set"));
        assert_eq!(state.get::<u64>(), 0);
    }
}
